#include "config/manual.h"

#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *manual_file(void) {
  char *text = NULL;
  size_t bytes;
  FILE *out = open_memstream(&text, &bytes);
  assert_non_null(out);
  manual_print_file(out, &NETWORK_KINDS);
  assert_int_equal(fclose(out), 0);
  return text;
}

static Status manual_of(char **text, const char *path) {
  size_t bytes;
  *text = NULL;
  FILE *out = open_memstream(text, &bytes);
  assert_non_null(out);
  Status status = manual_print(out, &NETWORK_KINDS, path);
  assert_int_equal(fclose(out), 0);
  return status;
}

/* The file says what a file without all this would mean. */
static void the_file_reads_as_the_defaults(void **state) {
  (void)state;
  char *text = manual_file(), *resolved, *expected;
  Config *full = parse(text), *bare = NULL;
  assert_int_equal(config_parse(&bare, &NETWORK_KINDS,
                                "network: {layers: [{type: block, channels: 8}, {type: max-pool}, "
                                "{type: block, channels: 16}, {type: global-avg-pool}, "
                                "{type: linear, channels: 10}]}",
                                "t.yaml", NULL, 0)
                       .code,
                   STATUS_OK);
  resolved = text_of(full);
  expected = text_of(bare);
  assert_string_equal(resolved, expected);
  free(text), free(resolved), free(expected);
  config_free(full);
  config_free(bare);
}

static void lines_are_short(void **state) {
  (void)state;
  char *text = manual_file();
  for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
    assert_true(strcspn(line, "\n") <= 100);
  free(text);
}

static void assert_in_file(const char *file, const Key *key, int is_comment) {
  char line[100];
  snprintf(line, sizeof line, "\n  %s%s:", is_comment ? "#   " : "", key->name);
  if (!strstr(file, line)) fail_msg("%s is not in the file", line);
}

/* Ends with a full stop and is one line. */
static void assert_documented(const Key *key) {
  const char *text = key->documentation;
  if (!text || !*text || text[strlen(text) - 1] != '.' || strchr(text, '\n'))
    fail_msg("%s has no documentation", key->name);
}

static void see(void *context, const ConfigValue *value) {
  char *text;
  assert_documented(value->key);
  assert_int_equal(manual_of(&text, value->path).code, STATUS_OK);
  assert_non_null(strstr(text, value->key->documentation));
  free(text);
  if (value->key->type != KEY_LAYERS && strchr(value->path, '.'))
    assert_in_file(context, value->key, 0);
}

static void every_key_is_explained(void **state) {
  (void)state;
  static const struct {
    const char *path;
    const KindList *list;
  } LISTS[] = {{"network.layers", &NETWORK_KINDS.layers},
               {"optimizer", &NETWORK_KINDS.optimizers},
               {"schedule", &NETWORK_KINDS.schedules}};
  char *file = manual_file(), path[100], *text;
  Config *config = parse(file);
  config_visit(config, see, file);
  for (int l = 0; l < 3; l++)
    for (int i = 0; i < LISTS[l].list->n; i++) {
      const Kind *kind = LISTS[l].list->kind[i];
      snprintf(path, sizeof path, "%s.%s", LISTS[l].path, kind->name);
      assert_int_equal(manual_of(&text, path).code, STATUS_OK);
      assert_true(kind->summary && strstr(text, kind->summary));
      free(text);
      for (int k = 0; k < kind->n_keys; k++) {
        const Key *key = &kind->keys[k];
        if (key->type == KEY_DEFAULT) continue;
        assert_documented(key);
        snprintf(path, sizeof path, "%s.%s.%s", LISTS[l].path, kind->name, key->name);
        assert_int_equal(manual_of(&text, path).code, STATUS_OK);
        assert_non_null(strstr(text, key->documentation));
        free(text);
        assert_in_file(file, key, strcmp(kind->name, "sgd") != 0);
      }
    }
  config_free(config);
  free(file);
}

static void rows_are_told(void **state) {
  (void)state;
  static const struct {
    const char *path, *part;
  } TOLD[] = {
      {"optimizer.lr", "  default   0.05; 0.001 for adam, adamw"},
      {"optimizer.adam.lr", "  default   0.001\n"},
      {"optimizer.nesterov", "  of type   sgd; means nothing for adam, adamw"},
      {"optimizer.adam", "  momentum, nesterov"},
      {"optimizer.adam", " mean nothing for it.\n"},
      {"optimizer", "  sgd              stochastic gradient descent"},
      {"optimizer.momentum", "  takes     a number from 0 to below 1\n"},
      {"schedule.milestones", "  of type   multi-step; means nothing for constant, "},
      {"network.layers.block.norm", "  scope     only if network.order has norm\n"},
      {"renorm.begin", "  scope     only if the norm of a layer is one of renorm, renorm:N\n"},
      {"network.layers.2.stride", "  default   what size says\n"},
      {"network.layers.dropout", "  default   what network.dropout says\n"},
      {"seed", "  results   depend on it; runs that differ in it repeat one variant\n"},
      {"watchdog.seconds", "  results   do not depend on it\n"},
      {"training.batch", "  option    --batch\n"},
  };
  for (size_t i = 0; i < sizeof TOLD / sizeof *TOLD; i++) {
    char *text;
    Status status = manual_of(&text, TOLD[i].path);
    if (status.code != STATUS_OK) fail_msg("%s", status.text);
    if (!strstr(text, TOLD[i].part)) fail_msg("no '%s' in %s", TOLD[i].part, text);
    free(text);
  }
}

static void unknown_ones_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *path, *message;
  } REFUSED[] = {
      {"optimizer.lrr", "optimizer.lrr: unknown key, perhaps lr is meant; accepted: type, lr, "},
      {"optimiser", "optimiser: unknown key, perhaps optimizer is meant; accepted: name, seed, "},
      {"lr", "lr: unknown key, perhaps optimizer.lr is meant; accepted: name, seed, "},
      {"schedule.milestone-epochs",
       "schedule.milestone-epochs: unknown key; accepted: type, warmup, constant, step, "},
      {"seed.x", "seed.x: seed is a single value and has no keys below it"},
      {"optimizer.sgd.beta1", "optimizer.sgd.beta1: unknown key; accepted: type, lr, momentum"},
      {"", ": unknown key; accepted: name"},
  };
  for (size_t i = 0; i < sizeof REFUSED / sizeof *REFUSED; i++) {
    char *text;
    Status status = manual_of(&text, REFUSED[i].path);
    assert_int_equal(status.code, STATUS_USAGE);
    if (strncmp(status.text, REFUSED[i].message, strlen(REFUSED[i].message)) != 0)
      fail_msg("%s, not %s", status.text, REFUSED[i].message);
    assert_string_equal(text, "");
    free(text);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_file_reads_as_the_defaults), cmocka_unit_test(lines_are_short),
      cmocka_unit_test(every_key_is_explained),         cmocka_unit_test(rows_are_told),
      cmocka_unit_test(unknown_ones_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
