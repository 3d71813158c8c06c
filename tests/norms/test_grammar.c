#include "norms/norms.h"

#include "support/cmocka_all.h"
#include "support/norm_rows.h"

#include <string.h>

static void accepts_its_forms(void **state) {
  (void)state;
  static const struct {
    const char *text;
    const NormKind *kind;
    int n;
  } FORMS[] = {
      {"none", &NORM_NONE, 0},         {"batch", &NORM_BATCH, 0},
      {"batch:1", &NORM_BATCH, 1},     {"batch:32", &NORM_BATCH, 32},
      {"layer", &NORM_LAYER, 0},       {"layer:chw", &NORM_LAYER_CHW, 0},
      {"layer:w", &NORM_LAYER_W, 0},   {"group:2", &NORM_GROUP, 2},
      {"group:10", &NORM_GROUP, 10},   {"group:c/4", &NORM_GROUP_CHANNELS, 4},
      {"instance", &NORM_INSTANCE, 0}, {"batch:1000000", &NORM_BATCH, 1000000},
  };
  for (size_t i = 0; i < sizeof FORMS / sizeof *FORMS; i++) {
    NormSpec spec = {.kind = &NORM_INSTANCE, .n = -1};
    assert_int_equal(norm_spec_parse(&spec, FORMS[i].text).code, STATUS_OK);
    assert_ptr_equal(spec.kind, FORMS[i].kind);
    assert_int_equal(spec.n, FORMS[i].n);
    char text[NORM_SPEC_TEXT];
    norm_spec_text(text, spec);
    assert_string_equal(text, FORMS[i].text);
  }
}

static void refuses_the_rest(void **state) {
  (void)state;
  static const char *const BAD[] = {
      "",         "Batch",     "batch:",        "batch:0",
      "batch:-1", "batch:+1",  "batch: 1",      "batch:01",
      "batch:1x", "batch:1.5", "batch:1000001", "batch:99999999999999999999",
      "batch\t",  " batch",    "batchnorm",     "group",
      "group:",   "group:0",   "group:c/0",     "group:c/",
      "group:c",  "group:C/4", "group:4/c",     "group:c/4/2",
      "layer:hw", "layer:",    "layer:W",       "instance:2",
      "none:1",   "nones",
  };
  for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
    NormSpec spec = {0};
    Status status = norm_spec_parse(&spec, BAD[i]);
    if (status.code != STATUS_USAGE) fail_msg("accepted '%s'", BAD[i]);
    assert_non_null(strstr(status.text, "none, batch, batch:N, layer, layer:chw, layer:w, group:N, "
                                        "group:c/N, instance"));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(accepts_its_forms),
      cmocka_unit_test(refuses_the_rest),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
