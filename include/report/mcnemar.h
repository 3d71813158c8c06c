#ifndef NORMLAB_REPORT_MCNEMAR_H
#define NORMLAB_REPORT_MCNEMAR_H
/* Exact tests of classifiers on one test set, image by image. Not collective. */
#include "base/status.h"
#include <stddef.h>

/* Returns the two-sided p of McNemar's exact test (1947; exact form: Fay 2010) of two classifiers
 * on the same test set. only_a is the number of images that only the first gets right, and only_b
 * that of those that only the second gets right. If both classifiers are equally good, each such
 * image is a toss of a coin; p is the probability of a division at least as uneven as the one
 * seen:
 *
 *   p = min(1, 2 sum over k = 0 .. min(only_a, only_b) of C(n, k) / 2^n),   n = only_a + only_b;
 *
 * p = 1 for n = 0. The relative error is below 1e-9 as long as p is above the smallest double. */
double mcnemar_exact(size_t only_a, size_t only_b);

/* Compares two methods A and B that were each trained with the same seeds. The difference of an
 * image is the number of A's networks that are right about it minus that of B's. Networks of one
 * method tend to be wrong on the same images, so images count as independent and seeds do not
 * (clustered matched pairs: Obuchowski 1998; Durkalski et al. 2003). If both methods are equally
 * good, each image is a toss of a coin between its difference and the opposite one (Fisher's
 * randomization). *p is the two-sided probability of a total at least as far from 0 as the one
 * seen, from the exact distribution of the sum.
 *
 * n_images [n_seeds + 1] has the numbers of images whose difference is 0, 1, .. n_seeds in
 * magnitude. `total` is the sum of the differences with their signs. For one seed the result is
 * that of mcnemar_exact(). Returns STATUS_MEMORY. */
Status mcnemar_clustered(double *p, const size_t *n_images, size_t n_seeds,
                         long long total) MUST_CHECK;

#endif
