#ifndef NORMLAB_REPORT_VALUES_H
#define NORMLAB_REPORT_VALUES_H
/* Small arrays of numbers to work a normalization out on. Not collective.
 *
 * A file of values is text: the first line has the four sizes N C H W, then come N x C x H x W
 * numbers in that order, w fastest, divided by blanks or line ends. "#" begins a comment that ends
 * with its line.
 *
 *     3 4 1 2      # three images of four channels of 1 x 2 pixels
 *     2 3   5 7   11 13   17 19
 *     ... */
#include "base/status.h"
#include <stddef.h>

enum { VALUES_MAX = 10000 };

typedef struct Values {
  int n, c, h, w;
  double *x; /* [N][C][H][W], owned; values_free */
} Values;

/* Three images of four channels of 1 x 2 pixels. */
Status values_example(Values *values) MUST_CHECK;

/* STATUS_FILE: cannot be opened or read. STATUS_DATA with "FILE:LINE: ...": sizes missing or below
 * 1, more than VALUES_MAX elements, something that is not a finite number, too few or too many of
 * them. values is to be freed in no case of failure. */
Status values_read(Values *values, const char *file) MUST_CHECK;

void values_free(Values *values);

#endif
