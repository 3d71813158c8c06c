#include "commands/command.h"
#include "commands/ranks.h"

#include "base/suggest.h"
#include "dist/dist.h"
#include "dist/facts.h"
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const Command *command_find(const char *name) {
  for (const Command *const *c = COMMANDS; *c; c++)
    if (strcmp(name, (*c)->name) == 0) return *c;
  return NULL;
}

/* getopt_long returns this and more for the options of a list. */
enum { FIRST_OPTION = 256 };

/* found: the ? or : of getopt_long. */
static Status option_error(const Command *command, const OptionList *list, int found, char **argv) {
  /* An unknown character in the middle of a word leaves optind at that word. */
  const char *word = argv[optind - 1], *name = command->name;
  int is_known = optopt >= FIRST_OPTION, n_alike = 0;
  if (found == ':')
    return status_error(STATUS_USAGE, "%s: %s needs a value; see normlab %s --help", name, word,
                        name);
  if (is_known)
    return status_error(STATUS_USAGE, "%s: %s: --%s takes no value; see normlab %s --help", name,
                        word, list->row[optopt - FIRST_OPTION].name, name);
  if (optopt)
    return status_error(STATUS_USAGE, "%s: unknown option -%c; see normlab %s --help", name, optopt,
                        name);
  size_t length = strcspn(word, "=");
  char typed[64];
  snprintf(typed, sizeof typed, "%.*s", (int)length - 2, word + 2);
  Suggestion meant = suggestion_for(typed);
  for (int i = 0; i < list->n && length > 2; i++) {
    n_alike += strncmp(list->row[i].name, word + 2, length - 2) == 0;
    suggestion_consider(&meant, list->row[i].name);
  }
  const int is_ambiguous = n_alike > 1, is_near = !is_ambiguous && meant.nearest;
  return status_error(STATUS_USAGE, "%s: %s option %s%s%s%s; see normlab %s --help", name,
                      is_ambiguous ? "ambiguous" : "unknown", word, is_near ? ", perhaps --" : "",
                      is_near ? meant.nearest : "", is_near ? " is meant" : "", name);
}

/* What reading a command line gives beside the values of the options. */
typedef struct Reading {
  Words words;
  int wants_help;
  const Option *limited[MAX_OPTIONS]; /* the given options that not all actions have */
  int n_limited;
} Reading;

static void note_limited(Reading *reading, const Option *option) {
  for (int i = 0; i < reading->n_limited; i++)
    if (reading->limited[i] == option) return;
  reading->limited[reading->n_limited++] = option;
}

static Status read_options(Reading *reading, char *options, const Command *command,
                           const OptionList *list, int argc, char **argv) {
  struct option table[MAX_OPTIONS + 1] = {{0}};
  for (int i = 0; i < list->n; i++)
    table[i] =
        (struct option){list->row[i].name, list->row[i].argument ? required_argument : no_argument,
                        NULL, FIRST_OPTION + i};
  opterr = 0;
  optind = 0; /* glibc: forget a scan before this one, and its order of arguments */
  for (int found; (found = getopt_long(argc, argv, ":h", table, NULL)) != -1;) {
    if (found == '?' || found == ':') return option_error(command, list, found, argv);
    const Option *option = found == 'h' ? NULL : &list->row[found - FIRST_OPTION];
    if (option && option->only) note_limited(reading, option);
    if (option && option->take)
      TRY(option->take(options + option->place, option, optarg));
    else
      reading->wants_help = 1;
  }
  reading->words.word = argv + optind;
  reading->words.n = argc - optind;
  return status_ok();
}

/* The action at its place among these words, or NULL. */
static const Action *find_action(const Command *command, const Words *words) {
  if (!command->actions || words->n <= command->action_place) return NULL;
  for (const Action *action = command->actions; action->name; action++)
    if (strcmp(words->word[command->action_place], action->name) == 0) return action;
  return NULL;
}

/* Returns whether an option is for the action: whether its name is a word of `only`. */
static int is_for(const Option *option, const Action *action) {
  const size_t length = strlen(action->name);
  for (const char *word = option->only; *word; word += strspn(word, " ,")) {
    size_t n = strcspn(word, " ,");
    if (n == length && strncmp(word, action->name, n) == 0) return 1;
    word += n;
  }
  return 0;
}

