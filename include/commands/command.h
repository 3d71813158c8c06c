#ifndef NORMLAB_COMMANDS_COMMAND_H
#define NORMLAB_COMMANDS_COMMAND_H
/* A command of the program is one constant Command, in a file of its own that src/commands/list.h
 * names. Reading the command line, --help, the list of `normlab --help`, the tables of
 * src/commands/README.md and `normlab --print-commands` come from it. */
#include "base/status.h"
#include "commands/option.h"
#include "commands/start.h"

/* A word that chooses what a command does, such as check in `normlab data check DIR`. */
typedef struct Action {
  const char *name, *help;
  int takes_rest; /* 1: words that are no option of the command are the action's own, options of
                     another program among them. */
} Action;

/* One line about an exit status in the help of a command. */
typedef struct ExitLine {
  StatusCode code;
  const char *text; /* NULL: what STATUS_ROWS says of it. */
} ExitLine;

/* What is left of the command line without the options. */
typedef struct Words {
  int n;
  char **word;
  const char *command, *action; /* names, such as "data" and "check"; action may be NULL */
  const char *typed;            /* the whole command line, for the record, cut at 8 KB */
} Words;

typedef struct Command {
  const char *name;
  const char *summary; /* one line without a capital letter or a full stop */
  const char *usage;   /* what follows `normlab NAME`; "\n" separates several ways to call it */
  const char *about;   /* whole sentences above the options; "\n" separates paragraphs */
  const char *notes;   /* the same below the options, or NULL */
  /* Returns the i-th paragraph behind the notes, NULL after the last. NULL: there are no more. */
  const char *(*more_notes)(int i);
  const Action *actions; /* ends with a row without name; NULL: the command does one thing */
  int action_place;      /* which word the action is, from 0 */
  const Option *options; /* ends with a row without name; --help is added to all */
  const ExitLine *exits; /* in increasing order, ends with an empty row; 0 may be left out */
  size_t options_bytes;
  const void *defaults; /* [options_bytes], or NULL: zeroes */
  Start start;
  /* Returns whether these options [options_bytes] need no MPI, as START_WITHOUT_MPI; NULL: none do.
   */
  int (*is_alone)(const void *options);
  /* Returns how many processes these options ask the program to start (commands/ranks.h), at least
   * 1; NULL: none do. */
  int (*n_ranks)(const void *options);
  /* Called first of all, before MPI starts; NULL: signals are as they are. */
  void (*take_signals)(void);
  /* Does it. options: [options_bytes], as the command line has set it. Returns the same status on
   * all ranks where all ranks do it. A failure without text has been told already. */
  Status (*run)(void *options, const Words *words);
} Command;

/* All commands, in the order of `normlab --help`; NULL ends them. */
extern const Command *const COMMANDS[];

/* The command of that name, or NULL. */
const Command *command_find(const char *name);

/* Reads the options of a command and carries it out; argv[0] is its name. Prints the help instead,
 * if that is asked for, and the one message of a failure. Returns the exit status, the same on all
 * ranks. MPI has not started before and has ended afterwards: it is started by a command that needs
 * it, and never for the help. A process that no launcher has started becomes the launcher, if the
 * options ask for that. Collective. */
int command_run(const Command *command, int argc, char **argv);

/* Returns whether a command line of the program, argv[0] being the program's name, starts MPI where
 * a launcher has started it. Not collective. */
int command_starts_mpi(int argc, char **argv);

/* Reads words as those of a command without actions, argv[0] being its name, and does nothing else.
 * options: [options_bytes], set to its defaults first; it holds changes to be freed by
 * changes_free(), also after a failure. argv is put into another order, and words->word points into
 * it. STATUS_USAGE. Not collective. */
Status command_read(void *options, Words *words, const Command *command, int argc,
                    char **argv) MUST_CHECK;

/* What the program prints of itself instead of carrying out a command: one row of PRINTS
 * (commands/prints.h). */
typedef struct Print {
  const char *name;    /* the first word of the command line, such as "--version" */
  const char *summary; /* one line for the help */
  /* Prints to standard output. `word` is the next word of the command line, or NULL. Returns
   * STATUS_USAGE if the word means nothing. Not collective. */
  Status (*print)(const char *word);
} Print;

/* Prints `normlab --help`, the help of a command, and `normlab --print-commands`: lines of fields
 * separated by tabs, for programs:
 *   command NAME SUMMARY               usage NAME TEXT             action NAME ACTION HELP
 *   option NAME --OPTION ARGUMENT HELP exit NAME STATUS TEXT       exit - STATUS TEXT
 * The argument is empty where an option has none; exit - is the list for all commands.
 * help_print_commands() prints how the program is called, and its commands in a line each.
 * prints: the rows that --help names, up to one without a name. Not collective. */
void help_print_program(const Print *prints);
void help_print_commands(void);
void help_print_command(const Command *command);
void help_print_listing(void);

/* Exactly one word, such as CONFIG; sets *word to it. */
Status words_one(const char **word, const Words *words, const char *what) MUST_CHECK;

#endif
