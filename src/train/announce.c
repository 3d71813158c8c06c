#include "announce.h"

#include <stdio.h>
#include <stdlib.h>

void announce_layout(int n_threads, int n_cores) {
  int n_ranks = dist_size();
  printf("# %d rank%s x %d thread%s on %d allowed core%s a node\n", n_ranks, n_ranks > 1 ? "s" : "",
         n_threads, n_threads > 1 ? "s" : "", n_cores, n_cores > 1 ? "s" : "");
}

void announce_start(const Trainer *trainer) {
  const TrainingData *data = &trainer->data;
  const ImageSet *train = &data->set.train;
  const Position *p = &trainer->position;
  char *text = NULL;
  Status status = config_text(&text, trainer->config);
  if (status.code == STATUS_OK) printf("%s", text);
  free(text);
  printf("# data: %s (%s), %d train + %d %s images of %d x %d x %d\n", data->set.title,
         data->set.source, train->n, data->evaluated->n, evaluated_name(data), train->c, train->h,
         train->w);
  if (is_validated(data))
    printf("# evaluated on the validation split, the last %d images of the train set; not on the "
           "test set\n",
           data->set.validation.n);
  printf("# parameters: %zu\n", trainer->learner.network.n_parameters);
  printf("# results: %s\n", trainer->options->out);
  fflush(stdout);
  if (p->epoch > 0 || p->step > 0)
    printf("# resuming at epoch %lld, step %lld\n", (long long)p->epoch + 1,
           (long long)p->step + 1);
}

void announce_epoch(const Trainer *trainer, double images_per_second, double seconds) {
  const History *history = &trainer->output.history;
  progress_clear();
  printf("epoch %zu/%d  train loss %.4f accuracy %.2f %%  %s loss %.4f accuracy %.2f %%  "
         "%.0f images/s  %.1f s\n",
         trainer->position.epoch, trainer->config->training.epochs,
         history_last(history, RESULT_TRAIN_LOSS),
         100 * history_last(history, RESULT_TRAIN_ACCURACY), evaluated_name(&trainer->data),
         history_last(history, RESULT_TEST_LOSS), 100 * history_last(history, RESULT_TEST_ACCURACY),
         images_per_second, seconds);
  fflush(stdout);
}

void announce_end(const Trainer *trainer) {
  const TrainingData *data = &trainer->data;
  printf("# finished: ");
  if (trainer->position.epoch > 0)
    printf("accuracy %.2f %% on the %d %s images of ",
           100 * history_last(&trainer->output.history, RESULT_TEST_ACCURACY), data->evaluated->n,
           evaluated_name(data));
  printf("%s; results: %s\n", data->set.title, trainer->options->out);
  fflush(stdout);
}
