#ifndef NORMLAB_REPORT_SEQUENTIAL_H
#define NORMLAB_REPORT_SEQUENTIAL_H
/* Looking at a study several times while seeds are added. Whoever looks, adds seeds and looks again
 * at the level 0.05 finds a difference where there is none in 10 to 16 % of studies. With bounds
 * that spend the level over planned looks the whole keeps it. Not collective. */
#include "base/status.h"
#include <stddef.h>

enum { SEQUENTIAL_LOOKS = 16 };

/* Computes the nominal two-sided levels [n_looks] of looks at rising shares [n_looks] of the
 * largest number of seeds, of which the last is 1, such that all looks together reject a true
 * hypothesis with probability `level` (Lan and DeMets 1983): what may be spent up to share t is
 *
 *   2 (2 - 2 Phi(z / sqrt t)),   Phi(z) = 1 - level / 4,
 *
 * which is much like the bounds of O'Brien and Fleming (1979): almost nothing early, almost all at
 * the end. A test whose p at look k is at most nominal[k] decides. The recursion (Armitage,
 * McPherson and Rowe 1969) is for normally distributed statistics; with the p of Welch's test it
 * holds to some tenths of a percent from three seeds on (simulated in
 * tests/report/test_sequential.c). n_looks is at most SEQUENTIAL_LOOKS. Returns STATUS_MEMORY. */
Status sequential_levels(double *nominal, const double *share, size_t n_looks,
                         double level) MUST_CHECK;

/* Writes the planned numbers of seeds at which a study of at most `most` seeds is looked at: 3, 4,
 * 6, 8, 10, then steps of about a quarter, and `most`. Returns how many there are. */
size_t sequential_looks(int looks[SEQUENTIAL_LOOKS], int most);

#endif
