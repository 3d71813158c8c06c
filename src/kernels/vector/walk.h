#ifndef NORMLAB_KERNELS_WALK_H
#define NORMLAB_KERNELS_WALK_H
/* Goes through a band of an activation in the order of its dense element numbers, in lines of
 * elements that lie side by side in memory. A line stays inside one statistics unit and, if asked
 * for, inside one row. Kernels cut lines into runs of at most 16 elements. */
#include "kernels/norm.h"

enum { RUN = 16 };

typedef struct Walk {
  /* the line */
  size_t at, x_at; /* floats from the start of the band's arrays */
  size_t element;  /* (c H + h) W + w of its first element */
  int n;           /* elements */
  int c;           /* channel */
  size_t unit;
  int new_unit; /* 1: the line is the unit's first */
  /* how to go on */
  Shape s;
  Band band;
  int line, n_lines; /* of the channel */
  int unit_is_row;
} Walk;

static inline Walk walk_start(Shape s, Band band, NormUnit unit, int by_row) {
  Walk w = {.s = s, .band = band, .unit_is_row = unit == NORM_UNIT_ROW, .line = -1};
  const int rows = by_row || w.unit_is_row;
  w.n_lines = rows ? band.n_rows : 1;
  w.n = rows ? s.w : band.n_rows * s.w;
  w.c = band.channel;
  return w;
}

/* The next line; 0 at the end. */
static inline int walk_next(Walk *w) {
  if (++w->line == w->n_lines) {
    w->line = 0;
    if (++w->c == w->band.channel + w->band.n_channels) return 0;
  }
  const size_t row = (size_t)w->band.row + (w->n_lines > 1 ? (size_t)w->line : 0);
  const size_t c = (size_t)(w->c - w->band.channel), pixel = (size_t)w->line * (size_t)w->n;
  w->element = ((size_t)w->c * (size_t)w->s.h + row) * (size_t)w->s.w;
  w->new_unit = w->unit_is_row || w->line == 0;
  w->unit = w->unit_is_row ? (size_t)w->c * (size_t)w->s.h + row : (size_t)w->c;
  w->at = c * w->band.stride + pixel * LANES;
  w->x_at = c * w->band.x_stride + pixel * LANES;
  return 1;
}

/* How many of `left` elements from element e on are a run, which ends at the end of a draw of
 * random numbers: of 16 elements from a multiple of 16 on. */
static inline int draw_length(size_t e, int left) {
  const int limit = RUN - (int)(e % RUN);
  return left < limit ? left : limit;
}

#endif
