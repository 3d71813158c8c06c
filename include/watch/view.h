#ifndef NORMLAB_WATCH_VIEW_H
#define NORMLAB_WATCH_VIEW_H
/* What `normlab watch` shows. None of this is collective. */
#include "watch/follow.h"
#include "watch/screen.h"

/* Draws all runs: curves and numbers of each run that was named as a file, if they are few enough
 * for the screen, and a line each for all others. now is in seconds since 1970, as for
 * follow_list_look. */
void view_draw(Screen *screen, const FollowList *list, double now);

/* Prints a line with the time for each run and folder that has changed since the last call. */
void view_changes(Screen *screen, FollowList *list, double now);

#endif
