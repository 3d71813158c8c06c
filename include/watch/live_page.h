#ifndef NORMLAB_WATCH_LIVE_PAGE_H
#define NORMLAB_WATCH_LIVE_PAGE_H
/* What `normlab watch` shows as a page of HTML, which is written anew again and again. None of this
 * is collective. */
#include "watch/follow.h"

/* Replaces the page by one of what the list says now, in seconds since 1970: a row a run, with the
 * losses of its steps and the accuracy after its epochs as curves. It needs nothing beside it and
 * no server; a browser reads it again after `seconds`, in which the next one is expected, and tells
 * how old it is. seconds = 0 makes the last page, which is not read again. Text that comes from
 * files is escaped. Returns STATUS_FILE if it cannot be written, or STATUS_MEMORY. */
Status live_page_write(const char *file, const FollowList *list, double now,
                       double seconds) MUST_CHECK;

#endif
