#ifndef NORMLAB_KERNELS_SPLIT_H
#define NORMLAB_KERNELS_SPLIT_H

/* n things in the fewest tiles of at most MAX, as equal as can be, larger ones first. */
typedef struct Split {
  int n_tiles, size, n_larger; /* the first n_larger tiles have size + 1 */
} Split;

static inline Split split(int n, int max) {
  int n_tiles = (n + max - 1) / max;
  return (Split){n_tiles, n / n_tiles, n % n_tiles};
}
static inline int split_size(Split s, int tile) {
  return s.size + (tile < s.n_larger);
}

#endif
