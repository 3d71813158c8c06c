#ifndef NORMLAB_BASE_SERIES_H
#define NORMLAB_BASE_SERIES_H
/* Functions computed by their series, with additions, multiplications and divisions alone, which
 * every processor and library rounds alike. A library's own may differ in the last bit. Not
 * collective. */

/* Set the sine and the cosine of an angle of -180 to 180 degrees. */
void series_sine_and_cosine(double *sine, double *cosine, double degrees);

/* Returns the natural logarithm of x, which is finite and above 0. */
double series_log(double x);

/* Returns e to the power x, for x from -700 to 700. */
double series_exp(double x);

#endif
