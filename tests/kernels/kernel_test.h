#ifndef NORMLAB_TESTS_KERNEL_TEST_H
#define NORMLAB_TESTS_KERNEL_TEST_H
/* What the tests of the kernels share. */
#include "kernels/block.h"
#include "kernels/isa.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* A group's setup: kernels work on blocks of as many lanes as the test is compiled for. */
int use_lanes(void **state);

/* 1 if this processor has the instruction set, which the kernels then use. */
int use_isa(Isa isa);

/* Zeroed, 64-byte aligned; the caller frees it. */
void *aligned_zeros(size_t n, size_t size);

/* Numbers that depend on the state alone: uniform in [-1, 1), about normal with deviation 1. */
double next_uniform(uint64_t *state);
double next_normal(uint64_t *state);

/* Fails unless |got[i] - want[i]| <= tolerance for each i; a NaN fails. */
void assert_near(const double *got, const double *want, size_t n, double tolerance,
                 const char *what);
void assert_one_near(double got, double want, double tolerance, const char *what);
double largest_magnitude(const double *x, size_t n);

/* A dense [n][c][h][w] array to blocks, empty lanes filled with a number, and back. */
void to_blocks(float *block, const double *dense, int n, Shape s, float empty);
void from_blocks(double *dense, const float *block, int n, Shape s);

#endif
