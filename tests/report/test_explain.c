/* Tables, files of values, and norms worked out, against computations written another way. */
#include "report/explain.h"
#include "report/grouping.h"
#include "report/table.h"
#include "support/norm_rows.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define OK(expression) assert_int_equal((expression).code, STATUS_OK)

static int is_near(double a, double b, double tolerance) {
  return fabs(a - b) <= tolerance;
}

static void table_is_aligned(void **state) {
  (void)state;
  char *text;
  size_t bytes;
  FILE *out = open_memstream(&text, &bytes);
  Table *table = table_new(2, (const char *[]){"<name", "loss"});
  table_cell(table, "caf\xc3\xa9\n");
  table_cell(table, "%d", 7);
  table_cell(table, "b");
  table_number(table, "%.3f", (double)NAN);
  table_cell(table, "c");
  table_number(table, "%.3f", 12.5);
  OK(table_finish(table, out));
  fclose(out);
  assert_string_equal(text, "name     loss\n"
                            "-----  ------\n"
                            "caf\xc3\xa9?       7\n"
                            "b           -\n"
                            "c      12.500\n");
  free(text);
}

static void full_disk_is_noticed(void **state) {
  (void)state;
  FILE *out = fopen("/dev/full", "w");
  if (!out) skip();
  fputs("text", out);
  assert_int_equal(output_flush(out, "out").code, STATUS_FILE);
  fclose(out);
}

static NormSpec norm_of(const char *text) {
  NormSpec spec;
  OK(norm_spec_parse(&spec, text));
  return spec;
}

/* Statistics by their fractions: numerators and denominators worked out by hand. */
typedef struct Expected {
  const char *norm;
  size_t n_groups;
  struct {
    double mean, variance, unbiased;
  } group[6];
} Expected;

static const Expected expected[] = {
    {"batch",
     4,
     {{9. / 6, 11. / 12, 11. / 10},
      {22. / 6, 35. / 9, 14. / 3},
      {43. / 6, 461. / 36, 461. / 30},
      {12, 22, 132. / 5}}},
    {"layer",
     3,
     {{77. / 8, 2287. / 64, 2287. / 56}, {33. / 8, 1095. / 64, 1095. / 56}, {36. / 8, 42. / 8, 6}}},
    {"group:2",
     6,
     {{17. / 4, 59. / 16, 59. / 12},
      {15, 10, 40. / 3},
      {1, 1. / 2, 2. / 3},
      {29. / 4, 227. / 16, 227. / 12},
      {5. / 2, 5. / 4, 5. / 3},
      {13. / 2, 5. / 4, 5. / 3}}},
};

static void example_has_the_known_statistics(void **state) {
  (void)state;
  Values values;
  OK(values_example(&values));
  for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
    Grouping grouping;
    GroupStatistics statistics[6];
    OK(grouping_make(&grouping, norm_of(expected[i].norm), values.n, values.c, values.h, values.w));
    assert_int_equal(grouping.n_groups, expected[i].n_groups);
    OK(grouping_statistics(statistics, &grouping, values.x));
    for (size_t k = 0; k < grouping.n_groups; k++) {
      assert_true(is_near(statistics[k].mean, expected[i].group[k].mean, 1e-14));
      assert_true(is_near(statistics[k].variance, expected[i].group[k].variance, 1e-13));
      assert_true(is_near(statistics[k].unbiased, expected[i].group[k].unbiased, 1e-13));
    }
    grouping_free(&grouping);
  }
  values_free(&values);
}

/* Do elements (n, c, h) and (m, d, g) share statistics? The definition, kind by kind. */
static int is_shared(NormSpec spec, int n_samples, int n_channels, const int a[3], const int b[3]) {
  int same_sample = a[0] == b[0], same_channel = a[1] == b[1], same_row = a[2] == b[2];
  int width = spec.kind == &NORM_GROUP ? n_channels / spec.n : spec.n;
  if (spec.kind == &NORM_BATCH) {
    if (!same_channel || spec.n == 0) return same_channel;
    int left_a = a[0] / spec.n, left_b = b[0] / spec.n, last = n_samples / spec.n - 1;
    if (last < 0) last = 0;
    return (left_a < last ? left_a : last) == (left_b < last ? left_b : last);
  }
  if (spec.kind == &NORM_LAYER || spec.kind == &NORM_LAYER_CHW) return same_sample;
  if (spec.kind == &NORM_LAYER_W) return same_sample && same_channel && same_row;
  if (spec.kind == &NORM_GROUP || spec.kind == &NORM_GROUP_CHANNELS)
    return same_sample && a[1] / width == b[1] / width;
  return spec.kind == &NORM_INSTANCE && same_sample && same_channel;
}

