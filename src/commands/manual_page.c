#include "manual_page.h"

#include "base/version.h"
#include "help.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Prints a text as roff takes it literally: a line that begins with a dot would be a request, and
 * a bare hyphen may be typeset as another character. */
static void print_text(const char *text, size_t length) {
  for (size_t i = 0; i < length; i++) {
    const int begins = i == 0 || text[i - 1] == '\n';
    if (begins && (text[i] == '.' || text[i] == '\'')) fputs("\\&", stdout);
    if (text[i] == '\\')
      fputs("\\e", stdout);
    else if (text[i] == '-')
      fputs("\\-", stdout);
    else
      putchar(text[i]);
  }
}

static void print_line(const char *text) {
  print_text(text, strlen(text));
  putchar('\n');
}

/* Each line of the text is a paragraph. */
static void print_paragraphs(const char *text) {
  for (int i = 0; text; i++) {
    const size_t length = strcspn(text, "\n");
    if (i > 0) puts(".PP");
    print_text(text, length);
    putchar('\n');
    text = text[length] ? text + length + 1 : NULL;
  }
}

static void print_item(const char *name, const char *text) {
  fputs(".TP\n.B ", stdout);
  print_line(name);
  print_line(text);
}

static void print_head(const char *name, const char *summary) {
  fputs(".TH \"", stdout);
  for (const char *c = name; *c; c++) putchar(toupper((unsigned char)*c));
  printf("\" 1 \"\" \"normlab %s\" \"User Commands\"\n.SH NAME\n", version_number());
  print_text(name, strlen(name));
  fputs(" \\- ", stdout);
  print_line(summary);
}

static void print_exit(int code, const char *meaning) {
  char number[16];
  snprintf(number, sizeof number, "%d", code);
  print_item(number, meaning);
}

static void print_usage(const Command *command) {
  puts(".SH SYNOPSIS\n.nf");
  for (const char *usage = command->usage; usage;) {
    const size_t length = strcspn(usage, "\n");
    printf(".RB \"normlab %s \" \"", command->name);
    for (size_t i = 0; i < length; i++)
      if (usage[i] == '"')
        fputs("\\(dq", stdout);
      else
        print_text(usage + i, 1);
    puts("\"");
    usage = usage[length] ? usage + length + 1 : NULL;
  }
  puts(".fi");
}

void manual_page_print_command(const Command *command) {
  char name[64], text[HELP_TEXT];
  OptionList list;
  snprintf(name, sizeof name, "normlab-%s", command->name);
  print_head(name, command->summary);
  print_usage(command);
  puts(".SH DESCRIPTION");
  print_paragraphs(command->about);
  for (const Action *action = command->actions; action && action->name; action++)
    print_item(action->name, action->help);
  puts(".SH OPTIONS");
  option_list(&list, command->options);
  for (int i = 0; i < list.n; i++) {
    help_option_name(name, &list.row[i]);
    help_option_text(text, &list.row[i]);
    print_item(name, text);
  }
  if (command->notes || command->more_notes) puts(".SH NOTES");
  if (command->notes) print_paragraphs(command->notes);
  for (int i = 0; command->more_notes && command->more_notes(i); i++) {
    puts(".PP");
    print_paragraphs(command->more_notes(i));
  }
  puts(".SH EXIT STATUS");
  for (const ExitLine *exit = help_next_exit(command, NULL); exit;
       exit = help_next_exit(command, exit))
    print_exit((int)exit->code, help_exit_meaning(exit));
  puts(".SH SEE ALSO\n.BR normlab (1)");
}

void manual_page_print_program(const Print *prints) {
  print_head("normlab", "trains small convolutional networks to compare normalization layers");
  puts(".SH SYNOPSIS\n.nf\n.BI normlab \" COMMAND\" ...\n.BI mpirun \" \\-n RANKS\" \" normlab"
       " COMMAND\" ...\n.fi\n.SH COMMANDS");
  for (const Command *const *c = COMMANDS; *c; c++) print_item((*c)->name, (*c)->summary);
  puts(".SH OPTIONS");
  for (const Print *row = prints; row->name; row++) print_item(row->name, row->summary);
  puts(".SH EXIT STATUS");
  for (int i = 0; i < N_STATUS_ROWS; i++)
    print_exit((int)STATUS_ROWS[i].code, STATUS_ROWS[i].meaning);
  puts(".SH SEE ALSO");
  for (const Command *const *c = COMMANDS; *c; c++)
    printf(".BR normlab\\-%s (1)%s\n", (*c)->name, c[1] ? "," : "");
}
