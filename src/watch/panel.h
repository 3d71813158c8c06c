#ifndef NORMLAB_WATCH_PANEL_H
#define NORMLAB_WATCH_PANEL_H
/* One run with numbers and curves. */
#include "watch/follow.h"
#include "watch/screen.h"

enum { PANEL_LINES = 10 }; /* without curves, and without long messages */

/* height: lines that it may take. */
void panel_draw(Screen *screen, const Follow *follow, int height, double now);
/* Its numbers, into the line. */
void panel_sentence(Screen *screen, const Follow *follow, double now);
/* Of the word for its state. */
Style panel_style(const Follow *follow);

#endif
