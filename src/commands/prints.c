#include "commands/prints.h"

#include "kernels/isa.h"
#include "manual_page.h"
#include "train/train.h"
#include <stdio.h>
#include <string.h>

static void print_value(void *context, const char *name, const char *value) {
  (void)context;
  if (strcmp(name, "version") == 0)
    printf("normlab %s\n", value);
  else if (strcmp(value, "none") != 0)
    printf("  %-16s %s\n", name, value);
}

static Status print_version(const char *word) {
  (void)word;
  Status status = isa_select();
  environment_visit(print_value, NULL);
  return status;
}

static Status print_listing(const char *word) {
  (void)word;
  help_print_listing();
  return status_ok();
}

static Status print_manual(const char *word) {
  const Command *command = word ? command_find(word) : NULL;
  if (word && !command)
    return status_error(STATUS_USAGE, "--print-manual: %s: unknown command; see normlab --help",
                        word);
  if (command)
    manual_page_print_command(command);
  else
    manual_page_print_program(PRINTS);
  return status_ok();
}

static Status print_completion(const char *word) {
  (void)word;
  completion_print(PRINTS);
  return status_ok();
}

static Status print_help(const char *word) {
  (void)word;
  help_print_program(PRINTS);
  return status_ok();
}

const Print PRINTS[] = {
    {"--version", "version, commit, compiler, libraries, instruction set", print_version},
    {"--print-commands", "all commands and their options, for programs", print_listing},
    {"--print-manual", "a manual page in roff: of a COMMAND, or of the program", print_manual},
    {"--print-completion", "what bash needs to complete commands and options", print_completion},
    {"--help", "this text", print_help},
    {0}};

const Print *print_find(const char *name) {
  if (strcmp(name, "-h") == 0) name = "--help";
  for (const Print *row = PRINTS; row->name; row++)
    if (strcmp(row->name, name) == 0) return row;
  return NULL;
}
