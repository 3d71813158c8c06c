#include "norms/norms.h"

#include "support/cmocka_all.h"
#include "support/norm_rows.h"

#include <stdio.h>
#include <string.h>

static NormSpec parsed(const char *text) {
  NormSpec spec;
  Status status = norm_spec_parse(&spec, text);
  if (status.code != STATUS_OK) fail_msg("%s: %s", text, status.text);
  return spec;
}

static void accepts_its_forms(void **state) {
  (void)state;
  static const struct {
    const char *text;
    const NormKind *kind;
    int n;
    NormAxes over;
    NormAffine affine;
  } FORMS[] = {
      {"none", &NORM_NONE, 0, {0}, NORM_AFFINE_NONE},
      {"batch", &NORM_BATCH, 0, {NORM_ALL, 0, 0, 1, 1}, NORM_AFFINE_CHANNEL},
      {"batch:1", &NORM_BATCH, 1, {1, 0, 0, 1, 1}, NORM_AFFINE_CHANNEL},
      {"batch:32", &NORM_BATCH, 32, {32, 0, 0, 1, 1}, NORM_AFFINE_CHANNEL},
      {"layer", &NORM_LAYER, 0, {0, NORM_ALL, 0, 1, 1}, NORM_AFFINE_CHANNEL},
      {"layer:chw", &NORM_LAYER_CHW, 0, {0, NORM_ALL, 0, 1, 1}, NORM_AFFINE_ELEMENT},
      {"layer:w", &NORM_LAYER_W, 0, {0, 0, 0, 0, 1}, NORM_AFFINE_COLUMN},
      {"group:2", &NORM_GROUP, 2, {0, 0, 2, 1, 1}, NORM_AFFINE_CHANNEL},
      {"group:10", &NORM_GROUP, 10, {0, 0, 10, 1, 1}, NORM_AFFINE_CHANNEL},
      {"group:c/4", &NORM_GROUP_CHANNELS, 4, {0, 4, 0, 1, 1}, NORM_AFFINE_CHANNEL},
      {"group:c/1", &NORM_GROUP_CHANNELS, 1, {0, 1, 0, 1, 1}, NORM_AFFINE_CHANNEL},
      {"instance", &NORM_INSTANCE, 0, {0, 0, 0, 1, 1}, NORM_AFFINE_CHANNEL},
      {"position", &NORM_POSITION, 0, {0, NORM_ALL, 0, 0, 0}, NORM_AFFINE_CHANNEL},
      {"batch-group:3", &NORM_BATCH_GROUP, 3, {NORM_ALL, 0, 3, 1, 1}, NORM_AFFINE_CHANNEL},
      {"batch:1000000", &NORM_BATCH, 1000000, {1000000, 0, 0, 1, 1}, NORM_AFFINE_CHANNEL},
  };
  for (size_t i = 0; i < sizeof FORMS / sizeof *FORMS; i++) {
    NormSpec spec = parsed(FORMS[i].text);
    assert_ptr_equal(spec.kind, FORMS[i].kind);
    assert_int_equal(spec.n, FORMS[i].n);
    assert_memory_equal(&spec.over, &FORMS[i].over, sizeof spec.over);
    assert_int_equal(spec.affine, FORMS[i].affine);
    char text[NORM_SPEC_TEXT];
    norm_spec_text(text, spec);
    assert_string_equal(text, FORMS[i].text);
  }
}

static void expect_text(const char *given, const char *expected) {
  char text[NORM_SPEC_TEXT];
  norm_spec_text(text, parsed(given));
  if (strcmp(text, expected) != 0) fail_msg("%s is written %s, not %s", given, text, expected);
}

