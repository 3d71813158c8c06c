/* The runs that a study file stands for. */
#include "study/study.h"

#include "kernels/isa.h"
#include "scratch.h"
#include "study/input.h"
#include "support/norm_rows.h"
#include <string.h>

#define OK(expression) assert_int_equal((expression).code, STATUS_OK)

static void read_text(Study *study, const char *text) {
  write_file("study.yaml", text);
  Status status = study_read(study, "study.yaml", NULL, NULL, NULL, 0);
  assert_string_equal(status.text, "");
}

static void expect_names(const Study *study, int n, const char *const names[]) {
  assert_int_equal(study->n_runs, n);
  for (int i = 0; i < n; i++) assert_string_equal(study->runs[i].name, names[i]);
}

/* Seeds first, so that a study that is interrupted has whole rows; then variants; then axes. */
static void product_has_an_order(void **state) {
  (void)state;
  Study study;
  read_text(&study, "base: base.yaml\n"
                    "variants: [{norm: batch}, {norm: \"group:c/2\"}]\n"
                    "axes: {seed: [3, 7..8], optimizer.lr: [0.1, 0.2]}\n");
  static const char *const NAMES[] = {
      "batch-lr0.1-s3", "batch-lr0.2-s3", "group-c-2-lr0.1-s3", "group-c-2-lr0.2-s3",
      "batch-lr0.1-s7", "batch-lr0.2-s7", "group-c-2-lr0.1-s7", "group-c-2-lr0.2-s7",
      "batch-lr0.1-s8", "batch-lr0.2-s8", "group-c-2-lr0.1-s8", "group-c-2-lr0.2-s8"};
  expect_names(&study, 12, NAMES);
  const StudyRun *run = &study.runs[7];
  assert_string_equal(run->path, "results/study/group-c-2-lr0.2-s7.h5");
  assert_string_equal(run->variant->title, "group:c/2, lr 0.2");
  assert_true(run->config->optimizer.lr == 0.2);
  assert_int_equal(run->config->seed, 7);
  assert_ptr_equal(run->config->network.norm.kind, &NORM_GROUP_CHANNELS);
  assert_int_equal(study.n_variants, 4);
  assert_int_equal(study.n_seeds, 3);
  study_free(&study);
}

static void names_are_for_files(void **state) {
  (void)state;
  Study study;
  read_text(&study, "base: base.yaml\nname: My_study.2\n"
                    "variants:\n"
                    "  - {name: \"  Batch,  L1 (strong)! \", norm: batch, set: {optimizer.l1: 1}}\n"
                    "  - {norm: \"layer:chw\", epochs: 3, batch: 7}\n");
  static const char *const NAMES[] = {"batch-l1-strong-s1", "layer-chw-s1"};
  expect_names(&study, 2, NAMES);
  assert_string_equal(study.runs[0].path, "results/My_study.2/batch-l1-strong-s1.h5");
  assert_true(study.runs[0].config->optimizer.l1 == 1);
  assert_int_equal(study.runs[1].config->training.epochs, 3);
  assert_int_equal(study.runs[1].config->training.batch, 7);
  assert_int_equal(study.runs[0].config->training.epochs, 15);
  study_free(&study);
  /* A norm as an axis is the name itself; axes of one last word are told apart. */
  read_text(&study, "base: base.yaml\n"
                    "axes: {norm: [batch], optimizer.lr: [1], training.epochs: 1..2}\n");
  static const char *const AXES[] = {"batch-lr1-epochs1-s1", "batch-lr1-epochs2-s1"};
  expect_names(&study, 2, AXES);
  study_free(&study);
  read_text(&study, "base: base.yaml\nset: {schedule.type: step}\n"
                    "axes: {schedule.every: [2], checkpoint.every: [3]}\n");
  static const char *const WHOLE[] = {"base-schedule.every2-checkpoint.every3-s1"};
  expect_names(&study, 1, WHOLE);
  study_free(&study);
}

static void variants_replace_what_all_have(void **state) {
  (void)state;
  Study study;
  read_text(&study, "base: base.yaml\nset: {batch: 256, optimizer.l1: 0.5}\n"
                    "variants:\n"
                    "  - {norm: batch, set: {optimizer.l1: 0}}\n"
                    "  - {norm: layer}\n"
                    "  - {name: adam, set: {optimizer: {type: adam, lr: 0.003}}}\n");
  assert_true(study.runs[0].config->optimizer.l1 == 0);
  assert_int_equal(study.runs[0].n_changes, 3);
  assert_true(study.runs[1].config->optimizer.l1 == 0.5);
  assert_int_equal(study.runs[1].config->training.batch, 256);
  assert_string_equal(study.runs[2].config->optimizer.kind->name, "adam");
  assert_true(study.runs[2].config->optimizer.lr == 0.003);
  study_free(&study);
}