static void check_norm(NormSpec spec, int n, int c, int h, int w, size_t n_groups, int n_gamma) {
  Grouping grouping;
  OK(grouping_make(&grouping, spec, n, c, h, w));
  assert_int_equal(grouping.n_groups, n_groups);
  assert_int_equal(grouping.map.n_gamma, n_gamma);
  int n_rows = n * c * h, size = n_rows * w;
  double *x = calloc((size_t)size, sizeof *x), *y = calloc((size_t)size, sizeof *y);
  GroupStatistics *statistics = calloc(n_groups, sizeof *statistics);
  for (int i = 0; i < size; i++) x[i] = sin(3.7 * i * i) * 5 + i % 7;
  OK(grouping_statistics(statistics, &grouping, x));
  grouping_normalize(y, &grouping, statistics, x, 1e-5);
  for (int i = 0; i < n_rows; i++) {
    int a[3] = {i / h / c, i / h % c, i % h};
    long double sum = 0, squares = 0;
    int count = 0;
    for (int k = 0; k < n_rows; k++) {
      int b[3] = {k / h / c, k / h % c, k % h};
      int shared = is_shared(spec, n, c, a, b);
      assert_int_equal(shared, grouping_of(&grouping, a[0], a[1], a[2], 0) ==
                                   grouping_of(&grouping, b[0], b[1], b[2], 0));
      for (int j = 0; shared && j < w; j++, count++) {
        sum += x[k * w + j];
        squares += (long double)x[k * w + j] * x[k * w + j];
      }
    }
    double mean = (double)(sum / count);
    double variance = (double)(squares / count - sum / count * sum / count);
    for (int j = 0; j < w; j++)
      assert_true(is_near(y[i * w + j], (x[i * w + j] - mean) / sqrt(variance + 1e-5), 1e-9));
  }
  free(x);
  free(y);
  free(statistics);
  grouping_free(&grouping);
}

static void norms_follow_their_definition(void **state) {
  (void)state;
  check_norm(norm_of("batch"), 5, 6, 2, 3, 6, 6);
  check_norm(norm_of("batch:2"), 5, 6, 2, 3, 12, 6);
  check_norm(norm_of("batch:9"), 5, 6, 2, 3, 6, 6);
  check_norm(norm_of("layer"), 5, 6, 2, 3, 5, 6);
  check_norm(norm_of("layer:chw"), 5, 6, 2, 3, 5, 36);
  check_norm(norm_of("layer:w"), 5, 6, 2, 3, 60, 3);
  check_norm(norm_of("group:3"), 5, 6, 2, 3, 15, 6);
  check_norm(norm_of("group:c/3"), 5, 6, 2, 3, 10, 6);
  check_norm(norm_of("instance"), 5, 6, 2, 3, 30, 6);
  check_norm(norm_of("instance"), 1, 1, 1, 2, 1, 1);
}

static void misfits_are_refused(void **state) {
  (void)state;
  Grouping grouping;
  assert_int_equal(grouping_make(&grouping, norm_of("group:3"), 1, 4, 1, 1).code, STATUS_USAGE);
  assert_int_equal(grouping_make(&grouping, norm_of("group:c/3"), 1, 4, 1, 1).code, STATUS_USAGE);
  double huge[2] = {1e308, -1e308};
  GroupStatistics statistics[1];
  OK(grouping_make(&grouping, norm_of("layer"), 1, 1, 1, 2));
  assert_int_equal(grouping_statistics(statistics, &grouping, huge).code, STATUS_NUMBERS);
  grouping_free(&grouping);
}

static void agreement_tells_rounding_from_error(void **state) {
  (void)state;
  assert_int_equal(explain_agreement("3.67", 11. / 3, (double)NAN), AGREE_ROUNDED);
  assert_int_equal(explain_agreement("3.66", 11. / 3, (double)NAN), AGREE_CUT_OFF);
  assert_int_equal(explain_agreement("3.65", 11. / 3, (double)NAN), AGREE_NOT);
  assert_int_equal(explain_agreement(".70", sqrt(.5), .5), AGREE_CUT_OFF);
  assert_int_equal(explain_agreement("12.0", 12, (double)NAN), AGREE_ROUNDED);
  assert_int_equal(explain_agreement("2.25", 2.5, (double)NAN), AGREE_NOT);
  assert_int_equal(explain_agreement(".91", sqrt(11. / 12), 11. / 12), AGREE_VARIANCE);
  assert_int_equal(explain_agreement("1.0", (double)NAN, (double)NAN), AGREE_NOT);
}

static char *print_to_text(Status (*print)(FILE *, const Values *, const NormSpec *),
                           const NormSpec *spec) {
  char *text;
  size_t bytes;
  Values values;
  OK(values_example(&values));
  FILE *out = open_memstream(&text, &bytes);
  OK(print(out, &values, spec));
  fclose(out);
  values_free(&values);
  return text;
}

static Status print_full(FILE *out, const Values *values, const NormSpec *spec) {
  return explain_norm(out, values, *spec);
}

static Status print_all(FILE *out, const Values *values, const NormSpec *spec) {
  (void)spec;
  return explain_all(out, values);
}

static Status print_published(FILE *out, const Values *values, const NormSpec *spec) {
  (void)values;
  return explain_published(out, spec);
}

