#ifndef NORMLAB_WATCH_RUN_COLUMNS_H
#define NORMLAB_WATCH_RUN_COLUMNS_H
/* What a line of a table says of a run. None of this is collective. */
#include "figures.h"

typedef struct WatchColumn {
  const char *title;
  int rank; /* of importance: where there is no room, the column of the highest is left out first */
  int is_left;  /* its text begins on the left */
  int is_curve; /* it is drawn with characters of Unicode, and is empty for a run that has none */
  void (*text)(char text[FIGURE_TEXT], const Follow *follow, double now);
} WatchColumn;

enum { WATCH_COLUMNS = 8 };
extern const WatchColumn WATCH_COLUMN[WATCH_COLUMNS];

#endif
