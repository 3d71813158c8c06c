#ifndef NORMLAB_TESTS_NORM_ROWS_H
#define NORMLAB_TESTS_NORM_ROWS_H
/* The norms by the names of their rows, which the program itself never uses. */
#include "norms/norms.h"

#define NORM(row) extern const NormKind row;
#include "../../src/norms/list.h"
#undef NORM

#endif
