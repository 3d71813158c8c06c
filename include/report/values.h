#ifndef NORMLAB_REPORT_VALUES_H
#define NORMLAB_REPORT_VALUES_H
/* Small arrays of numbers, with which a normalization is shown. Not collective.
 *
 * A file of values is text. Its first line has the four sizes N C H W. Then come N x C x H x W
 * numbers in the order of the array [N][C][H][W], so w changes fastest. They are divided by blanks
 * or line ends. "#" begins a comment that ends with its line.
 *
 *     3 4 1 2      # three images of four channels of 1 x 2 pixels
 *     2 3   5 7   11 13   17 19
 *     ... */
#include "base/status.h"
#include <stddef.h>

enum { VALUES_MAX = 10000 };

typedef struct Values {
  int n, c, h, w;
  double *x; /* [N][C][H][W]; freed by values_free() */
} Values;

/* Makes the example: three images of four channels of 1 x 2 pixels. Returns STATUS_MEMORY. */
Status values_example(Values *values) MUST_CHECK;

/* Reads a file of values. Returns STATUS_FILE if it cannot be opened or read. Returns STATUS_DATA
 * with "FILE:LINE: ..." if sizes are missing or below 1, if there are more than VALUES_MAX
 * elements, if something is not a finite number, or if there are too few or too many numbers.
 * After a failure there is nothing to free. */
Status values_read(Values *values, const char *file) MUST_CHECK;

void values_free(Values *values);

#endif
