/* A norm that the program does not have, as one row and one line in a list: it is parsed, written,
 * partitioned, explained and trained with all others.
 *
 * The list of the program is in a library, of which the linker takes only what is missing: as
 * norm_kind is here, the whole program goes through this list. */
#include "norms/partition.h"

#include "report/explain.h"
#include "report/grouping.h"
#include "support/cmocka_all.h"
#include "support/norm_rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A row of N consecutive channels. */
static const NormKind STRIPE = {
    .forms = {{"stripe:", "over(c:N,w)", "nobody", 2}},
    .affine = NORM_AFFINE_COLUMN,
};

const NormKind *norm_kind(int i) {
  static const NormKind *const KINDS[] = {&NORM_NONE, &NORM_BATCH, &NORM_GROUP, &STRIPE};
  return i < (int)(sizeof KINDS / sizeof *KINDS) ? KINDS[i] : NULL;
}

static NormSpec parsed(const char *text) {
  NormSpec spec;
  Status status = norm_spec_parse(&spec, text);
  if (status.code != STATUS_OK) fail_msg("%s", status.text);
  return spec;
}

static void expect_text(const char *given, const char *expected) {
  char text[NORM_SPEC_TEXT];
  norm_spec_text(text, parsed(given));
  assert_string_equal(text, expected);
}

static void it_is_read_and_written(void **state) {
  (void)state;
  char accepted[400];
  NormSpec spec = parsed("stripe:4");
  assert_ptr_equal(spec.kind, &STRIPE);
  assert_int_equal(spec.n, 4);
  expect_text("stripe:4", "stripe:4");
  expect_text("rms-stripe:4", "rms-stripe:4");
  expect_text("over(w, c:4) affine:column", "stripe:4");
  expect_text("over(w, c:4)", "over(c:4,w)");
  expect_text("over(c:4,w) affine:none", "stripe:4 affine:none");
  norm_spec_accepted(accepted, sizeof accepted);
  assert_non_null(strstr(accepted, "none, batch, batch:N, group:N, stripe:N, over(AXES)"));
  assert_int_equal(norm_spec_parse(&spec, "stripe").code, STATUS_USAGE);
  assert_int_equal(norm_spec_parse(&spec, "layer").code, STATUS_USAGE);
}

static void it_is_partitioned(void **state) {
  (void)state;
  NormMap map;
  assert_int_equal(norm_map_make(&map, parsed("rms-stripe:2"), shape_make(4, 3, 5)).code,
                   STATUS_OK);
  assert_int_equal(map.n_groups, 6);
  assert_int_equal(map.group[1], 1);
  assert_int_equal(map.group[3], 0);
  assert_int_equal(map.group[6], 3);
  assert_int_equal(map.group_elements, 10);
  assert_int_equal(map.n_gamma, 5);
  assert_int_equal(map.is_centred, 0);
  assert_int_equal(map.has_shift, 0);
  norm_map_free(&map);
  assert_int_equal(norm_map_make(&map, parsed("stripe:3"), shape_make(4, 3, 5)).code, STATUS_USAGE);
}

/* x = 3, 4, ..., in two groups of two channels; n, h = 1, w = 1. */
static void it_is_normalized(void **state) {
  (void)state;
  Grouping grouping;
  GroupStatistics statistics[2];
  const double x[] = {3, 4, 5, -12};
  double y[4];
  assert_int_equal(grouping_make(&grouping, parsed("rms-stripe:2"), 1, 4, 1, 1).code, STATUS_OK);
  assert_int_equal(grouping_statistics(statistics, &grouping, x).code, STATUS_OK);
  grouping_normalize(y, &grouping, statistics, x, 0);
  for (int i = 0; i < 4; i++) {
    double expected = x[i] / sqrt(i < 2 ? 12.5 : 84.5);
    assert_true(fabs(y[i] - expected) <= 1e-15 * fabs(expected));
  }
  grouping_free(&grouping);
}

static void it_is_explained(void **state) {
  (void)state;
  char *text;
  size_t bytes;
  Values values;
  FILE *out = open_memstream(&text, &bytes);
  assert_int_equal(values_example(&values).code, STATUS_OK);
  assert_int_equal(explain_norm(out, &values, parsed("rms-stripe:2")).code, STATUS_OK);
  assert_int_equal(explain_list(out).code, STATUS_OK);
  fclose(out);
  values_free(&values);
  static const char *const PIECES[] = {
      "averaged over  channels (2 at a time), columns",
      "parameters     W = 2 (PyTorch: -)",
      "y = gamma x / sqrt(mean square + epsilon), epsilon = 1e-05",
      "mean square",
      "with gamma = 1:",
      "| `stripe:N` | `over(c:N,w)` | a row of N channels of a sample | per column | 2W | nobody |",
  };
  for (size_t i = 0; i < sizeof PIECES / sizeof *PIECES; i++)
    if (!strstr(text, PIECES[i])) fail_msg("no '%s' in\n%s", PIECES[i], text);
  assert_null(strstr(text, "variance "));
  free(text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(it_is_read_and_written),
      cmocka_unit_test(it_is_partitioned),
      cmocka_unit_test(it_is_normalized),
      cmocka_unit_test(it_is_explained),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
