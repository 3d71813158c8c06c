#ifndef NORMLAB_KERNELS_WALK_H
#define NORMLAB_KERNELS_WALK_H
/* Goes through a band of an activation in the order of its dense element numbers, in runs of at
 * most 16 elements that lie side by side in memory. A run stays inside one statistics unit and, if
 * asked for, inside one row and inside one draw of random numbers (16 elements from a multiple of
 * 16 on). */
#include "kernels/norm.h"

enum { RUN = 16 };

typedef struct Walk {
  /* the run */
  size_t at, x_at; /* floats from the start of the band's arrays */
  size_t element;  /* (c H + h) W + w of its first element */
  int n;           /* elements */
  int c, column;   /* channel and, with by_row, column of the first element */
  size_t unit;
  int new_unit;
  /* how to go on */
  Shape s;
  Band band;
  int line, n_lines, length, position;
  int unit_is_row, by_draw;
} Walk;

static inline Walk walk_start(Shape s, Band band, NormUnit unit, int by_row, int by_draw) {
  Walk w = {.s = s, .band = band, .unit_is_row = unit == NORM_UNIT_ROW, .by_draw = by_draw};
  int rows = by_row || w.unit_is_row;
  w.n_lines = rows ? band.n_rows : 1;
  w.length = rows ? s.w : band.n_rows * s.w;
  w.c = band.channel;
  w.element = ((size_t)band.channel * (size_t)s.h + (size_t)band.row) * (size_t)s.w;
  return w;
}

/* The next run; 0 at the end. */
static inline int walk_next(Walk *w) {
  w->element += (size_t)w->n;
  if (w->position == w->length) {
    w->position = 0;
    if (++w->line == w->n_lines) {
      w->line = 0;
      if (++w->c == w->band.channel + w->band.n_channels) return 0;
      w->element += (size_t)(w->s.h - w->band.n_rows) * (size_t)w->s.w;
    }
  }
  w->new_unit = w->position == 0 && (w->unit_is_row || w->line == 0);
  w->unit = (size_t)w->c;
  if (w->unit_is_row) w->unit = w->unit * (size_t)w->s.h + (size_t)(w->band.row + w->line);
  int limit = w->by_draw ? RUN - (int)(w->element % RUN) : RUN;
  int left = w->length - w->position;
  w->n = left < limit ? left : limit;
  w->column = w->position;
  size_t pixel = (size_t)w->line * (size_t)w->length + (size_t)w->position;
  size_t c = (size_t)(w->c - w->band.channel);
  w->at = c * w->band.stride + pixel * LANES;
  w->x_at = c * w->band.x_stride + pixel * LANES;
  w->position += w->n;
  return 1;
}

#endif
