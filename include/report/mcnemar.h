#ifndef NORMLAB_REPORT_MCNEMAR_H
#define NORMLAB_REPORT_MCNEMAR_H
/* Exact tests of classifiers on one test set, image by image. Not collective. */
#include "base/status.h"
#include <stddef.h>

/* McNemar's exact test (1947; exact form: Fay 2010) of two classifiers on the same test set. only_a
 * and only_b: images that only the one, only the other gets right. If both are equally good, each
 * such image is a toss of a coin: the two-sided probability of a division at least as uneven,
 *
 *   p = min(1, 2 sum over k = 0 .. min(only_a, only_b) of C(n, k) / 2^n),   n = only_a + only_b;
 *
 * p = 1 for n = 0. Relative error below 1e-9 as long as p is above the smallest double. */
double mcnemar_exact(size_t only_a, size_t only_b);

/* The same for two methods that were each trained with the same seeds: per image, how many of A's
 * networks are right less how many of B's. Networks of one method tend to be wrong on the same
 * images, so images count as independent and seeds do not (clustered matched pairs: Obuchowski
 * 1998; Durkalski et al. 2003). If both methods are equally good, each image is a toss of a coin
 * between its difference and the opposite one (Fisher's randomization); the two-sided probability
 * of a total at least as far from 0, from the exact distribution of the sum.
 *
 * n_images [n_seeds + 1]: images on which the two differ by 0, 1, .. n_seeds networks. total: the
 * sum of the differences, with their signs. For one seed the same as mcnemar_exact.
 * STATUS_MEMORY. */
Status mcnemar_clustered(double *p, const size_t *n_images, size_t n_seeds,
                         long long total) MUST_CHECK;

#endif
