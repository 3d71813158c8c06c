#include "report/explain.h"
#include "commands/command.h"
#include "config/config.h"
#include "report/table.h"
#include <stdio.h>

typedef struct Options {
  const char *norm, *values;
} Options;

static const Option OPTIONS[] = {
    {"norm", "SPEC",
     "Explains this norm in full: none, batch, batch:N, layer, layer:chw, layer:w, group:G, "
     "group:c/N or instance. Without it all of them are explained, in short.",
     TO_TEXT(Options, norm)},
    {"values", "FILE",
     "Normalizes the values of this text: the sizes N C H W in the first line, then the numbers, "
     "last index fastest; # begins a comment. Without it they are three images of four channels of "
     "1 x 2 pixels, beside figures published for them.",
     TO_TEXT(Options, values)},
    {0}};

static Status print(const Options *options, const NormSpec *spec, const Values *values) {
  TRY(spec ? explain_norm(stdout, values, *spec) : explain_all(stdout, values));
  if (!options->values) TRY(explain_published(stdout, spec));
  return output_flush(stdout, "standard output");
}

static Status run(void *from, const Words *words) {
  const Options *options = from;
  Values values;
  NormSpec spec;
  if (words->n > 0)
    return status_error(STATUS_USAGE, "explain: %s: takes no arguments; see normlab explain --help",
                        words->word[0]);
  if (options->norm) TRY(norm_spec_parse(&spec, options->norm));
  TRY(options->values ? values_read(&values, options->values) : values_example(&values));
  Status status = print(options, options->norm ? &spec : NULL, &values);
  values_free(&values);
  return status;
}

const Command COMMAND_explain = {
    .name = "explain",
    .summary = "a normalization worked out with numbers",
    .usage = "[--norm SPEC] [--values FILE]",
    .about = "Works a normalization out with numbers: which values share a mean and a variance, "
             "what these are, the normalized values, the number of parameters.",
    .options = OPTIONS,
    .exits =
        (const ExitLine[]){{STATUS_USAGE, NULL}, {STATUS_FILE, NULL}, {STATUS_DATA, NULL}, {0}},
    .options_bytes = sizeof(Options),
    .start = START_ON_FIRST,
    .run = run};
