#include "display.h"

#include "base/duration.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int n_finished(const Display *d) {
  int n = 0;
  for (int i = 0; i < d->study->n_runs; i++) n += d->reports[i].state == STATE_FINISHED;
  return n;
}

/* At the pace in epochs since the start; "" before there is one. */
static const char *time_left(char text[64], const Display *d) {
  int64_t done = d->epochs_ended, left = 0;
  for (int i = 0; i < d->study->n_runs; i++)
    if (state_is_open(d->reports[i].state)) left += d->reports[i].n_planned - d->reports[i].epochs;
  for (int i = 0; i < d->n_children; i++) {
    const Child *child = &d->children[i];
    if (child->pid == 0) continue;
    int64_t now = child_epochs(child) - child->epochs_before;
    done += now;
    left -= now;
  }
  text[0] = '\0';
  if (done <= 0 || left <= 0) return text;
  char duration[40];
  duration_text(duration, sizeof duration,
                (child_clock() - d->start) * (double)left / (double)done);
  snprintf(text, 64, "; about %s left", duration);
  return text;
}

void display_clear(const Display *d) {
  if (d->is_watched) printf("\r\033[K");
}

void display_end(const Display *d, const Child *child, const Status *outcome) {
  char left[64], duration[40], result[64] = "";
  const StateReport *report = &d->reports[child->run];
  const StudyRun *run = &d->study->runs[child->run];
  duration_text(duration, sizeof duration, child_clock() - child->start);
  if (report->state == STATE_FINISHED && report->epochs > 0)
    snprintf(result, sizeof result, ", test accuracy %.2f %%", 100 * report->test_accuracy);
  if (report->state != STATE_FINISHED)
    snprintf(result, sizeof result, " at epoch %" PRId64 " of %" PRId64, report->epochs,
             report->n_planned);
  int has_ended = report->state == STATE_FINISHED || report->state == STATE_DIVERGED ||
                  report->state == STATE_STOPPED;
  int failed = !has_ended || (outcome->code != STATUS_OK && report->state == STATE_FINISHED);
  display_clear(d);
  printf("[%d/%d] %s: %s after %s%s%s\n", n_finished(d), d->study->n_runs, run->name,
         failed ? "failed" : state_word(report->state), duration, result, time_left(left, d));
  fflush(stdout);
}

static int columns(void) {
  struct winsize size;
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

void display_progress(const Display *d) {
  char left[64], text[160] = "", line[256];
  size_t used = 0;
  if (!d->is_watched) return;
  for (int i = 0; i < d->n_children && used < sizeof text; i++) {
    const Child *child = &d->children[i];
    if (child->pid == 0) continue;
    const StudyRun *run = &d->study->runs[child->run];
    used += (size_t)snprintf(text + used, sizeof text - used, "%s%s %" PRId64 "/%" PRId64,
                             used ? ", " : "", run->name, child_epochs(child),
                             d->reports[child->run].n_planned);
  }
  snprintf(line, sizeof line, "[%d/%d] %s%s", n_finished(d), d->study->n_runs, text,
           time_left(left, d));
  /* A longer one would go on in the next line, and stay there. */
  printf("\r\033[K%.*s", columns() - 1, line);
  fflush(stdout);
}
