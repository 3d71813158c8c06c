#include "progress.h"

#include "base/duration.h"
#include "console.h"
#include "nn/pass.h"
#include <stdio.h>
#include <string.h>

/* Columns of the bar without its brackets. */
enum { MOST_BAR = 24, LEAST_BAR = 6 };
/* Seconds. */
static const double FIRST_LINE = 20, FIRST_NOTE = 1, NOTES = 5;

static double smaller(double a, double b) {
  return a < b ? a : b;
}

void progress_begin(Progress *progress, double interval) {
  progress->interval = interval;
  progress->said = pass_clock() - interval + smaller(interval, FIRST_LINE);
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

double progress_left(const ProgressLine *line) {
  return line->images_per_second > 0 ? (double)line->images_left / line->images_per_second : 0;
}

/* The parts of the line; the first n of ORDER are left out. */
typedef enum Part {
  PART_EPOCH,
  PART_BAR,
  PART_LOSS,
  PART_ACCURACY,
  PART_SPEED,
  PART_LEFT,
  N_PARTS
} Part;
static const Part ORDER[] = {PART_SPEED, PART_ACCURACY, PART_BAR, PART_LOSS, PART_LEFT};
enum { N_ORDER = sizeof ORDER / sizeof *ORDER };

static int is_left_out(Part part, int n) {
  for (int i = 0; i < n; i++)
    if (ORDER[i] == part) return 1;
  return 0;
}

static void put_bar(char text[64], const ProgressLine *line, int columns) {
  int full = line->n_steps ? (int)((int64_t)line->step * columns / line->n_steps) : columns;
  snprintf(text, 64, " [%.*s%.*s]", full, "########################", columns - full,
           "........................");
}

/* Puts the parts together with a bar of so many columns, without the first n of ORDER. */
static int join(char text[PROGRESS_TEXT], char part[N_PARTS][64], const ProgressLine *line, int bar,
                int n) {
  int used = 0;
  put_bar(part[PART_BAR], line, bar);
  text[0] = '\0';
  for (Part p = 0; p < N_PARTS; p++)
    if (!is_left_out(p, n))
      used += snprintf(text + used, (size_t)(PROGRESS_TEXT - used), "%s", part[p]);
  return used;
}

void progress_text(char text[PROGRESS_TEXT], const ProgressLine *line, int columns) {
  char part[N_PARTS][64], left[48];
  duration_text(left, sizeof left, progress_left(line));
  snprintf(part[PART_EPOCH], 64, "epoch %lld/%lld", (long long)line->epoch + 1,
           (long long)line->n_epochs);
  snprintf(part[PART_LOSS], 64, " loss %.4f", line->loss);
  snprintf(part[PART_ACCURACY], 64, "  accuracy %.2f %%", 100 * line->accuracy);
  snprintf(part[PART_SPEED], 64, "  %.0f images/s", line->images_per_second);
  snprintf(part[PART_LEFT], 64, "  %s left", left);
  for (int n = 0; n <= N_ORDER; n++) {
    int more = join(text, part, line, LEAST_BAR, n) - columns + 1;
    if (more > 0 && n < N_ORDER) continue;
    int bar = LEAST_BAR - more;
    join(text, part, line, bar < MOST_BAR ? bar : MOST_BAR, n);
    break;
  }
  if (columns > 0 && columns < PROGRESS_TEXT) text[columns - 1] = '\0';
}

void progress_line_text(char text[PROGRESS_TEXT], const ProgressLine *line) {
  char left[48];
  duration_text(left, sizeof left, progress_left(line));
  snprintf(text, PROGRESS_TEXT,
           "# epoch %lld/%lld, step %d/%d: loss %.4f, accuracy %.2f %%, %.0f images/s, %s left",
           (long long)line->epoch + 1, (long long)line->n_epochs, line->step, line->n_steps,
           line->loss, 100 * line->accuracy, line->images_per_second, left);
}

static void draw(Progress *progress, const ProgressLine *line, double now) {
  char text[PROGRESS_TEXT];
  if (now - progress->drawn < 0.1 && line->step < line->n_steps) return;
  progress->drawn = now;
  progress_text(text, line, console_columns());
  console_draw(text);
}

void progress_show(Progress *progress, const ProgressLine *line) {
  char text[PROGRESS_TEXT];
  double now = pass_clock();
  if (console_is_watched()) {
    draw(progress, line, now);
  } else if (progress->interval > 0 && now - progress->said >= progress->interval) {
    progress_line_text(text, line);
    printf("%s\n", text);
    console_flush();
    progress_said(progress);
  }
}

void progress_said(Progress *progress) {
  progress->said = pass_clock();
}

int progress_note_is_due(const Progress *progress) {
  double now = pass_clock(), wait = smaller(progress->interval, NOTES);
  if (progress->interval <= 0) return 0;
  if (progress->noted == 0) return now - progress->epoch_start >= smaller(wait, FIRST_NOTE);
  return now - progress->noted >= wait;
}
