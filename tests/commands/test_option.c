/* Options of commands: reading values into their places, and the one message of what is wrong. */
#include "commands/command.h"
#include "support/cmocka_all.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct Options {
  Changes changes;
  const char *text;
  int flag, count;
  uint64_t whole;
  double seconds;
  InputSize input;
} Options;

static const Option OPTIONS[] = {{"text", "FILE", "A text.", TO_TEXT(Options, text)},
                                 {"flag", NULL, "A flag.", TO_FLAG(Options, flag)},
                                 {"count", "N", "A count.", TO_COUNT(Options, count, 12)},
                                 {"whole", "N", "A number.", TO_WHOLE(Options, whole)},
                                 {"time", "T", "A time.", TO_SECONDS(Options, seconds)},
                                 {"input", "CxHxW", "A size.", TO_INPUT(Options, input)},
                                 {"for-do", NULL, "Of do.", TO_FLAG(Options, flag), .only = "do"},
                                 OPTIONS_OF_CHANGES(Options, changes),
                                 {0}};

static const Action ACTIONS[] = {
    {"do", "Does.", 0}, {"look", "Looks.", 0}, {"rest", "Hands.", 1}, {0}};

/* What the command was given. */
static Options seen;
static Words words;
static char typed[200], key[80];
static int n_calls;

static Status run(void *options, const Words *given) {
  seen = *(const Options *)options;
  words = *given;
  n_calls++;
  snprintf(typed, sizeof typed, "%s", given->typed);
  if (seen.changes.n > 0) snprintf(key, sizeof key, "%s", seen.changes.change[0].key);
  return status_ok();
}

static const Command COMMAND = {.name = "try",
                                .summary = "a command to be tried",
                                .usage = "do|look|rest ...",
                                .about = "Is tried.",
                                .actions = ACTIONS,
                                .options = OPTIONS,
                                .exits = (const ExitLine[]){{0}},
                                .options_bytes = sizeof(Options),
                                .defaults = &(const Options){.seconds = -1, .count = 3},
                                .start = START_WITHOUT_MPI,
                                .run = run};

/* Calls the command with these words; what it prints to FILE is in text. */
static int call_to(int file, char *text, size_t bytes, int n, const char *const *given) {
  static char memory[16][300]; /* getopt reorders the words, and they live as long as a program */
  static char *argv[17];
  memset(argv, 0, sizeof argv);
  for (int i = 0; i < n; i++) {
    snprintf(memory[i], sizeof memory[i], "%s", given[i]);
    argv[i] = memory[i];
  }
  FILE *place = tmpfile();
  assert_non_null(place);
  fflush(stdout);
  int saved = dup(file);
  dup2(fileno(place), file);
  n_calls = 0;
  int status = command_run(&COMMAND, n, argv);
  fflush(stdout);
  dup2(saved, file);
  close(saved);
  rewind(place);
  size_t used = fread(text, 1, bytes - 1, place);
  text[used] = '\0';
  fclose(place);
  return status;
}

#define N_OF(list) ((int)(sizeof list / sizeof *list))
#define CALL(message, ...)                                                                         \
  call_to(STDERR_FILENO, message, sizeof message, N_OF(((const char *[]){"try", __VA_ARGS__})),    \
          (const char *[]){"try", __VA_ARGS__})

static void values_go_to_their_places(void **state) {
  (void)state;
  char message[2000];
  assert_int_equal(CALL(message, "do", "--text", "a b", "--flag", "x", "--count=12", "--time",
                        "2min", "--whole", "18446744073709551615", "--input", "3x32x16"),
                   0);
  assert_string_equal(message, "");
  assert_string_equal(seen.text, "a b");
  assert_int_equal(seen.flag, 1);
  assert_int_equal(seen.count, 12);
  assert_true(seen.whole == UINT64_MAX);
  assert_true(seen.seconds == 120);
  assert_int_equal(seen.input.c, 3);
  assert_int_equal(seen.input.h, 32);
  assert_int_equal(seen.input.w, 16);
  assert_int_equal(words.n, 2);
  assert_string_equal(words.word[1], "x");
  assert_string_equal(words.action, "do");
  assert_string_equal(typed, "normlab try do --text a b --flag x --count=12 --time 2min --whole "
                             "18446744073709551615 --input 3x32x16");
}