static void command_line_changes_all(void **state) {
  (void)state;
  Study study;
  const ConfigChange epochs = {"--set", "training.epochs", "1"},
                     lr = {"--set", "optimizer.lr", "1"}, all = {"--set", "optimizer", "{lr: 1}"};
  write_file("study.yaml", "base: base.yaml\naxes: {norm: [batch, layer], optimizer.lr: [1, 2]}\n");
  OK(study_read(&study, "study.yaml", "elsewhere", NULL, &epochs, 1));
  for (int i = 0; i < study.n_runs; i++) assert_int_equal(study.runs[i].config->training.epochs, 1);
  assert_string_equal(study.runs[0].path, "elsewhere/batch-lr1-s1.h5");
  study_free(&study);
  assert_int_equal(study_read(&study, "study.yaml", NULL, NULL, &lr, 1).code, STATUS_USAGE);
  assert_int_equal(study_read(&study, "study.yaml", NULL, NULL, &all, 1).code, STATUS_USAGE);
}

static size_t parameters(const Study *study, int variant, size_t *n_norms) {
  size_t n;
  ImageShape shape = input_guess(study);
  OK(input_count(&n, n_norms, &study->variants[variant], shape));
  return n;
}

/* The published counts: the table of networks in configs/README.md. */
static void ready_studies_are_whole(void **state) {
  (void)state;
  static const struct {
    const char *file;
    const char *data;
    int n_variants, n_seeds;
    size_t parameters[4]; /* of the first variants */
  } READY[] = {{"s6-norms", "mnist", 5, 5, {7652, 7594, 7652, 7652}},
               {"wide-norms", "mnist", 3, 5, {9264, 9264, 9264}},
               {"relu-first-norms", "mnist", 3, 5, {10832, 75080, 10832}},
               {"skip-cifar10", "cifar10", 3, 3, {39688, 39688, 39688}},
               {"batch-size", "mnist", 11, 5, {7652, 7652, 7652, 7652}},
               {"norms-s6", "mnist", 19, 10, {7384, 7652, 7652, 7518}}};
  for (size_t i = 0; i < sizeof READY / sizeof *READY; i++) {
    Study study;
    char file[512];
    snprintf(file, sizeof file, CONFIGS "/studies/%s.yaml", READY[i].file);
    Status status = study_read(&study, file, NULL, NULL, NULL, 0);
    assert_string_equal(status.text, "");
    assert_string_equal(study.name, READY[i].file);
    assert_string_equal(study.data->name, READY[i].data);
    assert_int_equal(study.n_variants, READY[i].n_variants);
    assert_int_equal(study.n_seeds, READY[i].n_seeds);
    for (int v = 0; v < 4 && READY[i].parameters[v]; v++) {
      size_t n_norms;
      assert_int_equal(parameters(&study, v, &n_norms), READY[i].parameters[v]);
    }
    study_free(&study);
  }
}

static void published_variants_have_their_regularizers(void **state) {
  (void)state;
  Study study;
  OK(study_read(&study, CONFIGS "/studies/wide-norms.yaml", NULL, NULL, NULL, 0));
  assert_true(study.variants[0].config->optimizer.l1 == 0.001);
  assert_true(study.variants[1].config->optimizer.l1 == 0);
  assert_true(study.variants[2].config->optimizer.l1 == 0);
  study_free(&study);
  OK(study_read(&study, CONFIGS "/studies/batch-size.yaml", NULL, NULL, NULL, 0));
  for (int i = 0; i < study.n_runs; i++)
    assert_int_equal(study.runs[i].config->training.batch, 256);
  for (int i = 0; i < 8; i++) {
    assert_ptr_equal(study.variants[i].config->network.norm.kind, &NORM_BATCH);
    assert_int_equal(study.variants[i].config->network.norm.n, 2 << i);
  }
  study_free(&study);
}

static int set_up(void **state) {
  return isa_select().code != STATUS_OK || enter_scratch(state);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(product_has_an_order),
      cmocka_unit_test(names_are_for_files),
      cmocka_unit_test(variants_replace_what_all_have),
      cmocka_unit_test(command_line_changes_all),
      cmocka_unit_test(ready_studies_are_whole),
      cmocka_unit_test(published_variants_have_their_regularizers),
  };
  return cmocka_run_group_tests(tests, set_up, leave_scratch);
}
