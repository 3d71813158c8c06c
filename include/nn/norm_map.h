#ifndef NORMLAB_NN_NORM_MAP_H
#define NORMLAB_NN_NORM_MAP_H
/* Which elements of an activation share statistics, for each norm variant: the only place where the
 * variants differ. To add one: a kind and its spelling in config/config.h and config/norm_spec.c, a
 * function and its row in norm_map.c, a row in the table of tests/nn, a row in README.md. */
#include "config/config.h"
#include "kernels/norm.h"

typedef struct NormMap {
  NormUnit unit;
  NormAffine affine;
  int crosses_samples; /* statistics are shared by samples (batch norm): needs an exchange */
  int batch_group;     /* samples a group, 0: the whole batch; only if crosses_samples */
  int n_units;         /* statistics units of a sample: channels or rows */
  int n_groups;        /* groups of a sample (or of a group of samples) */
  int *group;          /* [n_units]: the group of each unit, 0 .. n_groups - 1 */
  int group_elements;  /* elements of one sample in one group */
  int n_gamma;         /* elements of gamma and of beta */
  int gamma_shape[3], gamma_dims; /* as PyTorch shapes it */
} NormMap;

/* STATUS_USAGE, with the reason, if the variant does not fit the shape (groups that do not divide
 * the channels). text only, without place: the caller adds file and line. kind must not be
 * NORM_NONE. */
Status norm_map_make(NormMap *map, NormSpec spec, Shape shape) MUST_CHECK;
void norm_map_free(NormMap *map);

/* Groups of samples in a batch of n_samples, at least 1, and the one sample i belongs to: N
 * consecutive samples each, a remainder joins the last one. */
int norm_map_sample_groups(const NormMap *map, int n_samples);
int norm_map_sample_group(const NormMap *map, int n_samples, int sample);
/* Samples in group g. */
int norm_map_group_samples(const NormMap *map, int n_samples, int g);

#endif