static size_t count(const char *text, const char *word) {
  size_t n = 0;
  for (const char *at = text; (at = strstr(at, word)); at += strlen(word)) n++;
  return n;
}

static void reports_show_what_was_computed(void **state) {
  (void)state;
  NormSpec batch = norm_of("batch"), group = norm_of("group:2"), none = norm_of("none");
  char *text = print_to_text(print_full, &batch);
  assert_non_null(strstr(text, "samples, rows, columns"));
  assert_non_null(strstr(text, "2C = 8 (PyTorch: BatchNorm2d(4))"));
  assert_non_null(strstr(text, "1.36667")); /* 0.9 + 0.1 x 14/3 */
  free(text);
  text = print_to_text(print_full, &group);
  assert_non_null(strstr(text, "x[1, 2:4, :, :]"));
  assert_null(strstr(text, "running_var"));
  free(text);
  text = print_to_text(print_full, &none);
  assert_non_null(strstr(text, "y = x"));
  free(text);
  text = print_to_text(print_all, NULL);
  int n_forms = 0;
  while (norm_spec_example(n_forms).kind) n_forms++;
  assert_int_equal(count(text, "averaged over"), n_forms);
  free(text);
  text = print_to_text(print_published, NULL);
  assert_int_equal(count(text, "wrong"), 2);
  assert_int_equal(count(text, "cut off"), 10);
  free(text);
  text = print_to_text(print_published, &none);
  assert_string_equal(text, "");
  free(text);
}

static char *whole_file(const char *name) {
  char *text = NULL;
  size_t room = 0;
  FILE *in = fopen(name, "r");
  assert_non_null(in);
  assert_true(getdelim(&text, &room, '\0', in) > 0);
  fclose(in);
  return text;
}

static void the_manual_lists_the_norms(void **state) {
  (void)state;
  char *table, *manual = whole_file(PAGE);
  size_t bytes;
  FILE *out = open_memstream(&table, &bytes);
  OK(explain_list(out));
  fclose(out);
  if (!strstr(manual, table)) fail_msg(PAGE " does not hold this table:\n%s", table);
  free(manual);
  free(table);
}

static Status read_text(Values *values, const char *text, size_t bytes) {
  char file[] = "/tmp/normlab-values-XXXXXX";
  int handle = mkstemp(file);
  assert_true(handle >= 0);
  assert_int_equal(write(handle, text, bytes), bytes);
  close(handle);
  Status status = values_read(values, file);
  unlink(file);
  return status;
}

static void values_are_read(void **state) {
  (void)state;
  static const char text[] = "# two\n\n1 2 1 3 # sizes\r\n1 -2.5\t3e2\n# more\n4 5 6";
  Values values;
  OK(read_text(&values, text, sizeof text - 1));
  assert_int_equal(values.c, 2);
  static const double x[] = {1, -2.5, 300, 4, 5, 6};
  assert_memory_equal(values.x, x, sizeof x);
  values_free(&values);
}

static void bad_values_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *text, *message;
  } bad[] = {
      {"", ":1: no sizes"},
      {"# only this\n", ":1: no sizes"},
      {"1 2 3\n1 2 3 4 5 6\n", ":1: the first line"},
      {"1 1 1 2 2\n1 2\n", ":1: the first line"},
      {"1 0 1 2\n", ":1: the first line"},
      {"1 1 1 2x\n", ":1: the first line"},
      {"100 100 2 1\n", ":1: N x C x H x W is more than"},
      {"99999999999999999999 1 1 1\n", ":1: N x C x H x W is more than"},
      {"1 1 1 2\n1\n", ":2: ends after 1 of 2"},
      {"1 1 1 2\n1 2\n3\n", ":3: more than the 2"},
      {"1 1 1 2\n1 two\n", ":2: \"two\""},
      {"1 1 1 2\n1 nan\n", ":2: \"nan\""},
      {"1 1 1 2\n1 1e999\n", ":2: \"1e999\""},
  };
  Values values;
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    Status status = read_text(&values, bad[i].text, strlen(bad[i].text));
    assert_int_equal(status.code, STATUS_DATA);
    assert_non_null(strstr(status.text, bad[i].message));
  }
  assert_int_equal(read_text(&values, "1 1 1 1\n1\0", 10).code, STATUS_DATA);
  assert_int_equal(values_read(&values, "/nonexistent/values").code, STATUS_FILE);
  assert_int_equal(values_read(&values, "/tmp").code, STATUS_FILE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(table_is_aligned),
      cmocka_unit_test(full_disk_is_noticed),
      cmocka_unit_test(example_has_the_known_statistics),
      cmocka_unit_test(norms_follow_their_definition),
      cmocka_unit_test(misfits_are_refused),
      cmocka_unit_test(agreement_tells_rounding_from_error),
      cmocka_unit_test(reports_show_what_was_computed),
      cmocka_unit_test(the_manual_lists_the_norms),
      cmocka_unit_test(values_are_read),
      cmocka_unit_test(bad_values_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