static Status check_action(Reading *reading, const Command *command, int is_read_around) {
  char names[256] = "";
  size_t used = 0;
  for (const Action *a = command->actions; a && a->name && used < sizeof names; a++)
    used += (size_t)snprintf(names + used, sizeof names - used, "%s%s",
                             a == command->actions ? ""
                             : a[1].name           ? ", "
                                                   : " or ",
                             a->name);
  if (!command->actions || reading->words.n <= command->action_place) return status_ok();
  const Action *action = find_action(command, &reading->words);
  if (!action)
    return status_error(STATUS_USAGE, "%s: %.60s: expected %s; see normlab %s --help",
                        command->name, reading->words.word[command->action_place], names,
                        command->name);
  if (action->takes_rest && !is_read_around)
    return status_error(STATUS_USAGE, "%s: options of %s stand behind it", command->name,
                        action->name);
  for (int i = 0; i < reading->n_limited; i++)
    if (!is_for(reading->limited[i], action))
      return status_error(STATUS_USAGE, "%s %s: --%s is for %s alone; see normlab %s --help",
                          command->name, action->name, reading->limited[i]->name,
                          reading->limited[i]->only, command->name);
  reading->words.action = action->name;
  return status_ok();
}

/* The row that a word "--NAME" or "--NAME=VALUE" is of, or NULL. */
static const Option *find_option(const OptionList *list, const char *word) {
  if (strncmp(word, "--", 2) != 0) return NULL;
  size_t length = strcspn(word + 2, "=");
  for (int i = 0; i < list->n; i++)
    if (strlen(list->row[i].name) == length && strncmp(list->row[i].name, word + 2, length) == 0)
      return &list->row[i];
  return NULL;
}

/* Options of the command, written out, are taken from among those of the action; `--` ends them. */
static Status read_around(Reading *reading, char *options, const Command *command,
                          const OptionList *list, int argc, char **argv) {
  char **own = calloc((size_t)argc + 1, sizeof *own);
  if (!own) return status_error(STATUS_MEMORY, "%s: no memory for its options", command->name);
  int n_own = 1, n_rest = 1, i = 1;
  own[0] = argv[0];
  for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
    const Option *option = find_option(list, argv[i]);
    int has_value = option && option->argument && !strchr(argv[i], '=') && i + 1 < argc;
    if (!option) argv[n_rest++] = argv[i];
    if (option) own[n_own++] = argv[i];
    if (has_value) own[n_own++] = argv[++i];
  }
  while (++i < argc) argv[n_rest++] = argv[i];
  Status status = read_options(reading, options, command, list, n_own, own);
  free(own);
  reading->words.word = argv + 1;
  reading->words.n = n_rest - 1;
  return status;
}

static Status read_line(Reading *reading, void *options, const Command *command,
                        const OptionList *list, int argc, char **argv) {
  const Words all = {.n = argc - 1, .word = argv + 1};
  const Action *action = find_action(command, &all);
  int takes_rest = action && action->takes_rest;
  reading->words.command = command->name;
  if (takes_rest)
    TRY(read_around(reading, options, command, list, argc, argv));
  else
    TRY(read_options(reading, options, command, list, argc, argv));
  return reading->wants_help ? status_ok() : check_action(reading, command, takes_rest);
}

Status command_read(void *options, Words *words, const Command *command, int argc, char **argv) {
  Reading reading = {.words = *words};
  OptionList list;
  option_list(&list, command->options);
  if (command->defaults) memcpy(options, command->defaults, command->options_bytes);
  reading.words.command = command->name;
  TRY(read_options(&reading, options, command, &list, argc, argv));
  if (reading.wants_help)
    return status_error(STATUS_USAGE, "%s: --help has no place here", command->name);
  *words = reading.words;
  return status_ok();
}

/* The command as typed, cut at the size. */
static void join(char *text, size_t bytes, int argc, char **argv) {
  size_t used = (size_t)snprintf(text, bytes, "normlab");
  for (int i = 0; i < argc && used < bytes; i++)
    used += (size_t)snprintf(text + used, bytes - used, " %s", argv[i]);
}

/* A command line that has been read. */
typedef struct Line {
  const Command *command;
  Reading reading;
  char *options; /* [options_bytes] */
} Line;

