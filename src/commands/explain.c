#include "report/explain.h"
#include "commands/command.h"
#include "config/config.h"
#include "report/norm_picture.h"
#include "report/table.h"
#include <stdio.h>

typedef struct Options {
  const char *norm, *values, *picture;
  int list;
} Options;

static const Option OPTIONS[] = {
    {"norm", "SPEC", "Explains this norm in full; without it all of them are explained, in short.",
     TO_TEXT(Options, norm), .accepted = norm_spec_accepted},
    {"values", "FILE",
     "Normalizes the values of this text: the sizes N C H W in the first line, then the numbers, "
     "last index fastest; # begins a comment. Without it they are three images of four channels of "
     "1 x 2 pixels, beside figures published for them.",
     TO_TEXT(Options, values)},
    {"picture", "FILE",
     "Draws which elements share statistics, of this norm or of all, to an SVG file, and ends.",
     TO_TEXT(Options, picture)},
    {"list", NULL,
     "Prints a table of all norms, their parameters and papers in Markdown, and ends.",
     TO_FLAG(Options, list)},
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
  if (options->list && (options->norm || options->values || options->picture))
    return status_error(STATUS_USAGE, "explain: --list: goes with no other option");
  if (options->picture && options->values)
    return status_error(STATUS_USAGE, "explain: --picture: goes with --norm alone");
  if (options->list) return explain_list(stdout);
  if (options->norm) TRY(norm_spec_parse(&spec, options->norm));
  if (options->picture) return norm_picture_write(options->picture, options->norm ? &spec : NULL);
  TRY(options->values ? values_read(&values, options->values) : values_example(&values));
  Status status = print(options, options->norm ? &spec : NULL, &values);
  values_free(&values);
  return status;
}

const Command COMMAND_explain = {
    .name = "explain",
    .summary = "a normalization worked out with numbers",
    .usage = "[--norm SPEC] [--values FILE]\n"
             "--picture FILE [--norm SPEC]\n"
             "--list",
    .about = "Works a normalization out with numbers: which values share a mean and a variance, "
             "what these are, the normalized values, the number of parameters.",
    .options = OPTIONS,
    .exits =
        (const ExitLine[]){{STATUS_USAGE, NULL}, {STATUS_FILE, NULL}, {STATUS_DATA, NULL}, {0}},
    .options_bytes = sizeof(Options),
    .start = START_WITHOUT_MPI,
    .run = run};
