#ifndef NORMLAB_STUDY_STUDY_H
#define NORMLAB_STUDY_STUDY_H
/* A study: runs that are to be compared, out of a YAML file.
 *
 *   base: ../wide.yaml             configuration of all runs; relative to the study file
 *   name: wide-norms               of the folder of results; the study file's name by default
 *   data: mnist                    or cifar10: refuse data of another format, and no synthetic
 *                                  digits; without it anything goes, as in train
 *   set: {batch: 64}               changes of the base for all runs
 *   variants:                      named sets of changes
 *     - {name: "batch, L1", norm: batch}
 *     - {norm: layer, set: {optimizer.l1: 0}}
 *   axes: {seed: 1..5, optimizer.lr: [0.01, 0.1]}
 *
 * A key is that of a configuration with dots, or one of config_shorts: norm, seed, epochs, batch.
 * In a variant the short ones may stand beside `set`; `name` is the norm by default. The values of
 * an axis are a list of single values and of ranges of whole numbers (1..5), or one range. No key
 * may be given by two of variants and axes. What a variant sets takes the place of what `set` of
 * all sets. The seed belongs to the axes alone: runs of the same seed start from the same weights
 * and see the same images in the same order, so that variants are compared under common random
 * numbers.
 *
 * The runs are the product, ordered by seed, then by variant, then by the other axes as written, so
 * that a study that is interrupted has all variants for some seeds. A run's file is
 *
 *   results/<name>/<variant>[-<last part of key><value>]...-s<seed>.h5
 *
 * with the variant (or the norm, where that is an axis) in lower case and each run of characters
 * other than a-z 0-9 . _ as one '-'.
 *
 * Errors are STATUS_USAGE with "FILE:LINE: KEY: what is wrong; what is accepted". Not collective;
 * needs no MPI. */
#include "config/config.h"
#include "data/format.h"

/* What is compared: all but the seed. */
typedef struct StudyVariant {
  char *title; /* "batch, L1"; with the values of further axes: "batch, lr 0.1" */
  char *stem;  /* of file names: "batch-l1" */
  ConfigChange *changes;
  int n_changes;
  Config *config; /* of the first seed */
} StudyVariant;

typedef struct StudyRun {
  const StudyVariant *variant;
  char *name;            /* "batch-l1-s1" */
  char *path;            /* FOLDER/NAME.h5 */
  ConfigChange *changes; /* of the base, all: the variant's, the seed, the command line's */
  int n_changes;
  Config *config;
} StudyRun;

typedef struct Study {
  char *file, *name, *folder;
  char *base;             /* as a path from the current folder */
  const DataFormat *data; /* the format that it wants; NULL: any */
  StudyVariant *variants;
  StudyRun *runs;
  int n_variants, n_seeds, n_runs;
  const char **axes; /* keys, but for the seed */
  int n_axes;
  void *owner; /* private */
} Study;

enum { STUDY_MAX_RUNS = 4096 };

/* Reads FILE and the base. folder: of the result files, NULL for results/<name>. changes: of the
 * command line, for all runs, not of what variants or axes set; they must live as long as the
 * study. Everything that can be checked without the data is. Freed by study_free; nothing is to be
 * freed after a failure. */
Status study_read(Study *study, const char *file, const char *folder, const ConfigChange *changes,
                  int n_changes) MUST_CHECK;
void study_free(Study *study);

#endif
