#ifndef NORMLAB_NORMS_ROW_H
#define NORMLAB_NORMS_ROW_H
/* What several rows are made of. */
#include "norms/norms.h"

#define NORM(row) extern const NormKind row;
#include "list.h"
#undef NORM

/* The texts of a centred norm with a shift. */
#define CENTRED_FORMULA "y = gamma (x - mean) / sqrt(variance + epsilon) + beta"
#define CENTRED_STATISTICS "variance = sum (x - mean)^2 / elements, deviation = sqrt(variance)"

/* Partitions: the whole sample is one group; each channel is one, whose unit is the channel; each
 * row of a channel is one, whose unit is the row; n_groups groups of equal width share the
 * channels, or groups of `width` channels do, which fails where channels are left over. */
Status partition_sample(int *n_groups, NormSpec spec, Shape shape);
Status partition_channels(int *n_groups, NormSpec spec, Shape shape);
Status partition_rows(int *n_groups, NormSpec spec, Shape shape);
Status partition_into_groups(int *n_groups, NormSpec spec, Shape shape);
Status partition_by_width(int *n_groups, NormSpec spec, Shape shape);

#endif