static void defaults_stay(void **state) {
  (void)state;
  char message[2000];
  assert_int_equal(CALL(message, "look"), 0);
  assert_int_equal(seen.count, 3);
  assert_true(seen.seconds == -1);
  assert_null(seen.text);
  InputSize size = input_size(seen.input);
  assert_true(size.c == 1 && size.h == 28 && size.w == 28);
}

static void changes_keep_their_order(void **state) {
  (void)state;
  char message[2000];
  assert_int_equal(CALL(message, "do", "--set", "optimizer.lr=a=b", "--norm", "layer", "--seed=4"),
                   0);
  assert_int_equal(seen.changes.n, 3);
  const ConfigChange *change = seen.changes.change;
  assert_string_equal(key, "optimizer.lr");
  assert_string_equal(change[0].value, "a=b");
  assert_string_equal(change[0].option, "--set");
  assert_string_equal(change[1].option, "--norm");
  assert_string_equal(change[1].key, "network.norm");
  assert_string_equal(change[1].value, "layer");
  assert_string_equal(change[2].key, "seed");
}

static void rest_is_left_alone(void **state) {
  (void)state;
  char message[2000];
  assert_int_equal(CALL(message, "rest", "--nonsense", "-x", "4", "--tex=9", "--", "--text", "b"),
                   0);
  assert_string_equal(words.action, "rest");
  static const char *const left[] = {"rest", "--nonsense", "-x", "4", "--tex=9", "--text", "b"};
  assert_int_equal(words.n, N_OF(left));
  for (int i = 0; i < words.n; i++) assert_string_equal(words.word[i], left[i]);
  assert_null(seen.text);
  /* Options of the command, written out, are taken from among them. */
  assert_int_equal(CALL(message, "rest", "--text", "a", "-x", "--flag", "--count=4", "--gone"), 0);
  assert_int_equal(words.n, 3);
  assert_string_equal(words.word[1], "-x");
  assert_string_equal(words.word[2], "--gone");
  assert_true(seen.flag && seen.count == 4);
  assert_int_equal(CALL(message, "rest", "--for-do"), STATUS_USAGE);
  assert_non_null(strstr(message, "--for-do is for do alone"));
  assert_int_equal(CALL(message, "rest", "--text"), STATUS_USAGE);
  assert_non_null(strstr(message, "--text needs a value"));
}

static void refused(void **state) {
  (void)state;
  static const struct {
    const char *word[2], *message;
  } cases[] = {
      {{"--fast"}, "try: unknown option --fast; see normlab try --help"},
      {{"-x"}, "try: unknown option -x; see"},
      {{"--t"}, "try: ambiguous option --t; see"},
      {{"--text"}, "try: --text needs a value; see"},
      {{"--flag=1"}, "try: --flag=1: --flag takes no value; see"},
      {{"--text", ""}, "--text: expected FILE, found an empty text"},
      {{"--count", "0"}, "--count 0: expected 1 to 12"},
      {{"--count", "13"}, "--count 13: expected 1 to 12"},
      {{"--count", "-1"}, "--count -1: expected 1 to 12"},
      {{"--count", "+1"}, "--count +1: expected 1 to 12"},
      {{"--count", " 1"}, "--count  1: expected 1 to 12"},
      {{"--count", "1x"}, "--count 1x: expected 1 to 12"},
      {{"--count", ""}, "--count : expected 1 to 12"},
      {{"--count", "99999999999999999999"}, "expected 1 to 12"},
      {{"--whole", "18446744073709551616"}, "--whole 18446744073709551616: expected 0 to"},
      {{"--whole", "-1"}, "--whole -1: expected 0 to 18446744073709551615"},
      {{"--time", "soon"}, "--time soon: expected a time"},
      {{"--input", "28x28"}, "--input 28x28: expected channels x rows x columns"},
      {{"--input", "1x28x5000"}, "--input 1x28x5000: expected"},
      {{"--set", "seed"}, "--set seed: expected KEY=VALUE"},
      {{"--for-do"}, "try look: --for-do is for do alone; see normlab try --help"},
  };
  for (int i = 0; i < N_OF(cases); i++) {
    char message[2000];
    const char *given[] = {"try", "look", cases[i].word[0], cases[i].word[1]};
    int status = call_to(STDERR_FILENO, message, sizeof message, cases[i].word[1] ? 4 : 3, given);
    if (status != STATUS_USAGE || n_calls || !strstr(message, cases[i].message) ||
        strstr(message, "normlab: error: ") != message || strchr(message, '\n')[1])
      fail_msg("%s: status %d, message %s", cases[i].word[0], status, message);
  }
  char message[2000];
  assert_int_equal(CALL(message, "lok"), STATUS_USAGE);
  assert_non_null(strstr(message, "try: lok: expected do, look or rest; see"));
  assert_int_equal(CALL(message, "--flag", "rest"), STATUS_USAGE);
  assert_non_null(strstr(message, "try: options of rest stand behind it"));
}

