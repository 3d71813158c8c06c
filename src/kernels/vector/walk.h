#ifndef NORMLAB_KERNELS_WALK_H
#define NORMLAB_KERNELS_WALK_H
/* Goes through a band of an activation in lines of elements that lie side by side in memory.
 * Kernels cut lines into runs of at most 16 elements.
 *
 * walk_start() and walk_next() go in the order of dense element numbers. A line stays inside one
 * statistics unit and, if asked for, inside one row.
 *
 * tiles_start() and tiles_next() are for units that are pixels: a line is one channel of a tile of
 * pixels that follow each other, of one row if asked for; or as many channels as asked for are
 * taken at once, as long as the unit has so many left. The channels of a unit come one after
 * another, then the next tile. */
#include "kernels/norm.h"

enum { RUN = 16, MOST_TILE = 2 * RUN };

typedef struct Walk {
  /* the line */
  size_t at, x_at; /* floats from the start of the band's arrays */
  size_t element;  /* (c H + h) W + w of its first element */
  int n;           /* elements */
  int c;           /* channel */
  int n_channels;  /* taken at once; not set by walk_next() */
  size_t unit;     /* of its first element; those of a tile follow each other */
  int new_unit;    /* 1: the line is the first of the unit or tile */
  int end_of_unit; /* 1: it is the last one of the tile; not set by walk_next() */
  /* how to go on */
  Shape s;
  Band band;
  int line, n_lines; /* of the channel */
  int unit_is_row;
  int unit_channels, first, end; /* channels: of a unit, and what the band has of this unit */
  int pixel, tile, by_row;       /* of the band: the first of the line; pixels of a tile, at most */
  int step;                      /* channels asked for */
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

static inline Walk tiles_start(const NormCall *call, int tile, int by_row, int n_channels) {
  const Band band = call->band;
  Walk w = {.s = call->shape, .band = band, .unit_channels = call->unit_channels, .tile = tile};
  w.by_row = by_row;
  w.step = n_channels;
  w.pixel = band.n_rows * w.s.w; /* all pixels of the channels before the first */
  w.first = w.c = w.end = band.channel;
  return w;
}

/* The first line of the next tile; 0 at the end. */
static inline int next_tile(Walk *w) {
  const int n_pixels = w->band.n_rows * w->s.w, end = w->band.channel + w->band.n_channels;
  w->pixel += w->n;
  if (w->pixel >= n_pixels) {
    if (w->end == end || n_pixels == 0) return 0;
    w->pixel = 0;
    w->first = w->end;
    w->end = w->first - w->first % w->unit_channels + w->unit_channels;
    if (w->end > end) w->end = end;
  }
  const int left = w->by_row ? w->s.w - w->pixel % w->s.w : n_pixels - w->pixel;
  w->n = left < w->tile ? left : w->tile;
  w->c = w->first;
  return 1;
}

/* The next line; 0 at the end. */
static inline int tiles_next(Walk *w) {
  w->c += w->n_channels;
  if (w->c >= w->end && !next_tile(w)) return 0;
  w->n_channels = w->end - w->c < w->step ? 1 : w->step;
  const size_t plane = (size_t)w->s.h * (size_t)w->s.w, pixel = (size_t)w->pixel;
  const size_t in_plane = (size_t)w->band.row * (size_t)w->s.w + pixel;
  const size_t c = (size_t)(w->c - w->band.channel);
  w->new_unit = w->c == w->first;
  w->end_of_unit = w->c + w->n_channels == w->end;
  w->element = (size_t)w->c * plane + in_plane;
  w->unit = (size_t)(w->c / w->unit_channels) * plane + in_plane;
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
