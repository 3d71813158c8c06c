#include "figures.h"

#include "base/duration.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

void figure(char text[FIGURE_TEXT], const char *format, double number) {
  if (isfinite(number))
    snprintf(text, FIGURE_TEXT, format, number);
  else
    strcpy(text, "-");
}

void figure_epochs(char text[FIGURE_TEXT], const Follow *follow, const char *between) {
  const Run *run = &follow->run;
  strcpy(text, "-");
  if (!follow->has_run) return;
  int length = snprintf(text, FIGURE_TEXT, "%" PRId64, run->epochs > 0 ? run->epochs : 0);
  if (follow->has_note)
    length = snprintf(text, FIGURE_TEXT, "%.1f", floor(10 * follow->progress) / 10);
  if (run->n_planned >= 0)
    snprintf(text + length, (size_t)(FIGURE_TEXT - length), "%s%" PRId64, between, run->n_planned);
}

void figure_left(char text[FIGURE_TEXT], const Follow *follow, double now) {
  strcpy(text, "-");
  if (!isnan(follow->end)) duration_text(text, FIGURE_TEXT, follow->end - now);
}

/* A time beyond the calendar is no time. */
static int split(struct tm *parts, double time) {
  time_t whole = fabs(time) < 1e12 ? (time_t)time : 0;
  return fabs(time) < 1e12 && localtime_r(&whole, parts) != NULL;
}

void figure_clock(char text[FIGURE_TEXT], double time, double now) {
  struct tm then, today;
  strcpy(text, "-");
  if (!split(&then, time) || !split(&today, now)) return;
  int is_today = then.tm_yday == today.tm_yday && then.tm_year == today.tm_year;
  strftime(text, FIGURE_TEXT, is_today ? "%H:%M" : "%Y-%m-%d %H:%M", &then);
}

void figure_time(char text[FIGURE_TEXT], double time) {
  struct tm parts;
  strcpy(text, "-");
  if (split(&parts, time)) strftime(text, FIGURE_TEXT, "%Y-%m-%d %H:%M:%S", &parts);
}
