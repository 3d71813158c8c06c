#ifndef NORMLAB_KERNELS_WINOGRAD_ROWS_H
#define NORMLAB_KERNELS_WINOGRAD_ROWS_H
/* Pieces of Winograd's algorithm along rows, of one instruction set (conv_algorithm.h has what it
 * computes). A row is cut into tiles of 4 outputs, which each kernel row of 3 taps gives with 6
 * products where the direct way takes 12: F(4,3) of Winograd, "Arithmetic complexity of
 * computations" (1980). What is left of a row is tiles of 3 and 2 outputs, with 5 and 4 products.
 */
#include "conv_algorithm.h"
#include "vector/conv_direct.h"

/* The products are those of values of polynomials at the 6 points of winograd_transform.h's F(4,3),
 * in the order 0, P4, -P4, infinity, Q4, -Q4. Tiles of 3 outputs do without the last one, tiles of
 * 2 without the last two. */
enum { WINOGRAD_POINTS = 6, WINOGRAD_OUTPUTS = 4, WINOGRAD_TAPS = 3 };

/* Short rows are taken several at a time, so that there are enough sums in flight. */
enum { WINOGRAD_ROWS = N_REGISTERS == 32 ? 4 : 1 };

/* The sums over input channels and kernel rows of one point, for a few output channels by a few
 * tiles of one or several rows. */
typedef struct WinogradTile {
  float *m;                                          /* [channels][rows][tiles][16] */
  const float *v[WINOGRAD_ROWS + WINOGRAD_TAPS - 1]; /* transformed rows, at the first tile */
  size_t v_channel;                                  /* floats from channel to channel there */
  const float *u;                                    /* [n_in][3][channels] */
  int n_in;
  int kh_begin, n_kh; /* kernel rows that meet the source; v[0] is the row of the first */
  AheadWalk ahead;
} WinogradTile;

typedef void (*WinogradTileFunction)(const WinogradTile *t);

/* The function for n_channels x n_rows x n_tiles: 1 .. TILE_CHANNELS, and 1 row of 1 .. TILE_PIXELS
 * tiles or, with all 3 kernel rows, the rows of winograd_rows_together() and as many tiles as these
 * have at most. */
WinogradTileFunction ISA_NAME(winograd_tile)(int n_channels, int n_rows, int n_tiles, int n_kh);

/* How many rows of n_tiles tiles are computed at a time. */
static inline int winograd_rows_together(int n_tiles) {
  if (N_REGISTERS < 32 || n_tiles > 3) return 1;
  return n_tiles == 3 ? 2 : n_tiles == 2 ? 3 : WINOGRAD_ROWS;
}

#endif
