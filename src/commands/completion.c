#include "manual_page.h"

#include <stdio.h>
#include <string.h>

/* The words between commas of what an option accepts that stand for themselves: others, such as
 * batch:N, have a part in capital letters. */
static void print_accepted(const Option *option) {
  char text[512] = "";
  option->accepted(text, sizeof text);
  for (char *rest = text, *word; (word = strtok_r(rest, ", ", &rest));)
    if (strcspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == strlen(word)) printf(" %s", word);
}

/* The case of an option's value: what it accepts, a folder, or else a file, which bash completes by
 * itself where there are no words. */
static void print_values(const Command *command, const Option *option) {
  if (!option->argument) return;
  printf("  '%s --%s') ", command->name, option->name);
  if (option->accepted) {
    fputs("words='", stdout);
    print_accepted(option);
    fputs("' ", stdout);
  } else if (strcmp(option->argument, "DIR") == 0) {
    fputs("COMPREPLY=($(compgen -d -- \"$word\")) ", stdout);
  }
  puts(";;");
}

/* The cases of a command: its options for a word that begins with a dash, and its actions. */
static void print_words(const Command *command) {
  OptionList list;
  option_list(&list, command->options);
  printf("    '%s -') words='", command->name);
  for (int i = 0; i < list.n; i++) printf(" --%s", list.row[i].name);
  puts("' ;;");
  if (!command->actions) return;
  printf("    '%s ') words='", command->name);
  for (const Action *action = command->actions; action->name; action++) printf(" %s", action->name);
  puts("' ;;");
}

void completion_print(const Print *prints) {
  puts("# Completes the words of a command line of normlab, in bash.\n"
       "_normlab() {\n"
       "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} words='' "
       "dash=''\n"
       "  COMPREPLY=()\n"
       "  case $word in -*) dash=- ;; esac\n"
       "  if [ \"$COMP_CWORD\" = 1 ]; then");
  fputs("    words='", stdout);
  for (const Command *const *c = COMMANDS; *c; c++) printf(" %s", (*c)->name);
  for (const Print *row = prints; row->name; row++) printf(" %s", row->name);
  puts("'\n  else case \"${COMP_WORDS[1]} $before\" in");
  for (const Command *const *c = COMMANDS; *c; c++) {
    OptionList list;
    option_list(&list, (*c)->options);
    for (int i = 0; i < list.n; i++) print_values(*c, &list.row[i]);
  }
  puts("  *) case \"${COMP_WORDS[1]} $dash\" in");
  for (const Command *const *c = COMMANDS; *c; c++) print_words(*c);
  puts("    esac ;;\n"
       "  esac; fi\n"
       "  if [ -n \"$words\" ]; then COMPREPLY=($(compgen -W \"$words\" -- \"$word\")); fi\n"
       "}\n"
       "complete -o default -F _normlab normlab");
}
