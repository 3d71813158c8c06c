#include "row.h"

static const NormKind *const KINDS[] = {
#define NORM(row) &row,
#include "list.h"
#undef NORM
};

const NormKind *norm_kind(int i) {
  return i < (int)(sizeof KINDS / sizeof *KINDS) ? KINDS[i] : NULL;
}
