#include "report/digest.h"

#include "config/config.h"
#include "nn/kinds.h"
#include "store/schema.h"
#include <stdlib.h>

static Status put_canonical(Record *record, const char *configuration, const char *file) {
  Config *config;
  char *text = NULL;
  Status status = config_parse_stored(&config, &NETWORK_KINDS, configuration, file);
  if (status.code == STATUS_USAGE)
    return status_error(STATUS_DATA, "%s: its configuration does not read: %.800s", file,
                        status.text);
  TRY(status);
  status = config_canonical_text(&text, config);
  if (status.code == STATUS_OK) status = result_put_text(record, RESULT_CONFIG_RESULT, text);
  free(text);
  config_free(config);
  return status;
}

Status run_digest(char digest[33], Record *record, const char *file) {
  const char *configuration = result_text(record, RESULT_CONFIG_RESOLVED);
  int is_first_format = result_integer(record, RESULT_FORMAT_VERSION, STORE_FORMAT) == 1;
  if (is_first_format && configuration) TRY(put_canonical(record, configuration, file));
  record_digest(digest, record);
  return status_ok();
}
