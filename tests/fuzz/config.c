#include "config/config.h"
#include "fuzz.h"
#include "nn/kinds.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  const char *path = fuzz_file(data, n);
  Config *config, *again;
  Status status = config_read(&config, &NETWORK_KINDS, path, NULL, 0);
  fuzz_expect(status, STATUS_USAGE, STATUS_USAGE, path);
  if (status.code != STATUS_OK) return 0;
  char *text, difference[200];
  if (config_text(&text, config).code != STATUS_OK) fuzz_fail("no text of what was read");
  status = config_parse(&again, &NETWORK_KINDS, text, "again", NULL, 0);
  if (status.code != STATUS_OK) fuzz_fail(status.text);
  if (config_difference(difference, sizeof difference, config, again)) fuzz_fail(difference);
  config_free(again);
  config_free(config);
  free(text);
  return 0;
}
