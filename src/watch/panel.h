#ifndef NORMLAB_WATCH_PANEL_H
#define NORMLAB_WATCH_PANEL_H
/* One run with numbers and curves. None of this is collective. */
#include "watch/follow.h"
#include "watch/screen.h"

enum { PANEL_LINES = 10 }; /* of a panel without curves and without long messages */

/* Draws a run over at most `height` lines: curves are left out where there is no room. */
void panel_draw(Screen *screen, const Follow *follow, int height, double now);
/* Adds the run's numbers to the line. */
void panel_sentence(Screen *screen, const Follow *follow, double now);
/* Returns the style of the word for its state. */
Style panel_style(const Follow *follow);

#endif
