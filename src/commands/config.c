#include "commands/command.h"
#include "config/manual.h"
#include "nn/kinds.h"
#include "report/table.h"
#include <stdio.h>

static Status run(void *options, const Words *words) {
  (void)options;
  if (words->n == 0) manual_print_file(stdout, &NETWORK_KINDS);
  for (int i = 0; i < words->n; i++) {
    if (i > 0) putchar('\n');
    TRY(manual_print(stdout, &NETWORK_KINDS, words->word[i]));
  }
  return output_flush(stdout, "standard output");
}

const Command COMMAND_config = {
    .name = "config",
    .summary = "the keys of a configuration, or a file to start from",
    .usage = "> FILE.yaml\n"
             "KEY...",
    .about = "Prints a configuration file to start from, with all keys at their defaults and what "
             "each does and takes. With a KEY (optimizer.lr), a section (optimizer) or one of its "
             "types (optimizer.adam, network.layers.block), what there is to know about that.",
    .exits = (const ExitLine[]){{STATUS_USAGE, NULL}, {STATUS_FILE, NULL}, {0}},
    .start = START_WITHOUT_MPI,
    .run = run};
