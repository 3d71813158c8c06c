#include "run_columns.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { BARS = 8, LEVELS = 8, BLOCK = 3 }; /* bytes of a block in UTF-8 */

static void state_cell(char text[FIGURE_TEXT], const Follow *follow, double now) {
  (void)now;
  snprintf(text, FIGURE_TEXT, "%s", follow_word(follow->state));
}

static void epoch_cell(char text[FIGURE_TEXT], const Follow *follow, double now) {
  (void)now;
  figure_epochs(text, follow, "/");
}

static void accuracy_cell(char text[FIGURE_TEXT], const Follow *follow, double now) {
  (void)now;
  figure(text, "%.2f", follow->has_run ? 100 * follow->run.test_accuracy : (double)NAN);
  if (follow->has_run && run_is_validated(&follow->run)) strcat(text, "v");
}

static void loss_cell(char text[FIGURE_TEXT], const Follow *follow, double now) {
  (void)now;
  figure(text, "%.4g", follow->has_run ? follow->run.test_loss : (double)NAN);
}

static void speed_cell(char text[FIGURE_TEXT], const Follow *follow, double now) {
  (void)now;
  figure(text, "%.0f", follow->has_run ? follow->run.images_per_second : (double)NAN);
}

static void end_cell(char text[FIGURE_TEXT], const Follow *follow, double now) {
  if (isnan(follow->end))
    strcpy(text, "-");
  else
    figure_clock(text, follow->end, now);
}

static double mean_of(const NoteCurve *curve, int first, int end) {
  double sum = 0;
  for (int i = first; i < end; i++) sum += curve->loss[i];
  return sum / (end - first);
}

/* Blocks of eight heights, of means of the curve, on a logarithmic scale. */
static void curve_cell(char text[FIGURE_TEXT], const Follow *follow, double now) {
  const NoteCurve *curve = &follow->curve;
  double height[BARS], low = (double)INFINITY, high = -(double)INFINITY;
  (void)now;
  text[0] = '\0';
  if (curve->n < BARS || follow_has_ended(follow)) return;
  for (int i = 0; i < BARS; i++) {
    height[i] = log(mean_of(curve, i * curve->n / BARS, (i + 1) * curve->n / BARS));
    if (!isfinite(height[i])) continue;
    low = fmin(low, height[i]);
    high = fmax(high, height[i]);
  }
  for (int i = 0; i < BARS; i++) {
    const double share = high > low ? (height[i] - low) / (high - low) : 0;
    const int level = isfinite(height[i]) ? (int)lrint(share * (LEVELS - 1))
                      : height[i] < 0     ? 0
                                          : LEVELS - 1;
    memcpy(text + (size_t)i * BLOCK, "\xe2\x96", 2); /* U+2581 to U+2588 */
    text[i * BLOCK + 2] = (char)(0x81 + level);
  }
  text[BARS * BLOCK] = '\0';
}

const WatchColumn WATCH_COLUMN[WATCH_COLUMNS] = {
    {"state", 0, 1, 0, state_cell},       {"epoch", 1, 0, 0, epoch_cell},
    {"accuracy", 3, 0, 0, accuracy_cell}, {"loss", 5, 0, 0, loss_cell},
    {"steps", 7, 1, 1, curve_cell},       {"images/s", 6, 0, 0, speed_cell},
    {"left", 2, 0, 0, figure_left},       {"ends", 4, 0, 0, end_cell},
};
