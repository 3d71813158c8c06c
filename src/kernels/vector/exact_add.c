#include "base/exact.h"
#include "vector/kernel_set.h"
#include "vector/sums.h"

/* A term t is whole + rest, with |rest| <= 1/2: whole 2^50 + rest 2^50 steps of 2^-50, each of
 * which is rounded to an integer by one addition, which leaves it in the low bits of a double, ties
 * to even. */
#define MAGIC 0x1.8p52
#define REST_MAGIC 0x1.8p2
#define SMALL 0x1p51 /* the bound of t */

typedef struct Lanes {
  vlu mask[LANES / VH]; /* of the lanes that count */
  int begin, end;
  double limit;
} Lanes;

static int add_large_row(ExactSum *sum, const double *lane, const Lanes *lanes) {
  int out_of_range = 0;
  for (int l = lanes->begin; l < lanes->end; l++)
    out_of_range |= exact_add(sum, lane[l], lanes->limit);
  return out_of_range;
}

/* Of VH rows, which lie at row[]. */
INLINE int add_rows(ExactSum *sum[VH], const double *row[VH], const Lanes *lanes) {
  const double bound = lanes->limit < SMALL ? lanes->limit : SMALL;
  const vdh magic = MAGIC + (vdh){0}, rest_magic = REST_MAGIC + (vdh){0}, most = bound + (vdh){0};
  vlu whole[VH], rest[VH], bad = {0};
#pragma GCC unroll 8
  for (int i = 0; i < VH; i++) {
    whole[i] = rest[i] = (vlu){0};
#pragma GCC unroll 8
    for (int h = 0; h < LANES / VH; h++) {
      const vdh term = (vdh)((vlu)vdh_load(row[i] + h * VH) & lanes->mask[h]);
      const vdh rounded = term + magic;
      bad |= ~(vlu)((term < most) & (term > -most));
      whole[i] += (vlu)rounded;
      rest[i] += (vlu)(term - (rounded - magic) + rest_magic);
    }
  }
  uint64_t any = 0;
  for (int i = 0; i < VH; i++) any |= bad[i];
  int out_of_range = 0;
  if (__builtin_expect(any != 0, 0)) {
    for (int i = 0; i < VH; i++) out_of_range |= add_large_row(sum[i], row[i], lanes);
    return out_of_range;
  }
  fold_rows(whole);
  fold_rows(rest);
  const vl wholes = (vl)(whole[0] - LANES * (vlu)magic),
           rests = (vl)(rest[0] - LANES * (vlu)rest_magic);
  for (int i = 0; i < VH; i++) *sum[i] += (ExactSum)wholes[i] * ((int64_t)1 << 50) + rests[i];
  return 0;
}

int ISA_NAME(exact_add_lanes)(ExactSum *sum, size_t step, const double *lane, size_t n, int begin,
                              int end, double limit) {
  static const double ZEROS[LANES] = {0};
  Lanes lanes = {.begin = begin, .end = end, .limit = limit};
  int64_t mask[LANES];
  int out_of_range = 0;
  for (int l = 0; l < LANES; l++) mask[l] = -(int64_t)(l >= begin && l < end);
  memcpy(lanes.mask, mask, sizeof mask);
  for (size_t i = 0; i < n; i += VH) {
    ExactSum unused = 0, *sums[VH];
    const double *row[VH];
    for (size_t k = 0; k < VH; k++) {
      sums[k] = i + k < n ? sum + (i + k) * step : &unused;
      row[k] = i + k < n ? lane + (i + k) * LANES : ZEROS;
    }
    out_of_range |= add_rows(sums, row, &lanes);
  }
  return out_of_range;
}
