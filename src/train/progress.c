#include "base/duration.h"
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BAR = 24 };

static int is_terminal_name(const char *link) {
  char name[64];
  ssize_t n = readlink(link, name, sizeof name - 1);
  if (n < 0) return 0;
  name[n] = 0;
  return strncmp(name, "/dev/pts/", 9) == 0 || strncmp(name, "/dev/tty", 8) == 0;
}

/* Whether someone watches. mpirun gives ranks a terminal of its own even when its output goes to a
 * file: what counts is mpirun's output, and it is the parent where it runs on this node. */
static int is_watched(void) {
  const char *terminal = getenv("TERM");
  if (!isatty(STDOUT_FILENO) || (terminal && strcmp(terminal, "dumb") == 0)) return 0;
  if (!getenv("OMPI_COMM_WORLD_RANK")) return 1;
  char link[64];
  snprintf(link, sizeof link, "/proc/%ld/fd/1", (long)getppid());
  return is_terminal_name(link);
}

static const Column *column(const Trainer *trainer, int number) {
  return &trainer->history.column[number];
}

static double last(const Trainer *trainer, int number) {
  const Column *c = column(trainer, number);
  return c->n_rows ? c->value[c->n_rows - 1] : 0;
}

void progress_start(const Trainer *trainer) {
  const Config *config = trainer->config;
  const DataSet *data = &trainer->data;
  char *text = NULL;
  Status status = config_text(&text, config);
  if (status.code == STATUS_OK) printf("%s", text);
  free(text);
  printf("# data: %s (%s), %d train + %d %s images of %d x %d x %d\n", data->title, data->source,
         data->train.n, trainer->evaluated->n, evaluated_name(trainer), data->train.c,
         data->train.h, data->train.w);
  if (is_validated(trainer))
    printf("# evaluated on the validation split, the last %d images of the train set; not on the "
           "test set\n",
           data->validation.n);
  printf("# parameters: %zu\n", trainer->network.n_parameters);
  printf("# results: %s\n", trainer->options->out);
  fflush(stdout);
}

void progress_step(const Trainer *trainer, int step, int n_steps, double loss, double accuracy,
                   double images_per_second) {
  static double last_time;
  if (!is_watched()) return;
  double now = pass_clock();
  if (now - last_time < 0.1 && step < n_steps) return;
  last_time = now;
  char bar[BAR + 1], left[48];
  int full = n_steps ? step * BAR / n_steps : BAR;
  for (int i = 0; i < BAR; i++) bar[i] = i < full ? '#' : '.';
  bar[BAR] = 0;
  int64_t n_epochs = trainer->config->training.epochs;
  double images = (double)trainer->data.train.n *
                  ((double)(n_epochs - trainer->position.epoch) - (double)step / n_steps);
  duration_text(left, sizeof left, images_per_second > 0 ? images / images_per_second : 0);
  printf("\r\033[Kepoch %lld/%lld [%s] loss %.4f  accuracy %.2f %%  %.0f images/s  %s left",
         (long long)trainer->position.epoch + 1, (long long)n_epochs, bar, loss, 100 * accuracy,
         images_per_second, left);
  fflush(stdout);
}

void progress_epoch(const Trainer *trainer, double images_per_second, double seconds) {
  if (is_watched()) printf("\r\033[K");
  printf("epoch %zu/%d  train loss %.4f accuracy %.2f %%  %s loss %.4f accuracy %.2f %%  "
         "%.0f images/s  %.1f s\n",
         column(trainer, EPOCH_RATE)->n_rows, trainer->config->training.epochs,
         last(trainer, EPOCH_TRAIN_LOSS), 100 * last(trainer, EPOCH_TRAIN_ACCURACY),
         evaluated_name(trainer), last(trainer, EPOCH_TEST_LOSS),
         100 * last(trainer, EPOCH_TEST_ACCURACY), images_per_second, seconds);
  fflush(stdout);
}
