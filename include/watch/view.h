#ifndef NORMLAB_WATCH_VIEW_H
#define NORMLAB_WATCH_VIEW_H
/* What `normlab watch` shows. Curves and numbers of each run named as a file, if they are few
 * enough for the screen; a line each for all others. Not collective. */
#include "watch/follow.h"
#include "watch/screen.h"

/* now: seconds since 1970, as for follow_list_look. */
void view_draw(Screen *screen, const FollowList *list, double now);

/* One line about a run, with the time at its beginning: what is new in it. */
void view_line(Screen *screen, const Follow *follow, double now);

#endif