/* However a norm is written, it has one text. */
static void one_norm_has_one_text(void **state) {
  (void)state;
  static const char *const SAME[][2] = {
      {"over(n,h,w)", "batch"},
      {"over(w,h,n)", "batch"},
      {" over ( n ) ", NULL},
      {"  over( w , h,n )  ", "batch"},
      {"over(n,c:1,h,w)", "batch"},
      {"over(n : 32, h, w)", "batch:32"},
      {"over(c,h,w)", "layer"},
      {"over(c,h,w) affine:element", "layer:chw"},
      {"layer affine:element", "layer:chw"},
      {"layer:chw affine:channel", "layer"},
      {"layer:chw affine:none", "layer affine:none"},
      {"over(w)", "over(w)"},
      {"over(c:1,w)", "over(w)"},
      {"over(c:C/1,w)", "over(c,w)"},
      {"layer:w affine:channel", "over(w)"},
      {"over(w) affine:column", "layer:w"},
      {"over(w) affine:none", "layer:w affine:none"},
      {"over(h,w)", "instance"},
      {"over(c:1,h,w)", "group:c/1"},
      {"over(c)", "position"},
      {"over(n,c:C/1,h,w)", "batch-group:1"},
      {"over(c:4,h,w)", "group:c/4"},
      {"over(c:C/4,h,w)", "group:4"},
      {"over(c: C/4 , h,w)", "group:4"},
      {"batch affine:channel shift", "batch"},
      {"batch shift affine:none no-shift", NULL},
      {"batch no-shift   affine:element ", "batch affine:element no-shift"},
      {"over(n:32,c:4,h,w)  affine:none", "over(n:32,c:4,h,w) affine:none"},
      {"batch affine:none no-shift", "batch affine:none"},
      {"rms-over(n,h,w)", "rms-batch"},
      {"rms-layer no-shift", "rms-layer"},
      {"rms-layer shift", "rms-layer shift"},
      {"rms-over(w) affine:column shift", "rms-layer:w shift"},
      {"rms-group:2 affine:none", "rms-group:2 affine:none"},
      {"rms-over(n:2,c:3,w)", "rms-over(n:2,c:3,w)"},
      {"over(n,c:C/1000000,w) affine:element no-shift",
       "over(n,c:C/1000000,w) affine:element no-shift"},
  };
  for (size_t i = 0; i < sizeof SAME / sizeof *SAME; i++) {
    NormSpec spec;
    if (SAME[i][1])
      expect_text(SAME[i][0], SAME[i][1]);
    else
      assert_int_equal(norm_spec_parse(&spec, SAME[i][0]).code, STATUS_USAGE);
  }
}

/* Every combination of axes, affine, shift and rms-: its text is read as the same norm, so that no
 * two of them share one, and fits its memory. */
static void all_combinations_are_written_as_they_are_read(void **state) {
  (void)state;
  static const char *const SAMPLES[] = {"", ",n", ",n:1", ",n:1000000"};
  static const char *const CHANNELS[] = {"", ",c", ",c:2", ",c:1000000", ",c:C/2", ",c:C/1000000"};
  static const char *const PLACES[] = {"", ",w", ",h,w"};
  static const char *const AFFINES[] = {"channel", "element", "column", "none"};
  static const int N_SAMPLES[] = {0, NORM_ALL, 1, 1000000};
  static const int N_CHANNELS[] = {0, NORM_ALL, 2, 1000000, 0, 0},
                   N_PARTS[] = {0, 0, 0, 0, 2, 1000000};
  for (int i = 1; i < 4 * 6 * 3 * 4 * 2 * 2; i++) {
    const int n = i % 4, c = i / 4 % 6, p = i / 24 % 3, a = i / 72 % 4, s = i / 288 % 2,
              r = i / 576;
    char axes[80], given[120], text[NORM_SPEC_TEXT], again[NORM_SPEC_TEXT];
    snprintf(axes, sizeof axes, "%s%s%s", SAMPLES[n], CHANNELS[c], PLACES[p]);
    if (!axes[0] || (s && a == 3)) continue;
    snprintf(given, sizeof given, "%sover(%s) affine:%s %s", r ? "rms-" : "", axes + 1, AFFINES[a],
             s ? "shift" : "no-shift");
    NormSpec spec = parsed(given);
    const NormAxes over = {N_SAMPLES[n], N_CHANNELS[c], N_PARTS[c], p == 2, p > 0};
    assert_memory_equal(&spec.over, &over, sizeof over);
    assert_int_equal(spec.is_centred, !r);
    assert_int_equal(spec.affine, a);
    assert_int_equal(spec.has_shift, s);
    norm_spec_text(text, spec);
    NormSpec same = parsed(text);
    norm_spec_text(again, same);
    assert_string_equal(text, again);
    assert_ptr_equal(spec.kind, same.kind);
    assert_int_equal(spec.n, same.n);
    assert_memory_equal(&spec.over, &same.over, sizeof over);
    assert_int_equal(same.is_centred, !r);
    assert_int_equal(same.affine, a);
    assert_int_equal(same.has_shift, s);
    assert_true(strlen(text) < NORM_SPEC_TEXT - 1);
  }
}

