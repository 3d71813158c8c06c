#ifndef NORMLAB_NORMS_ROW_H
#define NORMLAB_NORMS_ROW_H
/* The rows of src/norms/list.h. */
#include "norms/norms.h"

#define NORM(row) extern const NormKind row;
#include "list.h"
#undef NORM

#endif
