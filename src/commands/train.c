#include "train/train.h"

#include "base/log.h"
#include "commands/options.h"
#include "commands/run_options.h"
#include "commands/train.h"
#include "dist/dist.h"
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Megabytes of memory, and of a file that can still be looked at. */
enum { TRACE_STEPS = 10, MAX_TRACE_STEPS = 1000 };

static const char help[] =
    "Usage: normlab train CONFIG [options]       (also under mpirun or srun)\n"
    "\n"
    "Trains the network of the YAML file CONFIG and writes one HDF5 result file, which is also "
    "the\n"
    "checkpoint. The result does not depend on the number of ranks and threads.\n"
    "\n" RUN_OPTIONS_HELP
    "  --data DIR        folder with the four IDX files of MNIST or of anything in its format;\n"
    "                    $NORMLAB_DATA by default; without either, synthetic digits\n"
    "  --out FILE        results/<config>-<norm>-s<seed>.h5 by default\n"
    "  --init FILE       start from the weights of another result file, or of a PyTorch "
    "state_dict\n"
    "                    in HDF5, at the root or under /model, names and shapes as the network's\n"
    "  --resume          continue from FILE, or start if there is none yet\n"
    "  --overwrite       replace FILE\n"
    "  --time-limit T    stop with a checkpoint early enough: 90s, 30min, 2h; 0: never; by "
    "default\n"
    "                    before the end of the Slurm job ($SLURM_JOB_END_TIME)\n"
    "  --check           print the configuration and the name of FILE, and end\n"
    "  --threads N       of a rank; $OMP_NUM_THREADS, or the allowed cores shared by the ranks\n"
    "  --trace FILE      write a timeline of every rank and thread by layer, for ui.perfetto.dev; "
    "an\n"
    "                    earlier FILE is replaced\n"
    "  --trace-steps N   of the first N steps, 10 by default\n"
    "  --help            this text\n"
    "\n"
    "Exit status: 0 done; 2 usage or configuration; 3 file system; 4 data or file content;\n"
    "5 diverged; 6 memory; 7 nothing went on for watchdog.seconds; 75 stopped on request (TERM, "
    "INT,\n"
    "USR1) or for the time limit with a checkpoint saved.\n";

typedef struct Options {
  RunOptions run;
  const char *config, *data, *out, *init;
  const char *trace;
  int resume, overwrite, check, n_threads, trace_steps, help;
  double time_limit;
} Options;

static Status take(Options *options, int found, char **argv) {
  switch (found) {
  case 'd':
    options->data = optarg;
    break;
  case 'o':
    options->out = optarg;
    break;
  case 'i':
    options->init = optarg;
    break;
  case 'r':
    options->resume = 1;
    break;
  case 'w':
    options->overwrite = 1;
    break;
  case 'c':
    options->check = 1;
    break;
  case 'l':
    return option_duration(&options->time_limit, "--time-limit", optarg);
  case 't':
    return option_threads(&options->n_threads, optarg);
  case 'T':
    options->trace = optarg;
    break;
  case 'S':
    return option_count(&options->trace_steps, "--trace-steps", optarg, MAX_TRACE_STEPS);
  case 'h':
    options->help = 1;
    break;
  default:
    if (found >= RUN_OPTION_FIRST) return run_options_add(&options->run, found, optarg);
    return option_error(found, argv);
  }
  return status_ok();
}

static Status parse(Options *options, int argc, char **argv) {
  static const struct option table[] = {RUN_OPTIONS,
                                        {"data", required_argument, NULL, 'd'},
                                        {"out", required_argument, NULL, 'o'},
                                        {"init", required_argument, NULL, 'i'},
                                        {"resume", no_argument, NULL, 'r'},
                                        {"overwrite", no_argument, NULL, 'w'},
                                        {"time-limit", required_argument, NULL, 'l'},
                                        {"check", no_argument, NULL, 'c'},
                                        {"threads", required_argument, NULL, 't'},
                                        {"trace", required_argument, NULL, 'T'},
                                        {"trace-steps", required_argument, NULL, 'S'},
                                        {"help", no_argument, NULL, 'h'},
                                        {0}};
  options->time_limit = -1;
  opterr = 0;
  optind = 0;
  for (int found; (found = getopt_long(argc, argv, ":h", table, NULL)) != -1;)
    TRY(take(options, found, argv));
  if (options->help) return status_ok();
  TRY(option_config(&options->config, argc, argv));
  if (options->resume && options->overwrite)
    return status_error(STATUS_USAGE, "train: --resume or --overwrite, not both");
  if (options->trace && !*options->trace)
    return status_error(STATUS_USAGE, "train: --trace: expected a file name");
  if (options->trace_steps && !options->trace)
    return status_error(STATUS_USAGE, "train: --trace-steps: needs --trace FILE");
  if (options->out && !*options->out)
    return status_error(STATUS_USAGE, "train: --out: expected a file name");
  return status_ok();
}

