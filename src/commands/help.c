#include "help.h"

#include <stdio.h>
#include <string.h>

enum { WIDTH = 80, WIDEST_NAME = 18 };

/* Prints the words of a text from column `at` on; lines begin at column indent. Each "\n" in it
 * begins a line of its own. */
static void print_words(const char *text, int at, int indent) {
  int is_first = 1;
  while (*text) {
    int length = (int)strcspn(text, " \n"), gap = is_first ? 0 : 1;
    if (!is_first && at + gap + length > WIDTH) {
      printf("\n%*s", indent, "");
      at = indent, gap = 0;
    }
    printf("%*s%.*s", gap, "", length, text);
    at += gap + length;
    text += length;
    is_first = 0;
    if (*text == '\n') {
      printf("\n%*s", indent, "");
      at = indent, is_first = 1;
    }
    text += *text != '\0';
  }
  putchar('\n');
}

/* A name, and what is said of it in a column of its own. */
static void print_row(const char *name, int column, const char *text) {
  int length = printf("  %s", name);
  if (length + 2 > column) {
    putchar('\n');
    length = 0;
  }
  printf("%*s", column - length, "");
  print_words(text, column, column);
}

/* Text with an empty line between its paragraphs and one before them. */
static void print_paragraphs(const char *text) {
  for (const char *end; text; text = end ? end + 1 : NULL) {
    char paragraph[1024];
    end = strchr(text, '\n');
    snprintf(paragraph, sizeof paragraph, "%.*s", end ? (int)(end - text) : (int)strlen(text),
             text);
    putchar('\n');
    print_words(paragraph, 0, 0);
  }
}

void help_option_name(char text[64], const Option *option) {
  snprintf(text, 64, "--%s%s%s", option->name, option->argument ? " " : "",
           option->argument ? option->argument : "");
}

void help_option_text(char text[HELP_TEXT], const Option *option) {
  char accepted[HELP_TEXT / 2] = "";
  if (option->accepted) option->accepted(accepted, sizeof accepted);
  snprintf(text, HELP_TEXT, "%s%s%s%s", option->help, option->accepted ? " Accepted: " : "",
           accepted, option->accepted ? "." : "");
}

static void print_options(const OptionList *list) {
  char name[64], help[HELP_TEXT];
  int widest = 0;
  for (int i = 0; i < list->n; i++) {
    help_option_name(name, &list->row[i]);
    int length = (int)strlen(name);
    if (length > widest && length <= WIDEST_NAME) widest = length;
  }
  putchar('\n');
  for (int i = 0; i < list->n; i++) {
    help_option_name(name, &list->row[i]);
    help_option_text(help, &list->row[i]);
    print_row(name, widest + 4, help);
  }
}

const ExitLine *help_next_exit(const Command *command, const ExitLine *exit) {
  static const ExitLine DONE = {STATUS_OK, NULL};
  const ExitLine *rows = command->exits;
  if (!exit) return rows[0].code == STATUS_OK && rows[0].text ? rows : &DONE;
  exit = exit == &DONE ? rows : exit + 1;
  return exit->code == STATUS_OK ? NULL : exit;
}

const char *help_exit_meaning(const ExitLine *exit) {
  return exit->text ? exit->text : status_meaning(exit->code);
}

static void print_exits(const Command *command) {
  printf("\nExit status:\n");
  for (const ExitLine *exit = help_next_exit(command, NULL); exit;
       exit = help_next_exit(command, exit)) {
    printf("  %2d  ", exit->code);
    print_words(help_exit_meaning(exit), 6, 6);
  }
}

void help_print_command(const Command *command) {
  const char *usage = command->usage;
  for (int i = 0; usage; i++) {
    int length = (int)strcspn(usage, "\n");
    printf("%s normlab %s %.*s\n", i ? "      " : "Usage:", command->name, length, usage);
    usage = usage[length] ? usage + length + 1 : NULL;
  }
  print_paragraphs(command->about);
  if (command->actions) putchar('\n');
  for (const Action *action = command->actions; action && action->name; action++)
    print_row(action->name, 14, action->help);
  OptionList list;
  option_list(&list, command->options);
  print_options(&list);
  if (command->notes) print_paragraphs(command->notes);
  for (int i = 0; command->more_notes && command->more_notes(i); i++)
    print_paragraphs(command->more_notes(i));
  print_exits(command);
}

void help_print_commands(void) {
  printf("Usage: normlab COMMAND ...        normlab COMMAND --help tells more\n"
         "       mpirun -n RANKS normlab COMMAND ...\n\n"
         "Trains small convolutional networks to compare normalization layers.\n\n");
  for (const Command *const *c = COMMANDS; *c; c++) print_row((*c)->name, 13, (*c)->summary);
}

void help_print_program(const Print *prints) {
  help_print_commands();
  for (const Print *row = prints; row->name; row++) print_row(row->name, 22, row->summary);
  printf("\nExit status:\n");
  for (int i = 0; i < N_STATUS_ROWS; i++) {
    printf("  %2d  ", STATUS_ROWS[i].code);
    print_words(STATUS_ROWS[i].meaning, 6, 6);
  }
}

static void list_command(const Command *command) {
  const char *name = command->name;
  printf("command\t%s\t%s\n", name, command->summary);
  for (const char *usage = command->usage; usage;) {
    int length = (int)strcspn(usage, "\n");
    printf("usage\t%s\t%.*s\n", name, length, usage);
    usage = usage[length] ? usage + length + 1 : NULL;
  }
  for (const Action *action = command->actions; action && action->name; action++)
    printf("action\t%s\t%s\t%s\n", name, action->name, action->help);
  OptionList list;
  option_list(&list, command->options);
  for (int i = 0; i < list.n; i++) {
    const Option *option = &list.row[i];
    char help[HELP_TEXT];
    help_option_text(help, option);
    printf("option\t%s\t--%s\t%s\t%s\n", name, option->name,
           option->argument ? option->argument : "", help);
  }
  for (const ExitLine *exit = help_next_exit(command, NULL); exit;
       exit = help_next_exit(command, exit))
    printf("exit\t%s\t%d\t%s\n", name, exit->code, help_exit_meaning(exit));
}

void help_print_listing(void) {
  for (const Command *const *c = COMMANDS; *c; c++) list_command(*c);
  for (int i = 0; i < N_STATUS_ROWS; i++)
    printf("exit\t-\t%d\t%s\n", STATUS_ROWS[i].code, STATUS_ROWS[i].meaning);
}
