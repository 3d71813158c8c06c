#include "base/log.h"
#include "commands/compare.h"
#include "commands/data.h"
#include "commands/digest.h"
#include "commands/explain.h"
#include "commands/predict.h"
#include "commands/summary.h"
#include "commands/train.h"
#include "dist/dist.h"
#include "kernels/gemm.h"
#include "kernels/isa.h"
#include "train/train.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
  const char *name, *purpose;
  int (*run)(int argc, char **argv);
} COMMANDS[] = {
    {"train", "train a network, write a result file", command_train},
    {"summary", "the layers of a network, parameters, memory", command_summary},
    {"explain", "a normalization worked out with numbers", command_explain},
    {"data", "check a data folder, or draw synthetic digits", command_data},
    {"digest", "one hash a result file, equal if the results are", command_digest},
    {"compare", "a table of result files", command_compare},
    {"predict", "classify images with a trained network", command_predict},
};
enum { N_COMMANDS = sizeof COMMANDS / sizeof *COMMANDS };

static void print_help(void) {
  printf("Usage: normlab COMMAND ...        normlab COMMAND --help tells more\n"
         "       mpirun -n RANKS normlab COMMAND ...\n\n"
         "Trains small convolutional networks to compare normalization layers.\n\n");
  for (int i = 0; i < N_COMMANDS; i++)
    printf("  %-10s %s\n", COMMANDS[i].name, COMMANDS[i].purpose);
  printf("  --version  version, commit, compiler, libraries, instruction set\n"
         "  --help     this text\n");
}

static void print_value(void *context, const char *name, const char *value) {
  (void)context;
  if (strcmp(name, "version") == 0)
    printf("normlab %s\n", value);
  else
    printf("  %-16s %s\n", name, value);
}

/* Before MPI has started: is this the process that prints? */
static int is_first(void) {
  const char *names[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK"};
  for (int i = 0; i < 2; i++) {
    const char *rank = getenv(names[i]);
    if (rank) return strcmp(rank, "0") == 0;
  }
  return 1;
}

static int run(int argc, char **argv) {
  Status status = dist_agree(isa_select());
  if (status.code != STATUS_OK) {
    log_error("%s", status.text);
    return status.code;
  }
  gemm_single_thread();
  for (int i = 0; i < N_COMMANDS; i++)
    if (strcmp(argv[1], COMMANDS[i].name) == 0) return COMMANDS[i].run(argc - 1, argv + 1);
  log_error("%s: unknown command; see normlab --help", argv[1]);
  return STATUS_USAGE;
}

int main(int argc, char **argv) {
  gemm_fix_core_type(argv);
  if (argc > 1 && strcmp(argv[1], "--version") == 0) {
    Status status = isa_select();
    if (status.code != STATUS_OK) log_error("%s", status.text);
    if (is_first()) environment_visit(print_value, NULL);
    return status.code;
  }
  if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
    if (is_first()) print_help();
    return STATUS_OK;
  }
  if (argc < 2) {
    if (is_first()) log_error("no command; see normlab --help");
    return STATUS_USAGE;
  }
  Status status = dist_start(&argc, &argv);
  if (status.code != STATUS_OK) {
    log_error("%s", status.text);
    return status.code;
  }
  int exit_status = run(argc, argv);
  if (fflush(stdout) != 0 && exit_status == STATUS_OK) {
    log_error("standard output: cannot be written");
    exit_status = STATUS_FILE;
  }
  dist_end();
  return exit_status;
}
