#ifndef NORMLAB_TESTS_CONV_CASE_H
#define NORMLAB_TESTS_CONV_CASE_H
/* One convolution with random data, run by a backend into guarded arrays. */
#include "kernels/conv.h"
#include "kernels/isa.h"

#include <stdint.h>

typedef struct ConvCase {
  int in_c, out_c, h, w, kernel, stride, padding;
} ConvCase;

typedef struct ConvData {
  ConvShape s;
  size_t n_x, n_y, n_w; /* floats: x and dx, y and dy, w and dw */
  float *x, *dy, *w;    /* what lies between channels is NaN */
  float *y, *dx, *dw;   /* NaN before a run; dw: the values of the sums that a backend adds to */
} ConvData;

ConvShape conv_case_shape(ConvCase c);

/* Values uniform in (-1, 1), different for different seeds. */
ConvData conv_data_make(ConvCase c, unsigned seed);
void conv_data_free(ConvData *d);

/* All three operations. Scratch starts as NaN. Fails the test if the backend writes beyond an array
 * or beyond its scratch. */
void conv_data_run(ConvData *d, const ConvBackend *backend);

/* The same in bands: a few channels (all at once where the backend has it so) and rows at a time.
 * */
void conv_data_run_bands(ConvData *d, const ConvBackend *backend);

/* Errors of the three operations in d, which a backend has run: of y, dx and dw, the largest
 * difference from the double-precision twin over the twin's largest value; NaN if any is. */
void conv_errors(double error[3], const ConvData *d);

/* Fail the test unless the backend gives the same bits in bands as at once, and by all instruction
 * sets that there are as by the portable one. */
void conv_check_bands(const ConvCase *c, const ConvBackend *backend);
void conv_check_instruction_sets(const ConvCase *c, const ConvBackend *backend);

/* Selects an instruction set; 0 where this machine lacks it. */
int conv_select_isa(Isa isa);

void conv_print_case(const char *what, const ConvCase *c, double error);

/* Uniform in (-1, 1); changes the state. */
float conv_random(uint64_t *state);

/* Fills the lanes from n_valid on of [C][H][W][16] with values of f. */
void conv_fill_lanes(float *x, Shape s, int n_valid, float (*f)(uint64_t *), uint64_t *state);

/* Number of elements of two activations whose bits differ, what lies between channels left out. */
size_t conv_count_different(const float *a, const float *b, Shape s);

#endif
