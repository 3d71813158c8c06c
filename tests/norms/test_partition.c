#include "norms/partition.h"

#include "support/cmocka_all.h"

#include <stdio.h>
#include <string.h>

/* 8 channels of 3 x 5: which channels or rows of a sample share statistics, written out. */
static const struct {
  const char *spec;
  NormUnit unit;
  NormAffine affine;
  int crosses_samples, batch_group, n_units, n_groups, group_elements, n_gamma, gamma_dims;
  int gamma_shape[3];
  int group[24];
} ROWS[] = {
    {"batch",
     NORM_UNIT_CHANNEL,
     NORM_AFFINE_CHANNEL,
     1,
     0,
     8,
     8,
     15,
     8,
     1,
     {8, 0, 0},
     {0, 1, 2, 3, 4, 5, 6, 7}},
    {"batch:32",
     NORM_UNIT_CHANNEL,
     NORM_AFFINE_CHANNEL,
     1,
     32,
     8,
     8,
     15,
     8,
     1,
     {8, 0, 0},
     {0, 1, 2, 3, 4, 5, 6, 7}},
    {"layer", NORM_UNIT_CHANNEL, NORM_AFFINE_CHANNEL, 0, 0, 8, 1, 120, 8, 1, {8, 0, 0}, {0}},
    {"layer:chw", NORM_UNIT_CHANNEL, NORM_AFFINE_ELEMENT, 0, 0, 8, 1, 120, 120, 3, {8, 3, 5}, {0}},
    {"layer:w", NORM_UNIT_ROW, NORM_AFFINE_COLUMN, 0, 0, 24, 24, 5, 5, 1, {5, 0, 0}, {0,  1,  2,
                                                                                      3,  4,  5,
                                                                                      6,  7,  8,
                                                                                      9,  10, 11,
                                                                                      12, 13, 14,
                                                                                      15, 16, 17,
                                                                                      18, 19, 20,
                                                                                      21, 22, 23}},
    {"group:2",
     NORM_UNIT_CHANNEL,
     NORM_AFFINE_CHANNEL,
     0,
     0,
     8,
     2,
     60,
     8,
     1,
     {8, 0, 0},
     {0, 0, 0, 0, 1, 1, 1, 1}},
    {"group:8",
     NORM_UNIT_CHANNEL,
     NORM_AFFINE_CHANNEL,
     0,
     0,
     8,
     8,
     15,
     8,
     1,
     {8, 0, 0},
     {0, 1, 2, 3, 4, 5, 6, 7}},
    {"group:c/4",
     NORM_UNIT_CHANNEL,
     NORM_AFFINE_CHANNEL,
     0,
     0,
     8,
     2,
     60,
     8,
     1,
     {8, 0, 0},
     {0, 0, 0, 0, 1, 1, 1, 1}},
    {"group:c/2",
     NORM_UNIT_CHANNEL,
     NORM_AFFINE_CHANNEL,
     0,
     0,
     8,
     4,
     30,
     8,
     1,
     {8, 0, 0},
     {0, 0, 1, 1, 2, 2, 3, 3}},
    {"instance",
     NORM_UNIT_CHANNEL,
     NORM_AFFINE_CHANNEL,
     0,
     0,
     8,
     8,
     15,
     8,
     1,
     {8, 0, 0},
     {0, 1, 2, 3, 4, 5, 6, 7}},
};

static void expect_ok(Status status) {
  if (status.code != STATUS_OK) fail_msg("%s", status.text);
}

static NormMap map_of(const char *text, int c, int h, int w) {
  NormSpec spec;
  NormMap map;
  expect_ok(norm_spec_parse(&spec, text));
  expect_ok(norm_map_make(&map, spec, shape_make(c, h, w)));
  return map;
}

static void test_groups_of_each_variant(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    NormMap map = map_of(ROWS[i].spec, 8, 3, 5);
    assert_int_equal(map.unit, ROWS[i].unit);
    assert_int_equal(map.affine, ROWS[i].affine);
    assert_int_equal(map.crosses_samples, ROWS[i].crosses_samples);
    assert_int_equal(map.batch_group, ROWS[i].batch_group);
    assert_int_equal(map.n_units, ROWS[i].n_units);
    assert_int_equal(map.n_groups, ROWS[i].n_groups);
    assert_int_equal(map.group_elements, ROWS[i].group_elements);
    assert_int_equal(map.n_gamma, ROWS[i].n_gamma);
    assert_int_equal(map.gamma_dims, ROWS[i].gamma_dims);
    for (int k = 0; k < map.gamma_dims; k++)
      assert_int_equal(map.gamma_shape[k], ROWS[i].gamma_shape[k]);
    for (int u = 0; u < map.n_units; u++) assert_int_equal(map.group[u], ROWS[i].group[u]);
    norm_map_free(&map);
  }
}

