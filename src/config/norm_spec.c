#include "config/config.h"

#include "base/log.h"
#include "values.h"

#include <stdio.h>
#include <string.h>

/* The forms, in the order in which they are listed to the user. A form that takes a number ends
 * where the number begins. */
static const struct {
  const char *text;
  NormKind kind;
  int takes_number;
} FORMS[] = {
    {"none", NORM_NONE, 0},           {"batch", NORM_BATCH, 0},
    {"batch:", NORM_BATCH, 1},        {"layer", NORM_LAYER, 0},
    {"layer:chw", NORM_LAYER_CHW, 0}, {"layer:w", NORM_LAYER_W, 0},
    {"group:", NORM_GROUP, 1},        {"group:c/", NORM_GROUP_CHANNELS, 1},
    {"instance", NORM_INSTANCE, 0},
};
enum { N_FORMS = sizeof FORMS / sizeof *FORMS, MAX_NUMBER = 1000000 };

void norm_spec_accepted(char *text, size_t bytes) {
  size_t used = 0;
  for (int i = 0; i < N_FORMS && used < bytes; i++)
    used += (size_t)snprintf(text + used, bytes - used, "%s%s%s", i ? ", " : "", FORMS[i].text,
                             FORMS[i].takes_number ? "N" : "");
}

Status norm_spec_parse(NormSpec *spec, const char *text) {
  for (int i = 0; i < N_FORMS; i++) {
    if (!FORMS[i].takes_number) {
      if (strcmp(text, FORMS[i].text) != 0) continue;
      *spec = (NormSpec){FORMS[i].kind, 0};
      return status_ok();
    }
    size_t length = strlen(FORMS[i].text);
    int64_t n;
    if (strncmp(text, FORMS[i].text, length) != 0 || text[length] < '1' || text[length] > '9' ||
        !whole_parse(&n, text + length) || n > MAX_NUMBER)
      continue;
    *spec = (NormSpec){FORMS[i].kind, (int)n};
    return status_ok();
  }
  char accepted[200], shown[NORM_SPEC_TEXT];
  norm_spec_accepted(accepted, sizeof accepted);
  snprintf(shown, sizeof shown, "%s", text);
  return status_error(STATUS_USAGE, "'%s' is not a norm; accepted: %s (N from 1 to %d)", shown,
                      accepted, MAX_NUMBER);
}

void norm_spec_text(char text[NORM_SPEC_TEXT], NormSpec spec) {
  for (int i = 0; i < N_FORMS; i++) {
    if (FORMS[i].kind != spec.kind || FORMS[i].takes_number != (spec.n > 0)) continue;
    if (spec.n > 0)
      snprintf(text, NORM_SPEC_TEXT, "%s%d", FORMS[i].text, spec.n);
    else
      snprintf(text, NORM_SPEC_TEXT, "%s", FORMS[i].text);
    return;
  }
  log_bug(__FILE__, __LINE__, "no such norm");
}
