/* Study files that are wrong, each with one message that names file, line and key. */
#include "scratch.h"
#include "study/study.h"
#include <string.h>

#define BASE "base: base.yaml\n"

static const struct {
  const char *yaml;
  const char *begin; /* of the message, after the file's name */
  const char *also;  /* somewhere in it */
} REFUSED[] = {
    /* the whole */
    {"", ":1: not a mapping;", "base, name, data, set, variants, axes"},
    {"- 1\n", ":1: not a mapping;", "base"},
    {"seed: [1, 2\n", ":2: not YAML", "flow sequence"},
    {"name: x\n", ":1: base: missing;", "base: ../s6.yaml"},
    {BASE "variant: []\n", ":2: variant: unknown key;", "variants"},
    {BASE "as: 1\n", ":2: as: unknown key;", "variants"},
    {BASE "base: x\n", ":2: base: given twice", "line 1"},
    {"base: nowhere.yaml\n", ":1: base: there is no file nowhere.yaml", "study file's folder"},
    {"base: [a]\n", ":1: base: expected a configuration file", ""},
    {"base:\n", ":1: base: expected a configuration file", ""},
    {BASE "name: a/b\n", ": name: 'a/b' is no name for a folder;", "letters"},
    {BASE "name: ..\n", ": name: '..' is no name", "letters"},
    {BASE "name: \"\"\n", ": name: '' is no name", "letters"},
    {BASE "data: imagenet\n", ":2: data: 'imagenet';", "mnist, cifar10"},
    {BASE "data: [mnist]\n", ":2: data: expected mnist, cifar10, images or synthetic", ""},
    /* changes */
    {BASE "set: 3\n", ":2: set: expected a mapping", "keys"},
    {BASE "set: {optimizer.lrr: 1}\n", ":2: set.optimizer.lrr: 1: unknown key", "perhaps lr"},
    {BASE "set: {optimizer.lr: -1}\n", ":2: set.optimizer.lr: -1: '-1' is out of range;", "0"},
    {BASE "set:\n  batch: x\n", ":3: set.batch: x: 'x' is not a whole number", "from 1 to"},
    {BASE "set: {optimizer.lr: }\n", ":2: set.optimizer.lr: no value", ""},
    {BASE "set: {seed: 3}\n", ":2: set.seed: the seed belongs to axes", "seed: 1..5"},
    {BASE "set: {batch: 3, training.batch: 4}\n", ":2: set.training.batch: training.batch is set",
     "twice"},
    {BASE "set: {optimizer: {lr: 1}, optimizer.lr: 2}\n", ":2: set.optimizer.lr: ", "twice"},
    {BASE "set: {conv.backend: \"a\\\"b\"}\n", ":2: set.conv.backend: ", "no value of a conf"},
    {BASE "set: {conv.backend: \"a]b\"}\n", ":2: set.conv.backend: ", "no value of a conf"},
    /* variants */
    {BASE "variants: 3\n", ":2: variants: expected a list", "norm: none"},
    {BASE "variants: []\n", ":2: variants: expected a list", "norm: none"},
    {BASE "variants: [batch]\n", ":2: variants.0: expected a mapping", "norm: none"},
    {BASE "variants:\n  - {norm: batch}\n  - {}\n", ":4: variants.1: has neither", "name"},
    {BASE "variants:\n  - {norm: bach}\n", ":3: variants.0.norm: bach: ", "group:c/N"},
    {BASE "variants:\n  - {norm: batch, lr: 3}\n", ":3: variants.0.lr: unknown key;", "set"},
    {BASE "variants:\n  - {norm: batch, seed: 3}\n", ":3: variants.0.seed: the seed", "axes"},
    {BASE "variants:\n  - {norm: batch, set: {norm: layer}}\n", ":3: variants.0.set.norm: network",
     "twice"},
    {BASE "variants:\n  - {norm: batch}\n  - {norm: batch, epochs: 3}\n",
     ":4: variants.1: 'batch' is on line 3", ""},
    {BASE "variants:\n  - {name: \"A b\", norm: batch}\n  - {name: a-B, norm: layer}\n",
     ": variants: two runs would have the file a-b-s1.h5;", "names"},
    {BASE "variants:\n  - {name: a, norm: batch}\n  - {name: b, norm: batch}\n",
     ": variants: 'a' and 'b' are the same", ""},
    {BASE "variants:\n  - {name: \"!\", norm: batch}\n", ":3: variants: '!' makes no file name",
     "letters"},
    {BASE "variants:\n  - {name: [a], norm: batch}\n", ":3: variants.0.name: expected a name", ""},
    {BASE "variants:\n  - {norm: batch, set: [1]}\n", ":3: variants.0.set: expected a mapping", ""},
    /* axes */
    {BASE "axes: [1]\n", ":2: axes: expected a mapping", "seed"},
    {BASE "axes: {seed: 3}\n", ":2: axes.seed: expected a list of values, or a range", "1..5"},
    {BASE "axes: {seed: []}\n", ":2: axes.seed: expected a list", "range"},
    {BASE "axes: {seed: {a: 1}}\n", ":2: axes.seed: expected a list", "range"},
    {BASE "axes:\n  seed: 5..1\n", ":3: axes.seed: 5..1: the range ends before it begins", ""},
    {BASE "axes: {seed: [1, 1..2]}\n", ":2: axes.seed: 1 is given twice", ""},
    {BASE "axes: {seed: 1..999999}\n", ":2: axes.seed: more than 4096 values", ""},
    {BASE "axes: {seed: 1..1000, epochs: 1..5}\n", ": axes: more than 4096 runs", ""},
    {BASE "axes: {seed: [one]}\n", ":2: axes.seed: one: 'one' is no whole number", "0 to"},
    {BASE "axes: {seed: [1, 1.5]}\n", ":2: axes.seed: 1.5: '1.5' is no whole number", "0 to"},
    {BASE "axes: {seed: [-1]}\n", ":2: axes.seed: -1: '-1'", "0 to"},
    {BASE "axes: {seed: [[1]]}\n", ":2: axes.seed: expected single values", "variants"},
    {BASE "axes: {seed: [~]}\n", ":2: axes.seed: no value", ""},
    {BASE "axes: {optimizer.lr: [0.1, 0.10]}\n", ": variants: 'base, lr 0.1' and 'base, lr 0.10'",
     "the same"},
    {BASE "axes: {foo.bar: [1]}\n", ":2: axes.foo.bar: 1: foo: unknown key", "optimizer"},
    {BASE "axes: {epochs: [1], training.epochs: [2]}\n", ":2: axes.training.epochs: another axis",
     "training.epochs"},
    {BASE "variants:\n  - {norm: batch}\naxes: {norm: [layer]}\n",
     ":4: axes.norm: variants.0 sets network.norm, too", ""},
    {BASE "variants:\n  - {norm: batch, set: {optimizer.lr: 1}}\naxes: {optimizer: [1]}\n",
     ":4: axes.optimizer: variants.0 sets optimizer.lr, too", ""},
};

