#include "norms/norms.h"

#include "base/log.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Goes through the forms of all norms in their order; 0 after the last. */
typedef struct Forms {
  int i, k;
  const NormKind *kind;
  const NormForm *form;
} Forms;

static int next_form(Forms *forms) {
  while ((forms->kind = norm_kind(forms->i))) {
    if (forms->k < NORM_FORMS && forms->kind->forms[forms->k].text) {
      forms->form = &forms->kind->forms[forms->k++];
      return 1;
    }
    forms->i++;
    forms->k = 0;
  }
  return 0;
}

void norm_spec_accepted(char *text, size_t bytes) {
  size_t used = 0;
  const char *separator = "";
  for (Forms at = {0}; used < bytes && next_form(&at); separator = ", ")
    used += (size_t)snprintf(text + used, bytes - used, "%s%s%s", separator, at.form->text,
                             at.form->example ? "N" : "");
}

NormSpec norm_spec_example(int i) {
  Forms at = {0};
  for (int k = 0; next_form(&at); k++)
    if (k == i) return (NormSpec){at.kind, at.form->example};
  return (NormSpec){NULL, 0};
}

/* Digits without a sign or leading zeros; 0 for anything else and for what is too large. */
static int number_of(const char *text) {
  size_t n_digits = strspn(text, "0123456789");
  if (text[n_digits] || *text == '0' || n_digits > 7) return 0;
  long n = strtol(text, NULL, 10);
  return n <= NORM_MAX_NUMBER ? (int)n : 0;
}

Status norm_spec_parse(NormSpec *spec, const char *text) {
  for (Forms at = {0}; next_form(&at);) {
    size_t length = strlen(at.form->text);
    int n = at.form->example && strncmp(text, at.form->text, length) == 0 ? number_of(text + length)
                                                                          : 0;
    if (at.form->example ? n == 0 : strcmp(text, at.form->text) != 0) continue;
    *spec = (NormSpec){at.kind, n};
    return status_ok();
  }
  char accepted[STATUS_TEXT / 2], shown[NORM_SPEC_TEXT];
  norm_spec_accepted(accepted, sizeof accepted);
  snprintf(shown, sizeof shown, "%s", text);
  return status_error(STATUS_USAGE, "'%s' is not a norm; accepted: %s (N from 1 to %d)", shown,
                      accepted, NORM_MAX_NUMBER);
}

const NormForm *norm_spec_form(NormSpec spec) {
  for (int i = 0; i < NORM_FORMS; i++) {
    const NormForm *form = &spec.kind->forms[i];
    if (form->text && (form->example > 0) == (spec.n > 0)) return form;
  }
  log_bug(__FILE__, __LINE__, "a norm that cannot be written");
}

void norm_spec_text(char text[NORM_SPEC_TEXT], NormSpec spec) {
  const char *form = spec.kind ? norm_spec_form(spec)->text : "none";
  if (spec.n > 0)
    snprintf(text, NORM_SPEC_TEXT, "%s%d", form, spec.n);
  else
    snprintf(text, NORM_SPEC_TEXT, "%s", form);
}

int norm_has_statistics(NormSpec spec) {
  return spec.kind && spec.kind->partition;
}

int norm_crosses_samples(NormSpec spec) {
  return spec.kind && spec.kind->batch_group;
}

int norm_batch_group(NormSpec spec) {
  BUG_IF(!norm_crosses_samples(spec));
  return spec.kind->batch_group(spec);
}
