#include "commands/explain.h"

#include "config/config.h"
#include "base/log.h"
#include "commands/options.h"
#include "dist/dist.h"
#include "report/explain.h"
#include "report/table.h"
#include <getopt.h>
#include <stdio.h>

static const char help[] =
    "Usage: normlab explain [--norm SPEC] [--values FILE]\n"
    "\n"
    "Works a normalization out with numbers: which values share a mean and a variance, what these\n"
    "are, the normalized values, the number of parameters.\n"
    "\n"
    "  --norm SPEC     in full: none, batch, batch:N, layer, layer:chw, layer:w, group:G, "
    "group:c/N,\n"
    "                  instance. Without it all of them, in short\n"
    "  --values FILE   text: the sizes N C H W in the first line, then the numbers, last index\n"
    "                  fastest; # begins a comment. Without it three images of four channels of\n"
    "                  1 x 2 pixels, beside figures published for them\n"
    "  --help          this text\n";

typedef struct Options {
  int help;
  const char *norm, *values;
  NormSpec spec;
} Options;

static Status parse(Options *options, int argc, char **argv) {
  static const struct option table[] = {{"norm", required_argument, NULL, 'n'},
                                        {"values", required_argument, NULL, 'v'},
                                        {"help", no_argument, NULL, 'h'},
                                        {0}};
  *options = (Options){0};
  opterr = 0;
  optind = 0;
  for (int found; (found = getopt_long(argc, argv, ":h", table, NULL)) != -1;) {
    switch (found) {
    case 'n':
      options->norm = optarg;
      break;
    case 'v':
      options->values = optarg;
      break;
    case 'h':
      options->help = 1;
      break;
    default:
      return option_error(found, argv);
    }
  }
  if (options->help) return status_ok();
  if (optind < argc)
    return status_error(STATUS_USAGE, "explain: %s: takes no arguments; see normlab explain --help",
                        argv[optind]);
  return options->norm ? norm_spec_parse(&options->spec, options->norm) : status_ok();
}

static Status print(const Options *options, const Values *values) {
  const NormSpec *spec = options->norm ? &options->spec : NULL;
  TRY(spec ? explain_norm(stdout, values, *spec) : explain_all(stdout, values));
  if (!options->values) TRY(explain_published(stdout, spec));
  return output_flush(stdout, "standard output");
}

static Status explain(const Options *options) {
  if (options->help) {
    fputs(help, stdout);
    return output_flush(stdout, "standard output");
  }
  Values values;
  TRY(options->values ? values_read(&values, options->values) : values_example(&values));
  Status status = print(options, &values);
  values_free(&values);
  return status;
}

int command_explain(int argc, char **argv) {
  Options options;
  Status status = parse(&options, argc, argv);
  if (status.code == STATUS_OK && dist_rank() == 0) status = explain(&options);
  status = dist_agree(status);
  if (status.code != STATUS_OK && dist_rank() == 0) log_error("%s", status.text);
  return (int)status.code;
}