/* Do elements a and b, [channel][row][column], of samples of one group lie in one group of a norm
 * over `channels` of the channels and these places? */
static int share(int channels, int rows, int columns, const int a[3], const int b[3]) {
  return a[0] / channels == b[0] / channels && (rows || a[1] == b[1]) && (columns || a[2] == b[2]);
}

static int unit_of(const NormMap *map, Shape s, const int e[3]) {
  if (map->unit == NORM_UNIT_CHANNEL) return e[0];
  if (map->unit == NORM_UNIT_ROW) return e[0] * s.h + e[1];
  return (e[0] / map->unit_channels * s.h + e[1]) * s.w + e[2];
}

/* All pairs of elements of 6 channels of 2 x 3. */
static void check_pairs(const NormMap *map, int channels, int rows, int columns) {
  const Shape s = shape_make(6, 2, 3);
  const int n = 36;
  int largest = 0;
  for (int i = 0; i < n; i++)
    for (int k = 0, count = 0; k < n; k++) {
      const int a[] = {i / 6, i / 3 % 2, i % 3}, b[] = {k / 6, k / 3 % 2, k % 3};
      const int is_shared = share(channels, rows, columns, a, b);
      const int u = unit_of(map, s, a), v = unit_of(map, s, b);
      assert_true(u < map->n_units);
      assert_int_equal(map->group[u] == map->group[v], is_shared);
      count += is_shared;
      if (k == n - 1) assert_int_equal(count, map->group_elements);
      if (map->group[u] > largest) largest = map->group[u];
    }
  assert_int_equal(largest + 1, map->n_groups);
  assert_int_equal(map->n_groups * map->group_elements, n);
}

/* Every combination of samples, channels and places. */
static void test_groups_of_all_axes(void **state) {
  (void)state;
  static const char *const SAMPLES[] = {"", ",n", ",n:5"};
  static const char *const CHANNELS[] = {"", ",c:2", ",c", ",c:C/2"};
  static const int WIDTHS[] = {1, 2, 6, 3};
  static const char *const PLACES[] = {"", ",w", ",h,w"};
  for (int i = 1; i < 3 * 4 * 3; i++) {
    const int samples = i % 3, c = i / 3 % 4, places = i / 12;
    char axes[40], text[60];
    snprintf(axes, sizeof axes, "%s%s%s", SAMPLES[samples], CHANNELS[c], PLACES[places]);
    if (!axes[0]) continue;
    snprintf(text, sizeof text, "over(%s) affine:none", axes + 1);
    NormMap map = map_of(text, 6, 2, 3);
    assert_int_equal(map.unit, places == 2   ? NORM_UNIT_CHANNEL
                               : places == 1 ? NORM_UNIT_ROW
                                             : NORM_UNIT_PIXEL);
    assert_int_equal(map.unit_channels, places ? 1 : WIDTHS[c]);
    assert_int_equal(map.crosses_samples, samples > 0);
    assert_int_equal(map.batch_group, samples == 2 ? 5 : 0);
    assert_int_equal(map.affine, NORM_AFFINE_NONE);
    assert_int_equal(map.n_gamma, 0);
    assert_int_equal(map.has_shift, 0);
    check_pairs(&map, WIDTHS[c], places == 2, places > 0);
    norm_map_free(&map);
  }
}

static void test_groups_that_do_not_divide(void **state) {
  (void)state;
  static const char *const specs[] = {"group:3",    "group:16",  "group:c/3",
                                      "group:c/16", "over(c:3)", "over(c:C/3,w)"};
  for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
    NormSpec spec;
    NormMap map;
    expect_ok(norm_spec_parse(&spec, specs[i]));
    Status status = norm_map_make(&map, spec, shape_make(8, 3, 5));
    assert_int_equal(status.code, STATUS_USAGE);
    assert_non_null(strstr(status.text, specs[i]));
    assert_non_null(strstr(status.text, "8 channels"));
  }
}

