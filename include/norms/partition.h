#ifndef NORMLAB_NORMS_PARTITION_H
#define NORMLAB_NORMS_PARTITION_H
/* Which elements of an activation share statistics: a norm's row, worked out for one shape. The
 * executor, the explanations and the summary read it and need not know which norm it is of. */
#include "norms/norms.h"

typedef struct NormMap {
  NormUnit unit;
  int unit_channels; /* the channels of a unit: K for NORM_UNIT_PIXEL, otherwise 1 */
  NormAffine affine;
  int is_centred;      /* the mean is subtracted; otherwise statistics are those about 0 */
  int has_shift;       /* there is a beta */
  int crosses_samples; /* statistics are shared by samples (batch norm), which needs an exchange */
  int batch_group;     /* samples a group, 0: the whole batch; 0 unless crosses_samples */
  int n_units;         /* statistics units of a sample */
  int n_groups;        /* groups of a sample (or of a group of samples) */
  int *group;          /* [n_units]: the group of each unit, 0 .. n_groups - 1; the units of a group
                          need not lie side by side: over(c,w) has a row of every channel in one */
  int group_elements;  /* elements of one sample in one group */
  int n_gamma;         /* elements of gamma, and of beta where there is one; 0: there is neither */
  int gamma_shape[3], gamma_dims; /* as PyTorch shapes it */
} NormMap;

/* Works a norm out for a shape. The caller frees the map with norm_map_free. Returns STATUS_USAGE,
 * with the reason, if the norm does not fit the shape (groups that do not divide the channels); the
 * text names no place, so the caller adds file and line. The norm must have statistics. */
Status norm_map_make(NormMap *map, NormSpec spec, Shape shape) MUST_CHECK;
void norm_map_free(NormMap *map);

/* Returns the number of groups of samples in a batch of n_samples: at least 1. Each has batch_group
 * consecutive samples, and a remainder joins the last one. */
int norm_map_sample_groups(const NormMap *map, int n_samples);
/* Returns the group that a sample of such a batch belongs to. */
int norm_map_sample_group(const NormMap *map, int n_samples, int sample);
/* Returns the number of samples in group g. */
int norm_map_group_samples(const NormMap *map, int n_samples, int g);

/* Returns the number of elements in the smallest group of statistics in a batch of n_samples. */
int64_t norm_map_least_elements(const NormMap *map, int n_samples);
/* Returns STATUS_USAGE if a group of statistics in a batch of n_samples has one element: its
 * deviation is 0, so that what the norm gives does not depend on its input, and nothing before it
 * learns. The text names the norm and the shape, which the map is of, and says what to do. */
Status norm_map_check(const NormMap *map, NormSpec spec, Shape shape, int n_samples) MUST_CHECK;

#endif
