#include "progress.h"

#include "base/duration.h"
#include "nn/pass.h"
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

void progress_begin_epoch(Progress *progress) {
  progress->epoch_start = pass_clock();
  progress->n_images = 0;
}

double progress_seconds(const Progress *progress) {
  return pass_clock() - progress->epoch_start;
}

double progress_speed(const Progress *progress) {
  double seconds = progress_seconds(progress);
  return seconds > 0 ? (double)progress->n_images / seconds : 0;
}

void progress_text(char text[PROGRESS_TEXT], const ProgressLine *line) {
  char bar[BAR + 1], left[48];
  int full = line->n_steps ? line->step * BAR / line->n_steps : BAR;
  for (int i = 0; i < BAR; i++) bar[i] = i < full ? '#' : '.';
  bar[BAR] = 0;
  double images = (double)line->n_images *
                  ((double)(line->n_epochs - line->epoch) - (double)line->step / line->n_steps);
  double speed = line->images_per_second;
  duration_text(left, sizeof left, speed > 0 ? images / speed : 0);
  snprintf(text, PROGRESS_TEXT,
           "epoch %lld/%lld [%s] loss %.4f  accuracy %.2f %%  %.0f images/s  %s left",
           (long long)line->epoch + 1, (long long)line->n_epochs, bar, line->loss,
           100 * line->accuracy, speed, left);
}

void progress_draw(Progress *progress, const ProgressLine *line) {
  char text[PROGRESS_TEXT];
  if (!is_watched()) return;
  double now = pass_clock();
  if (now - progress->drawn < 0.1 && line->step < line->n_steps) return;
  progress->drawn = now;
  progress_text(text, line);
  printf("\r\033[K%s", text);
  fflush(stdout);
}

void progress_clear(void) {
  if (is_watched()) printf("\r\033[K");
}