/* Samples of each group for `batch:N`, in order. */
static void check_samples(int batch_group, int n_samples, const int *sizes, int n_groups) {
  char text[32];
  snprintf(text, sizeof text, batch_group ? "batch:%d" : "batch", batch_group);
  NormMap map = map_of(text, 2, 1, 1);
  assert_int_equal(norm_map_sample_groups(&map, n_samples), n_groups);
  int sample = 0;
  for (int g = 0; g < n_groups; g++) {
    assert_int_equal(norm_map_group_samples(&map, n_samples, g), sizes[g]);
    for (int i = 0; i < sizes[g]; i++)
      assert_int_equal(norm_map_sample_group(&map, n_samples, sample++), g);
  }
  assert_int_equal(sample, n_samples);
  norm_map_free(&map);
}

static void test_groups_of_samples(void **state) {
  (void)state;
  check_samples(0, 1, (int[]){1}, 1);
  check_samples(0, 128, (int[]){128}, 1);
  check_samples(5, 4, (int[]){4}, 1);
  check_samples(5, 5, (int[]){5}, 1);
  check_samples(5, 9, (int[]){9}, 1);
  check_samples(5, 10, (int[]){5, 5}, 2);
  check_samples(5, 14, (int[]){5, 9}, 2);
  check_samples(5, 37, (int[]){5, 5, 5, 5, 5, 5, 7}, 7);
  check_samples(1, 3, (int[]){1, 1, 1}, 3);
  check_samples(32, 96, (int[]){32, 32, 32}, 3);
  check_samples(32, 127, (int[]){32, 32, 63}, 3);
}

/* Elements of the smallest group of a norm, and whether it is refused. */
static void check_least(const char *text, int c, int h, int w, int n_samples, int64_t least) {
  NormSpec spec;
  expect_ok(norm_spec_parse(&spec, text));
  NormMap map = map_of(text, c, h, w);
  assert_int_equal(norm_map_least_elements(&map, n_samples), least);
  Status status = norm_map_check(&map, spec, shape_make(c, h, w), n_samples);
  if (least > 1) {
    expect_ok(status);
  } else {
    char shape[64];
    snprintf(shape, sizeof shape, "norm %s on %d x %d x %d", text, c, h, w);
    assert_int_equal(status.code, STATUS_USAGE);
    assert_non_null(strstr(status.text, shape));
    assert_non_null(strstr(status.text, "one element a group"));
  }
  norm_map_free(&map);
}

static void test_groups_of_one_element(void **state) {
  (void)state;
  check_least("instance", 8, 1, 1, 128, 1);
  check_least("instance", 8, 1, 2, 128, 2);
  check_least("layer:w", 8, 5, 1, 128, 1);
  check_least("layer:w", 8, 1, 5, 128, 5);
  check_least("layer", 1, 1, 1, 128, 1);
  check_least("layer", 2, 1, 1, 128, 2);
  check_least("layer:chw", 1, 1, 1, 128, 1);
  check_least("group:8", 8, 1, 1, 128, 1);
  check_least("group:4", 8, 1, 1, 128, 2);
  check_least("group:c/1", 8, 1, 1, 128, 1);
  check_least("group:c/2", 8, 1, 1, 128, 2);
  check_least("batch", 8, 1, 1, 1, 1);
  check_least("batch", 8, 1, 1, 2, 2);
  check_least("batch", 8, 1, 2, 1, 2);
  check_least("batch:1", 8, 1, 1, 128, 1);
  check_least("batch:1", 8, 2, 1, 128, 2);
  /* A remainder joins the last group. */
  check_least("batch:32", 8, 1, 1, 33, 33);
  check_least("batch:32", 8, 1, 1, 65, 32);
  check_least("batch:32", 8, 1, 1, 1, 1);
  check_least("over(n)", 8, 3, 5, 1, 1);
  check_least("over(n)", 8, 3, 5, 2, 2);
  check_least("over(n:1)", 8, 3, 5, 64, 1);
  check_least("over(n:2)", 8, 3, 5, 5, 2);
  check_least("position", 1, 3, 5, 64, 1);
  check_least("position", 2, 3, 5, 64, 2);
  check_least("over(c:4)", 8, 3, 5, 1, 4);
  check_least("over(w)", 8, 3, 1, 64, 1);
  check_least("over(c,w)", 8, 3, 1, 64, 8);
  check_least("rms-over(n:2,c:2)", 8, 3, 5, 3, 6);
  check_least("over(n,c,h,w)", 1, 1, 1, 1, 1);
  check_least("batch:1000000", 2, 8192, 8192, 1000000, (int64_t)1000000 << 26);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_groups_of_each_variant),    cmocka_unit_test(test_groups_of_all_axes),
      cmocka_unit_test(test_groups_that_do_not_divide), cmocka_unit_test(test_groups_of_samples),
      cmocka_unit_test(test_groups_of_one_element),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