/* Ranks with other options would not do the same, and one that only prints its help would be missed
 * by the others. A file that is named otherwise may be the same. */
static Status agree(void *context, Status status) {
  const Line *line = context;
  const Reading *reading = &line->reading;
  const char *advice = "give all ranks the same options";
  char text[4096];
  Facts facts = {0};
  OptionList list;
  option_list(&list, line->command->options);
  facts_add(&facts, &(Fact){"the action", reading->words.action, NULL, advice});
  for (int i = 0; line->options && i < list.n; i++) {
    const Option *option = &list.row[i];
    char name[64];
    if (!option->take || option->may_differ) continue;
    snprintf(name, sizeof name, "--%s", option->name);
    option_show(text, sizeof text, line->options + option->place, option);
    facts_add(&facts, &(Fact){name, text, NULL, advice});
  }
  snprintf(text, sizeof text, "%d", reading->words.n);
  facts_add(&facts, &(Fact){"the number of arguments", text, NULL, advice});
  status = dist_agree_facts(&facts, status);
  facts_free(&facts);
  return status;
}

static Start start_of(const Line *line) {
  const Command *command = line->command;
  return command->is_alone && command->is_alone(line->options) ? START_WITHOUT_MPI : command->start;
}

/* 1: this process does it. */
static int ranks_of(const Line *line) {
  const Command *command = line->command;
  return command->n_ranks && !dist_is_launched() ? command->n_ranks(line->options) : 1;
}

static Status carry_out(void *context) {
  Line *line = context;
  return line->command->run(line->options, &line->reading.words);
}

/* The caller frees the line by free_line, also after a failure. */
static Status make_line(Line *line, const Command *command, const char *typed, int argc,
                        char **argv) {
  OptionList list;
  option_list(&list, command->options);
  *line = (Line){command, {.words = {.typed = typed}}, calloc(1, command->options_bytes + 1)};
  if (!line->options)
    return status_error(STATUS_MEMORY, "%s: no memory for its options", command->name);
  if (command->defaults) memcpy(line->options, command->defaults, command->options_bytes);
  return read_line(&line->reading, line->options, command, &list, argc, argv);
}

static void free_line(Line *line) {
  OptionList list;
  option_list(&list, line->command->options);
  for (int i = 0; line->options && i < list.n; i++)
    if (list.row[i].take == option_change && !list.row[i].key)
      changes_free((Changes *)(line->options + list.row[i].place));
  free(line->options);
}

int command_run(const Command *command, int argc, char **argv) {
  static char typed[8192];
  Line line;
  int exit_status = STATUS_OK;
  join(typed, sizeof typed, argc, argv);
  Status status = make_line(&line, command, typed, argc, argv);
  int is_run = status.code != STATUS_OK || !line.reading.wants_help;
  int n_ranks = is_run && status.code == STATUS_OK ? ranks_of(&line) : 1;
  if (n_ranks > 1)
    exit_status = ranks_run(n_ranks, argv);
  else if (is_run)
    exit_status = start_task(status.code == STATUS_OK ? start_of(&line) : command->start, status,
                             &(Task){command->name, agree, carry_out, &line});
  else if (start_is_first())
    help_print_command(command);
  free_line(&line);
  return exit_status;
}

int command_starts_mpi(int argc, char **argv) {
  const Command *command = argc > 1 ? command_find(argv[1]) : NULL;
  char **words = command ? calloc((size_t)argc, sizeof *words) : NULL; /* to be reordered */
  Line line;
  if (!words) return command && command->start < START_WITHOUT_MPI; /* read again, and told then */
  memcpy(words, argv + 1, (size_t)(argc - 1) * sizeof *words);
  Status status = make_line(&line, command, NULL, argc - 1, words);
  const Start start = status.code == STATUS_OK ? start_of(&line) : command->start;
  const int is_help = status.code == STATUS_OK && line.reading.wants_help;
  free_line(&line);
  free(words);
  return start < START_WITHOUT_MPI && !is_help;
}

Status words_one(const char **word, const Words *words, const char *what) {
  if (words->n != 1)
    return status_error(STATUS_USAGE, "%s: expected one %s, got %d; see normlab %s --help",
                        words->command, what, words->n, words->command);
  *word = words->word[0];
  return status_ok();
}