static void too_many_changes(void **state) {
  (void)state;
  Changes changes = {.n = MAX_CHANGES};
  const Option option = {.name = "set"};
  char text[] = "seed=1";
  Status status = option_change(&changes, &option, text);
  assert_int_equal(status.code, STATUS_USAGE);
  assert_non_null(strstr(status.text, "more than 200 changes"));
  changes.n = 0;
}

static void help_has_all_rows(void **state) {
  (void)state;
  char text[8000];
  OptionList list;
  option_list(&list, OPTIONS);
  const char *const ways[][3] = {{"try", "--help"}, {"try", "-h"}, {"try", "do", "--help"}};
  int n_shorts;
  const ConfigShort *shorts = config_shorts(&n_shorts);
  for (int w = 0; w < N_OF(ways); w++) {
    int n = ways[w][2] ? 3 : 2;
    assert_int_equal(call_to(STDOUT_FILENO, text, sizeof text, n, ways[w]), 0);
    assert_int_equal(n_calls, 0);
    for (int i = 0; i < list.n; i++) {
      char name[80];
      snprintf(name, sizeof name, "\n  --%s%s%s", list.row[i].name, list.row[i].argument ? " " : "",
               list.row[i].argument ? list.row[i].argument : "");
      if (!strstr(text, name)) fail_msg("%s is not in %s", name, text);
    }
    for (int i = 0; i < n_shorts; i++) assert_non_null(strstr(text, shorts[i].option));
    for (const Action *a = ACTIONS; a->name; a++) assert_non_null(strstr(text, a->help));
    for (const char *line = text; line; line = strchr(line + 1, '\n'))
      assert_true(strcspn(line + 1, "\n") <= 80);
  }
}

/* What every command must have, so that help and listing can be made of it. */
static void commands_are_whole(void **state) {
  (void)state;
  int n = 0;
  for (const Command *const *c = COMMANDS; *c; c++, n++) {
    const Command *command = *c;
    OptionList list;
    option_list(&list, command->options);
    assert_ptr_equal(command_find(command->name), command);
    assert_true(command->summary && command->usage && command->about && command->exits &&
                command->run);
    assert_true(list.n < MAX_OPTIONS);
    for (int i = 0; i < list.n; i++) {
      const Option *option = &list.row[i];
      if (!option->help || option->help[strlen(option->help) - 1] != '.')
        fail_msg("%s --%s: the help is no sentence", command->name, option->name);
      for (int j = 0; j < i; j++) assert_string_not_equal(option->name, list.row[j].name);
    }
    const ExitLine *exit = command->exits;
    if (exit->code == STATUS_OK && exit->text) exit++;
    for (int last = 0; exit->code != STATUS_OK; last = (int)exit++->code)
      assert_true((int)exit->code > last);
  }
  assert_true(n >= 10);
  assert_null(command_find("trian"));
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(values_go_to_their_places),
                                     cmocka_unit_test(defaults_stay),
                                     cmocka_unit_test(changes_keep_their_order),
                                     cmocka_unit_test(rest_is_left_alone),
                                     cmocka_unit_test(refused),
                                     cmocka_unit_test(too_many_changes),
                                     cmocka_unit_test(help_has_all_rows),
                                     cmocka_unit_test(commands_are_whole)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