/* results/<config>-<norm>-s<seed>.h5, with the norm's : and / as -. */
static Status default_out(char *path, size_t bytes, const Config *config) {
  char spec[NORM_SPEC_TEXT];
  norm_spec_text(spec, config->network.norm);
  for (char *c = spec; *c; c++)
    if (*c == ':' || *c == '/') *c = '-';
  int n = snprintf(path, bytes, "results/%s-%s-s%llu.h5", config->name, spec,
                   (unsigned long long)config->seed);
  if (n >= (int)bytes || strchr(config->name, '/'))
    return status_error(STATUS_USAGE, "name: %.200s: makes no file name; give --out FILE",
                        config->name);
  return status_ok();
}

/* The command as typed, cut at the size. */
static void join(char *text, size_t bytes, int argc, char **argv) {
  size_t used = (size_t)snprintf(text, bytes, "normlab");
  for (int i = 0; i < argc && used < bytes; i++)
    used += (size_t)snprintf(text + used, bytes - used, " %s", argv[i]);
}

/* Rank 0. */
static Status print_check(const Config *config, const char *out) {
  char *text;
  TRY(config_text(&text, config));
  printf("%s# results: %s\n", text, out);
  free(text);
  return status_ok();
}

static Status run(const Options *options, const char *command_line) {
  const char *data = options->data ? options->data : getenv("NORMLAB_DATA");
  char out[4096];
  Config *config = NULL;
  Status status =
      config_read(&config, options->config, options->run.changes, options->run.n_changes);
  if (status.code == STATUS_OK && !options->out) status = default_out(out, sizeof out, config);
  if (status.code == STATUS_OK && options->out &&
      snprintf(out, sizeof out, "%s", options->out) >= (int)sizeof out)
    status = status_error(STATUS_USAGE, "--out %.40s...: longer than %zu characters", options->out,
                          sizeof out - 1);
  if (status.code == STATUS_OK && options->data && !*options->data)
    status = status_error(STATUS_USAGE, "--data: expected a folder");
  if (status.code == STATUS_OK && options->trace && !strcmp(options->trace, out))
    status = status_error(STATUS_USAGE, "--trace %.200s: is the result file", options->trace);
  if (status.code == STATUS_OK && options->check && dist_rank() == 0)
    status = print_check(config, out);
  status = dist_agree(status);
  if (status.code == STATUS_OK && !options->check) {
    TrainOptions train = {.config = config,
                          .data = data && *data ? data : NULL,
                          .out = out,
                          .resume = options->resume,
                          .overwrite = options->overwrite,
                          .init = options->init,
                          .n_threads = options->n_threads,
                          .trace = options->trace,
                          .trace_steps = options->trace_steps ? options->trace_steps : TRACE_STEPS,
                          .time_limit = options->time_limit,
                          .command_line = command_line};
    status = train_run(&train);
  }
  config_free(config);
  return status;
}

int command_train(int argc, char **argv) {
  static Options options;
  static char command_line[8192];
  join(command_line, sizeof command_line, argc, argv);
  Status status = dist_agree(parse(&options, argc, argv));
  if (status.code == STATUS_OK) {
    if (options.help) {
      if (dist_rank() == 0) fputs(help, stdout);
    } else {
      status = run(&options, command_line);
    }
  }
  run_options_free(&options.run);
  if (status.code == STATUS_STOPPED)
    log_note("%s", status.text);
  else if (status.code != STATUS_OK)
    log_error("%s", status.text);
  return status.code;
}
