#include "existing.h"

#include "checkpoint.h"
#include "config/run_length.h"
#include "nn/kinds.h"
#include "output.h"
#include "store/schema.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { WHAT_TEXT = 300, DIFFERENCE_TEXT = 300 };

static const char *text_of(const Record *record, ResultField field) {
  const char *text = result_text(record, field);
  return text ? text : "";
}

/* "batch, seed 1, on MNIST, finished after 15 epochs, accuracy 99.12 %" */
static void describe(char text[WHAT_TEXT], const Record *record, const Config *config) {
  char norm[NORM_SPEC_TEXT], accuracy[40] = "";
  size_t n;
  const double *values = result_numbers(&n, record, RESULT_TEST_ACCURACY, NULL);
  norm_spec_text(norm, config->network.norm);
  if (n > 0) snprintf(accuracy, sizeof accuracy, ", accuracy %.2f %%", 100 * values[n - 1]);
  const RunLength length = run_length(config, result_integer(record, RESULT_DATA_TRAIN_IMAGES, 0));
  snprintf(text, WHAT_TEXT,
           "%s, seed %" PRIu64 ", on %.63s, %.20s after %zu of %" PRId64 " epochs%s", norm,
           config->seed, text_of(record, RESULT_DATA_TITLE), text_of(record, RESULT_STATUS), n,
           length.n_epochs, accuracy);
}

/* The first weights; a file of the same name may have others by now. */
static Status compare_init(char text[DIFFERENCE_TEXT], Trainer *trainer, const Record *there) {
  const char *init = trainer->options->init, *other = result_text(there, RESULT_CONFIG_INIT);
  if (init) TRY(checkpoint_init(trainer));
  const char *hash = text_of(&trainer->output.record, RESULT_CONFIG_INIT_HASH);
  if (strcmp(hash, text_of(there, RESULT_CONFIG_INIT_HASH)) == 0) return status_ok();
  snprintf(text, DIFFERENCE_TEXT, "the first weights: those of %.100s here, of %.100s there",
           init ? init : "the seed", other ? other : "the seed");
  return status_ok();
}

/* Writes in what the run there is another; "" if in nothing. */
static Status compare(char text[DIFFERENCE_TEXT], Trainer *trainer, const Record *there,
                      const Config *stored) {
  char hash[17];
  const DataSet *set = &trainer->data.set;
  text[0] = '\0';
  if (config_difference(text, DIFFERENCE_TEXT, trainer->config, stored)) return status_ok();
  text[0] = '\0';
  snprintf(hash, sizeof hash, "%016" PRIx64, set->hash);
  if (strcmp(hash, text_of(there, RESULT_DATA_HASH)) == 0)
    return compare_init(text, trainer, there);
  snprintf(text, DIFFERENCE_TEXT, "the data: %s (%.80s) here, %.63s (%.80s) there", set->title,
           set->source, text_of(there, RESULT_DATA_TITLE), text_of(there, RESULT_DATA_SOURCE));
  return status_ok();
}

static Status refuse(Trainer *trainer, const Record *there, const Config *stored) {
  char what[WHAT_TEXT], difference[DIFFERENCE_TEXT];
  const char *out = trainer->options->out;
  describe(what, there, stored);
  TRY(compare(difference, trainer, there, stored));
  if (difference[0])
    return status_error(STATUS_FILE,
                        "%s exists and is of another run (%s); it differs in %s: give another "
                        "--out FILE; --overwrite would replace it",
                        out, what, difference);
  if (strcmp(text_of(there, RESULT_STATUS), "finished") == 0)
    return status_error(STATUS_FILE,
                        "%s exists and is this very run (%s): nothing is left to do; to do it "
                        "again give another --out FILE, or --overwrite",
                        out, what);
  return status_error(STATUS_FILE,
                      "%s exists and is this very run (%s): --resume goes on with it; --overwrite "
                      "begins anew",
                      out, what);
}

Status existing_refuse(Trainer *trainer) {
  const TrainOptions *options = trainer->options;
  Record there;
  Config *stored = NULL;
  char by[200];
  int used_previous;
  if (options->resume || options->overwrite || !output_is_there(options->out)) return status_ok();
  if (result_is_in_use(by, sizeof by, options->out))
    return status_error(STATUS_FILE, "%s exists; %s is writing it: give another --out FILE",
                        options->out, by);
  Status status = result_read(&there, options->out, &used_previous);
  if (status.code == STATUS_OK) {
    const char *text = result_text(&there, RESULT_CONFIG_RESOLVED);
    status = text ? config_parse_stored(&stored, &NETWORK_KINDS, text, options->out)
                  : status_error(STATUS_DATA, "it holds no configuration");
  }
  if (status.code == STATUS_OK)
    status = refuse(trainer, &there, stored);
  else
    status = status_error(STATUS_FILE,
                          "%s exists, but is not the result of a run that can be read (%.300s): "
                          "give another --out FILE; --overwrite would replace it",
                          options->out, status.text);
  config_free(stored);
  record_free(&there);
  return status;
}
