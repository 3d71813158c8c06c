#include "base/random.h"
#include "config/config.h"
#include "nn/kinds.h"

#include "support/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_MUTANTS = 6000, ROOM = 16384 };

static size_t original_bytes;
static char original[ROOM];

static int read_original(void **state) {
  (void)state;
  FILE *in = fopen(CONFIGS "/s6.yaml", "rb");
  if (!in) return -1;
  original_bytes = fread(original, 1, ROOM / 2, in);
  fclose(in);
  return original_bytes > 0 ? 0 : -1;
}

static uint32_t below(RandomStream *stream, size_t n) {
  return random_below(stream, (uint32_t)n);
}

/* One change somewhere; returns the new length. */
static size_t mutate(char *text, size_t n, RandomStream *stream) {
  static const char *const PIECES[] = {"[",     "]",        "{",     "}",    ": ",   "- ",   "\n",
                                       "&a ",   "*a",       "!!x ",  "\"",   "'",    "|\n",  "? ",
                                       "---\n", "\t",       "1e999", "-",    "null", "\xff", "\\",
                                       "%",     "group:c/", "0",     "<<: ", "\n  ", ","};
  if (n == 0) return 0;
  size_t at = below(stream, n);
  size_t span = below(stream, 40) + 1;
  if (span > n - at) span = n - at;
  switch (below(stream, 6)) {
  case 0:
    text[at] = (char)(text[at] ^ (1 << below(stream, 8)));
    return n;
  case 1:
    text[at] = (char)below(stream, 256);
    return n;
  case 2:
    memmove(text + at, text + at + span, n - at - span);
    return n - span;
  case 3:
    memmove(text + at + span, text + at, n - at);
    return n + span;
  case 4:
    return below(stream, 20) == 0 ? at : n;
  default: {
    const char *piece = PIECES[below(stream, sizeof PIECES / sizeof *PIECES)];
    size_t length = strlen(piece);
    memmove(text + at + length, text + at, n - at);
    memcpy(text + at, piece, length);
    return n + length;
  }
  }
}

/* What is read is valid: it can be written and reads back. */
static void check_accepted(Config *config) {
  char *text;
  Config *again;
  assert_int_equal(config_text(&text, config).code, STATUS_OK);
  Status status = config_parse(&again, &NETWORK_KINDS, text, "again", NULL, 0);
  if (status.code != STATUS_OK) fail_msg("%s in\n%s", status.text, text);
  char difference[200];
  if (config_difference(difference, sizeof difference, config, again)) fail_msg("%s", difference);
  config_free(again);
  free(text);
}

static void mutants_are_read_or_refused(void **state) {
  (void)state;
  int n_accepted = 0, n_refused = 0;
  static char text[ROOM];
  for (int i = 0; i < N_MUTANTS; i++) {
    RandomStream stream = random_stream(1, RANDOM_RESAMPLE, (uint64_t)i);
    memcpy(text, original, original_bytes);
    size_t n = original_bytes;
    for (uint32_t k = below(&stream, 4) + 1; k > 0; k--) n = mutate(text, n, &stream);
    text[n] = '\0';
    Config *config = (Config *)1;
    Status status = config_parse(&config, &NETWORK_KINDS, text, "mutant.yaml", NULL, 0);
    if (status.code == STATUS_OK) {
      check_accepted(config);
      config_free(config);
      n_accepted++;
    } else {
      assert_int_equal(status.code, STATUS_USAGE);
      assert_null(config);
      assert_memory_equal(status.text, "mutant.yaml:", 12);
      assert_true(strlen(status.text) > 20);
      n_refused++;
    }
  }
  /* Most changes of comments are harmless, most others are not. */
  assert_true(n_accepted > N_MUTANTS / 20);
  assert_true(n_refused > N_MUTANTS / 20);
}

static void mutated_changes_too(void **state) {
  (void)state;
  static const char *const KEYS[] = {
      "optimizer.lr", "network.layers.3", "network.layers", "schedule.milestones",
      "name",         "network",          "data.mean"};
  static const char *const VALUES[] = {"0.1",
                                       "{type: max-pool, size: 3}",
                                       "[{type: relu}]",
                                       "[1, 2, 3]",
                                       "x",
                                       "{layers: [{type: relu}]}",
                                       "[]"};
  enum { N_KEYS = sizeof KEYS / sizeof *KEYS };
  int n_accepted = 0, n_refused = 0;
  for (int i = 0; i < N_MUTANTS / 10; i++) {
    RandomStream stream = random_stream(2, RANDOM_RESAMPLE, (uint64_t)i);
    char key[200], value[200];
    strcpy(key, KEYS[i % N_KEYS]);
    strcpy(value, VALUES[i / N_KEYS % N_KEYS]);
    if (i % 3 == 0) key[mutate(key, strlen(key), &stream)] = '\0';
    if (i % 3 == 1) value[mutate(value, strlen(value), &stream)] = '\0';
    const ConfigChange change = {"--set", key, value};
    Config *config = (Config *)1;
    Status status = config_read(&config, &NETWORK_KINDS, CONFIGS "/s6.yaml", &change, 1);
    if (status.code == STATUS_OK) {
      check_accepted(config);
      config_free(config);
      n_accepted++;
    } else {
      assert_int_equal(status.code, STATUS_USAGE);
      assert_memory_equal(status.text, "--set ", 6);
      n_refused++;
    }
  }
  assert_true(n_accepted > 20);
  assert_true(n_refused > 20);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(mutants_are_read_or_refused),
      cmocka_unit_test(mutated_changes_too),
  };
  return cmocka_run_group_tests(tests, read_original, NULL);
}
