#ifndef NORMLAB_REPORT_MCNEMAR_H
#define NORMLAB_REPORT_MCNEMAR_H
#include <stddef.h>

/* McNemar's exact test (1947; exact form: Fay 2010) of two classifiers on the same test set. only_a
 * and only_b: images that only the one, only the other gets right. If both are equally good, each
 * such image is a toss of a coin: the two-sided probability of a division at least as uneven,
 *
 *   p = min(1, 2 sum over k = 0 .. min(only_a, only_b) of C(n, k) / 2^n),   n = only_a + only_b;
 *
 * p = 1 for n = 0. Relative error below 1e-9 as long as p is above the smallest double. */
double mcnemar_exact(size_t only_a, size_t only_b);

#endif
