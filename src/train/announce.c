#include "announce.h"

#include "console.h"
#include "evaluation.h"
#include "nn/summary.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

void announce_layout(int n_threads, int n_cores) {
  int n_ranks = dist_size();
  printf("# %d rank%s x %d thread%s on %d allowed core%s a node\n", n_ranks, n_ranks > 1 ? "s" : "",
         n_threads, n_threads > 1 ? "s" : "", n_cores, n_cores > 1 ? "s" : "");
  if (dist_nodes() > 1) {
    char setting[80];
    dist_tcp_setting(setting, sizeof setting);
    printf("# %d nodes; over TCP, Open MPI sends at once what is within %s\n", dist_nodes(),
           setting);
  }
  console_flush();
}

/* The values that tell most of a run, by their keys. */
static void show_value(void *n_shown, const ConfigValue *value) {
  static const char *const SHOWN[] = {"seed",           "training.epochs", "training.batch",
                                      "optimizer.type", "optimizer.lr",    "schedule.type"};
  int *n = n_shown;
  for (size_t i = 0; i < sizeof SHOWN / sizeof *SHOWN; i++)
    if (strcmp(value->path, SHOWN[i]) == 0)
      printf("%s%s: %s", (*n)++ ? ", " : "", value->path, value->text);
}

void announce_start(const Trainer *trainer) {
  const TrainingData *data = &trainer->data;
  const ImageSet *train = &data->set.train;
  const Position *p = &trainer->position;
  summary_print_layers(stdout, &trainer->learner.network);
  putchar('\n');
  printf("# data: %s (%s), %d train + %d %s images of %d x %d x %d\n", data->set.title,
         data->set.source, train->n, data->evaluated->n, evaluated_name(data), train->c, train->h,
         train->w);
  if (is_validated(data))
    printf("# evaluated on the validation split, the last %d images of the train set; not on the "
           "test set\n",
           data->set.validation.n);
  if (trainer->length.n_epochs < trainer->config->training.epochs)
    printf("# training.steps ends the run after %lld steps, in epoch %lld of %d\n",
           (long long)trainer->length.n_steps, (long long)trainer->length.n_epochs,
           trainer->config->training.epochs);
  int n_shown = 0;
  printf("# ");
  config_visit(trainer->config, show_value, &n_shown);
  printf("\n# parameters: %zu\n", trainer->learner.network.n_parameters);
  printf("# results: %s\n", trainer->options->out);
  if (p->epoch > 0 || p->step > 0)
    printf("# resuming at epoch %lld, step %lld\n", (long long)p->epoch + 1,
           (long long)p->step + 1);
  console_flush();
}

static ProgressLine line_of(const Trainer *trainer, int n_steps) {
  const Position *p = &trainer->position;
  const RunLength *length = &trainer->length;
  const int64_t done = p->epoch * trainer->data.set.train.n + p->n_samples;
  return (ProgressLine){.epoch = p->epoch,
                        .n_epochs = length->n_epochs,
                        .step = (int)p->step,
                        .n_steps = n_steps,
                        .images_left = length->n_samples - done,
                        .loss = history_last(&trainer->output.history, RESULT_STEP_LOSS),
                        .accuracy = (double)p->correct / (double)p->n_samples,
                        .images_per_second = progress_speed(&trainer->observers.progress)};
}

/* The next one is expected within so many seconds of work, and of a checkpoint. */
static void note(Trainer *trainer, const ProgressLine *line, double seconds) {
  double write = trainer->observers.budget.longest[BUDGET_WRITE];
  const Column *losses = history_column(&trainer->output.history, RESULT_STEP_LOSS, 0);
  RunNote run = {.epochs = (double)line->epoch,
                 .step = line->step,
                 .n_steps = line->n_steps,
                 .loss = line->loss,
                 .accuracy = line->accuracy,
                 .images_per_second = line->images_per_second,
                 .seconds_left = progress_left(line),
                 .next = seconds + write};
  trainer->observers.progress.noted = pass_clock();
  note_curve(&run.curve, losses->value, losses->n_rows);
  result_note(trainer->output.file, &run);
}

void announce_step(Trainer *trainer, int n_steps) {
  enum { NOTES = 5 };
  Progress *progress = &trainer->observers.progress;
  ProgressLine line = line_of(trainer, n_steps);
  double step = trainer->observers.budget.longest[BUDGET_STEP];
  progress_show(progress, &line);
  if (progress_note_is_due(progress)) note(trainer, &line, step > NOTES ? step : NOTES);
}

/* As long as the longest so far, or as training on as many images takes. */
void announce_evaluation(Trainer *trainer, int n_steps) {
  ProgressLine line = line_of(trainer, n_steps);
  double seconds = trainer->observers.budget.longest[BUDGET_EVALUATE];
  if (trainer->observers.progress.noted == 0) return;
  if (seconds == 0 && line.images_per_second > 0)
    seconds = trainer->data.evaluated->n / line.images_per_second;
  if (is_last_epoch(trainer))
    seconds += evaluation_extra_steps(trainer) * trainer->observers.budget.longest[BUDGET_STEP];
  note(trainer, &line, seconds);
}

void announce_epoch(Trainer *trainer, double images_per_second, double seconds) {
  const History *history = &trainer->output.history;
  console_clear();
  progress_said(&trainer->observers.progress);
  printf("epoch %lld/%lld  train loss %.4f accuracy %.2f %%  %s loss %.4f accuracy %.2f %%  "
         "%.0f images/s  %.1f s\n",
         (long long)trainer->position.epoch, (long long)trainer->length.n_epochs,
         history_last(history, RESULT_TRAIN_LOSS),
         100 * history_last(history, RESULT_TRAIN_ACCURACY), evaluated_name(&trainer->data),
         history_last(history, RESULT_TEST_LOSS), 100 * history_last(history, RESULT_TEST_ACCURACY),
         images_per_second, seconds);
  console_flush();
}

/* Where a network is several ones. */
static void announce_ways(const Trainer *trainer) {
  const History *history = &trainer->output.history;
  /* A run that has finished in an older format knows one of them alone. */
  if (!trainer->learner.network.crosses_samples || trainer->position.epoch == 0 ||
      isnan(history_last_part(history, RESULT_TEST_ACCURACY_BY, STATISTICS_BATCH)))
    return;
  printf("# accuracy by the statistics of norms that cross samples:");
  for (int way = 0; way < N_STATISTICS; way++)
    printf("%s %s %.2f %%", way ? "," : "", STATISTICS_NAMES[way],
           100 * history_last_part(history, RESULT_TEST_ACCURACY_BY, way));
  printf("; used: %s\n", STATISTICS_NAMES[trainer->config->evaluate.statistics]);
}

void announce_end(const Trainer *trainer) {
  const TrainingData *data = &trainer->data;
  console_clear();
  announce_ways(trainer);
  printf("# finished: ");
  if (trainer->position.epoch > 0)
    printf("accuracy %.2f %% on the %d %s images of ",
           100 * history_last(&trainer->output.history, RESULT_TEST_ACCURACY), data->evaluated->n,
           evaluated_name(data));
  printf("%s; results: %s\n", data->set.title, trainer->options->out);
  console_flush();
}