/* The axes that names are short for, by their papers. */
static void rows_say_what_names_are_short_for(void **state) {
  (void)state;
  char text[NORM_SPEC_TEXT];
  int n_rows = 0;
  for (int i = 0; norm_spec_example(i).kind; i++) {
    NormSpec spec = norm_spec_example(i);
    const NormForm *form = norm_spec_form(spec);
    norm_spec_text(text, spec);
    NormSpec again = parsed(text);
    assert_ptr_equal(again.kind, spec.kind);
    assert_memory_equal(&again.over, &spec.over, sizeof spec.over);
    n_rows++;
    if (!form->example) continue;
    norm_spec_text(text, norm_spec_with(spec, NORM_NUMBER));
    assert_int_equal(strlen(text), strlen(form->text) + 1);
    assert_int_equal(text[strlen(text) - 1], 'N');
    norm_spec_text(text, norm_spec_with(spec, 77));
    assert_int_equal(parsed(text).n, 77);
  }
  assert_true(n_rows >= 9);
}

static void refuses_the_rest(void **state) {
  (void)state;
  static const char *const BAD[] = {
      "",         "Batch",     "batch:",        "batch:0",
      "batch:-1", "batch:+1",  "batch: 1",      "batch:01",
      "batch:1x", "batch:1.5", "batch:1000001", "batch:99999999999999999999",
      "batch\t",  "batchnorm", "group",         "Over(n)",
      "group:",   "group:0",   "group:c/0",     "group:c/",
      "group:c",  "group:C/4", "group:4/c",     "group:c/4/2",
      "layer:hw", "layer:",    "layer:W",       "instance:2",
      "none:1",   "nones",     "rms-",          "rms-rms-batch",
      "rms-foo",  "rms batch", "rms- batch",    "over",
      "batch:N",  "over (n)",  "\xff\xfe",
  };
  for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
    NormSpec spec = {0};
    Status status = norm_spec_parse(&spec, BAD[i]);
    if (status.code != STATUS_USAGE) fail_msg("accepted '%s'", BAD[i]);
    assert_non_null(strstr(status.text, "none, batch, batch:N, layer, layer:chw, layer:w, "));
    assert_non_null(strstr(status.text, "over(AXES) of n, n:N, c, c:N, c:C/N, h, w; rms- before"));
  }
}

/* What is nearly a norm is refused with what is wrong and what to do. */
static void refuses_by_name(void **state) {
  (void)state;
  static const char *const BAD[][2] = {
      {"over()", "an axis is missing: name some of n, c, h and w"},
      {"over( )", "an axis is missing"},
      {"over(n,,c)", "an axis is missing"},
      {"over(n,)", "an axis is missing"},
      {"over(h)", "h goes with w: take h,w for whole channels, or w for each row by itself"},
      {"over(n,c:4,h)", "h goes with w"},
      {"over(c,c)", "c is given twice: name each axis once"},
      {"over(n,h,w,n:4)", "n is given twice"},
      {"over(x)", "x is not an axis: name some of n, c, h and w"},
      {"over(hw)", "hw is not an axis"},
      {"over(N)", "N is not an axis"},
      {"over(h:2,w)", "h takes no number: alone it is all of it"},
      {"over(h,w:2)", "w takes no number"},
      {"over(n:0,h,w)", "n:0: expected a number from 1 to 1000000"},
      {"over(n:N,h,w)", "n:N: expected a number"},
      {"over(n:,h,w)", "n:: expected a number"},
      {"over(c:4x)", "c:4x: expected a number"},
      {"over(c:01)", "c:01: expected a number"},
      {"over(c:-1)", "c:-1: expected a number"},
      {"over(c:C/0)", "c:C/0: expected a number"},
      {"over(c:C)", "c:C: expected a number"},
      {"over(c:1000001)", "c:1000001: expected a number"},
      {"over(n:C/2)", "n:C/2: expected a number"},
      {"over(", "its ) is missing"},
      {"over(n:32", "its ) is missing (between [ ] or { } of YAML it needs quotes"},
      {"over(n c)", "a comma or ) is missing before c"},
      {"over(n(c))", "a comma or ) is missing"},
      {"over(n)x", "a space is missing behind )"},
      {"over(n))", "a space is missing behind )"},
      {"batch affine", "affine cannot follow a norm: accepted are affine:channel"},
      {"batch affine:Channel", "affine:Channel cannot follow"},
      {"batch layer", "layer cannot follow"},
      {"batch affine:none affine:none", "affine: is given twice"},
      {"batch shift no-shift", "shift is given twice"},
      {"batch affine:none shift", "affine:none has no shift: leave one of them out"},
      {"rms-batch shift affine:none", "affine:none has no shift"},
      {"none affine:none", "takes no rms- before it and no words behind it"},
      {"rms-none", "takes no rms- before it"},
  };
  for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
    NormSpec spec = {0};
    Status status = norm_spec_parse(&spec, BAD[i][0]);
    if (status.code != STATUS_USAGE) fail_msg("accepted '%s'", BAD[i][0]);
    if (!strstr(status.text, BAD[i][1])) fail_msg("%s: not '%s'", status.text, BAD[i][1]);
    if (strncmp(status.text + 1, BAD[i][0], strlen(BAD[i][0])) != 0) fail_msg("%s", status.text);
  }
}

