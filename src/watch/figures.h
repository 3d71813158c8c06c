#ifndef NORMLAB_WATCH_FIGURES_H
#define NORMLAB_WATCH_FIGURES_H
/* Numbers as text. */
#include "watch/follow.h"

enum { FIGURE_TEXT = 64 };

/* "-" for what is not finite. */
void figure(char text[FIGURE_TEXT], const char *format, double number)
    __attribute__((format(printf, 2, 0)));
/* "3/15", with what is between them; "-" without a run. */
void figure_epochs(char text[FIGURE_TEXT], const Follow *follow, const char *between);
/* Time left: "12 min 05 s"; "-" where it is not known. */
void figure_left(char text[FIGURE_TEXT], const Follow *follow, double now);
/* "15:02", with the day if that is another one. */
void figure_clock(char text[FIGURE_TEXT], double time, double now);
/* "2026-11-21 15:02:07" */
void figure_time(char text[FIGURE_TEXT], double time);

#endif
