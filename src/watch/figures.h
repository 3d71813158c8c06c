#ifndef NORMLAB_WATCH_FIGURES_H
#define NORMLAB_WATCH_FIGURES_H
/* Numbers as text; "-" stands for what is not known. None of this is collective. */
#include "watch/follow.h"

enum { FIGURE_TEXT = 64 };

/* Writes a number by a printf format for one double; "-" if it is not finite. */
void figure(char text[FIGURE_TEXT], const char *format, double number)
    __attribute__((format(printf, 2, 0)));
/* Writes "3/15", or "3.4/15" of a run that tells how far it is inside an epoch, with `between` in
 * place of the "/"; "-" without a run. */
void figure_epochs(char text[FIGURE_TEXT], const Follow *follow, const char *between);
/* Writes the time left, "12 min 05 s"; "-" where it is not known. */
void figure_left(char text[FIGURE_TEXT], const Follow *follow, double now);
/* Writes a time of day, "15:02", with the day before it unless that is the day of `now`. */
void figure_clock(char text[FIGURE_TEXT], double time, double now);
/* Writes "2026-11-21 15:02:07". */
void figure_time(char text[FIGURE_TEXT], double time);

#endif