static void groups_are_put_into_words(void **state) {
  (void)state;
  static const char *const WORDS[][2] = {
      {"none", "-"},
      {"batch", "a channel, over all samples of the global batch"},
      {"batch:32", "a channel, over 32 consecutive samples of the global batch; a remainder joins "
                   "the last group"},
      {"layer", "a sample"},
      {"over(w)", "a row of a channel of a sample"},
      {"over(c,w)", "a row of all channels of a sample"},
      {"position", "a pixel of all channels of a sample"},
      {"over(c:4)", "a pixel of 4 channels of a sample"},
      {"group:c/1", "1 channel of a sample"},
      {"group:2", "C/2 channels of a sample"},
      {"over(n)", "a pixel of a channel, over all samples of the global batch"},
      {"over(n,c,h,w)", "all channels, over all samples of the global batch"},
  };
  char text[NORM_WORDS_TEXT];
  for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
    norm_group_words(text, parsed(WORDS[i][0]));
    assert_string_equal(text, WORDS[i][1]);
  }
}

/* For 6 channels of 3 x 5. */
static void modules_are_those_that_compute_the_same(void **state) {
  (void)state;
  static const char *const MODULES[][2] = {
      {"none", "Identity()"},
      {"batch", "BatchNorm2d(6)"},
      {"batch affine:none", "BatchNorm2d(6, affine=False)"},
      {"batch no-shift", "-"},
      {"batch affine:element", "-"},
      {"batch:4", "-"},
      {"rms-batch", "-"},
      {"layer", "GroupNorm(1, 6)"},
      {"layer affine:none", "GroupNorm(1, 6, affine=False)"},
      {"layer:chw", "LayerNorm([6, 3, 5])"},
      {"layer:chw no-shift", "LayerNorm([6, 3, 5], bias=False)"},
      {"layer affine:column", "-"},
      {"rms-layer", "-"},
      {"rms-layer:chw", "RMSNorm([6, 3, 5], eps=1e-05)"},
      {"rms-layer:chw shift", "-"},
      {"rms-layer affine:none", "RMSNorm([6, 3, 5], eps=1e-05, elementwise_affine=False)"},
      {"layer:w", "LayerNorm(5)"},
      {"layer:w affine:none", "LayerNorm(5, elementwise_affine=False)"},
      {"rms-layer:w", "RMSNorm(5, eps=1e-05)"},
      {"over(w)", "-"},
      {"over(c,w) affine:column", "-"},
      {"group:2", "GroupNorm(2, 6)"},
      {"group:c/2", "GroupNorm(3, 6)"},
      {"group:2 affine:none", "GroupNorm(2, 6, affine=False)"},
      {"rms-group:2", "-"},
      {"instance", "InstanceNorm2d(6, affine=True)"},
      {"instance affine:none", "InstanceNorm2d(6)"},
      {"over(c)", "-"},
      {"over(n,c,h,w)", "-"},
      {"over(n,c:3,h,w)", "-"},
  };
  char text[NORM_WORDS_TEXT];
  for (size_t i = 0; i < sizeof MODULES / sizeof *MODULES; i++) {
    norm_module_words(text, parsed(MODULES[i][0]), shape_make(6, 3, 5));
    if (strcmp(text, MODULES[i][1]) != 0) fail_msg("%s: %s", MODULES[i][0], text);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(accepts_its_forms),
      cmocka_unit_test(one_norm_has_one_text),
      cmocka_unit_test(all_combinations_are_written_as_they_are_read),
      cmocka_unit_test(rows_say_what_names_are_short_for),
      cmocka_unit_test(refuses_the_rest),
      cmocka_unit_test(refuses_by_name),
      cmocka_unit_test(groups_are_put_into_words),
      cmocka_unit_test(modules_are_those_that_compute_the_same),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