static void all_are_refused(void **state) {
  int bad = 0;
  (void)state;
  for (size_t i = 0; i < sizeof REFUSED / sizeof *REFUSED; i++) {
    Study study;
    write_file("study.yaml", REFUSED[i].yaml);
    Status status = study_read(&study, "study.yaml", NULL, NULL, NULL, 0);
    size_t name = strlen("study.yaml");
    int is_good = status.code == STATUS_USAGE && strncmp(status.text, "study.yaml", name) == 0 &&
                  strncmp(status.text + name, REFUSED[i].begin, strlen(REFUSED[i].begin)) == 0 &&
                  strstr(status.text, REFUSED[i].also) && !strchr(status.text, '\n');
    if (!is_good)
      print_error("%s\nexpected '%s' and '%s'\nfound %d '%s'\n", REFUSED[i].yaml, REFUSED[i].begin,
                  REFUSED[i].also, (int)status.code, status.text);
    bad += !is_good;
    assert_null(study.owner);
  }
  assert_int_equal(bad, 0);
}

/* A damaged character anywhere is a message or another study, never a crash. */
static void mutations_are_survived(void **state) {
  (void)state;
  static const char GOOD[] =
      BASE "name: n\ndata: mnist\nset: {batch: 8}\nvariants:\n"
           "  - {name: a, norm: batch}\n  - {norm: layer, set: {epochs: 2}}\n"
           "axes: {seed: 1..3, optimizer.lr: [0.1, 0.2]}\n";
  static const char ODD[] = "{}[]:,.#-&*!|>'\"%@` \n\t0a~\x01\xff";
  char text[sizeof GOOD];
  int n_good = 0, n_refused = 0;
  for (size_t i = 0; i < sizeof GOOD - 1; i++)
    for (size_t k = 0; k < sizeof ODD; k++) {
      Study study;
      memcpy(text, GOOD, sizeof GOOD);
      text[i] = ODD[k];
      write_file("study.yaml", text);
      Status status = study_read(&study, "study.yaml", NULL, NULL, NULL, 0);
      assert_true(status.code == STATUS_OK || (status.code == STATUS_USAGE && status.text[0]));
      status.code == STATUS_OK ? n_good++ : n_refused++;
      study_free(&study);
    }
  assert_true(n_good > 100 && n_refused > 1000);
}

static void files_are_named(void **state) {
  (void)state;
  Study study;
  Status status = study_read(&study, "nowhere.yaml", NULL, NULL, NULL, 0);
  assert_int_equal(status.code, STATUS_FILE);
  assert_non_null(strstr(status.text, "nowhere.yaml"));
  status = study_read(&study, ".", NULL, NULL, NULL, 0);
  assert_int_equal(status.code, STATUS_FILE);
  /* A base that is wrong by itself is named by its own line. */
  write_file("study.yaml", "base: wrong.yaml\naxes: {seed: 1..2}\n");
  write_file("wrong.yaml", "seed: x\n");
  status = study_read(&study, "study.yaml", NULL, NULL, NULL, 0);
  unlink("wrong.yaml");
  assert_int_equal(status.code, STATUS_USAGE);
  assert_int_equal(strncmp(status.text, "wrong.yaml:1: ", 14), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(all_are_refused),
      cmocka_unit_test(mutations_are_survived),
      cmocka_unit_test(files_are_named),
  };
  return cmocka_run_group_tests(tests, enter_scratch, leave_scratch);
}
