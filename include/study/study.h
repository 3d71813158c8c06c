#ifndef NORMLAB_STUDY_STUDY_H
#define NORMLAB_STUDY_STUDY_H
/* A study: a set of runs that are to be compared, which a YAML file describes.
 *
 *   base: ../wide.yaml             the configuration of all runs; relative to the study file
 *   name: wide-norms               names the folder of results; by default the study file's name
 *   data: mnist                    or cifar10: refuses data of another format; or synthetic,
 *                                  which needs no --data; without it the user says, as in train
 *   set: {batch: 64}               changes of the base for all runs
 *   variants:                      named sets of changes
 *     - {name: "batch, L1", norm: batch}
 *     - {norm: layer, set: {optimizer.l1: 0}}
 *   axes: {seed: 1..5, optimizer.lr: [0.01, 0.1]}
 *   tune:                          chooses values for each variant before its runs
 *     keys: {optimizer.lr: [0.01, 0.03, 0.1]}
 *     validation: 5000             training images that are held out to choose by (5000)
 *     seeds: 3                     seeds to choose by: 1001, 1002, 1003; or a range or a list
 *
 * A key is that of a configuration, with dots, or one of the short names of config_shorts(), such
 * as norm, seed, epochs and batch. In a variant the short names may stand beside `set`, and `name`
 * is by default the norm. The values of an axis are one range of whole numbers (1..5), or a list
 * of single values and such ranges. No key may be given both by the variants and by an axis. What
 * a variant sets replaces what the `set` of all runs sets. The seed can only be an axis: runs of
 * the same seed start from the same weights and see the same images in the same order, so that
 * variants are compared under common random numbers.
 *
 * The runs are the product of seeds, variants and the other axes as written. They are ordered by
 * seed first and by variant next, so that a study that is interrupted has all variants for some
 * seeds. The file of a run is
 *
 *   results/<name>/<variant>[-<last part of key><value>]...-s<seed>.h5
 *
 * or in results/<name>-synthetic, where the images are synthetic,
 * where the variant (or the norm, where that is an axis) is in lower case, and each row of
 * characters other than a-z, 0-9, dot and underscore is one '-'.
 *
 * With `tune` a study has two stages. In the first, each variant is trained with all combinations
 * of the values of these keys, the same for every variant, and evaluated on the validation split;
 * the files are in the folder `tuning` of the results. For each variant the values with the highest
 * mean accuracy are chosen; values of which a run has diverged come behind those of which none has,
 * and of equal ones the first is taken. In the second stage the variants are trained with what was
 * chosen for them, on all training images and with other seeds, and evaluated on the test set.
 * Comparing variants at one value for all compares recipes (Bouthillier et al. 2021).
 *
 * Errors are STATUS_USAGE with "FILE:LINE: KEY: what is wrong; what is accepted". Nothing here is
 * collective or needs MPI. */
#include "config/config.h"
#include "data/format.h"

/* What is compared: everything that makes a run, but the seed. */
typedef struct StudyVariant {
  char *title; /* "batch, L1"; with the values of the other axes: "batch, lr 0.1" */
  char *stem;  /* the beginning of its file names: "batch-l1" */
  ConfigChange *changes;
  int n_changes;
  Config *config; /* the configuration of its run of the first seed */
} StudyVariant;

typedef struct StudyRun {
  const StudyVariant *variant;
  char *name;            /* "batch-l1-s1" */
  char *path;            /* FOLDER/NAME.h5, the result file */
  ConfigChange *changes; /* all changes of the base: the variant's, the seed, the command line's */
  int n_changes;
  Config *config;
} StudyRun;

typedef struct Study {
  struct Study *tuning; /* the runs of the first stage; NULL: there is none. This study is then the
                           second stage, whose variants are not known before is_chosen */
  const struct Tune *tune; /* private: the keys and values that are tuned; NULL: none are */
  int is_chosen;           /* 1: there is no first stage, or it is done and its choice is in the
                           variants */
  char *file, *name, *folder;
  char *base;             /* the path of the base from the current folder */
  const DataFormat *data; /* the format that its data must have; NULL: any */
  const char *told;  /* what the runs are told by --data; NULL: nothing, as NORMLAB_DATA says it */
  const char *input; /* what the runs will read: a folder, or "synthetic"; NULL: nothing is given */
  StudyVariant *variants;
  StudyRun *runs;
  int n_variants, n_seeds, n_runs;
  const char **axes; /* [n_axes]: the keys of the axes other than the seed, those of tuning last */
  int n_axes;
  int n_choices; /* of a first stage: the combinations of the tuned keys, which are neighbours among
                    the variants; 1 otherwise */
  void *owner;   /* private; it owns what the study refers to */
} Study;

enum { STUDY_MAX_RUNS = 4096 };

/* Where a study comes from. */
typedef struct StudySource {
  const char *file;   /* the YAML file of the study */
  const char *base;   /* is read in place of the base that the file names; NULL: that one */
  const char *folder; /* that of the result files; NULL: results/<name> */
  const char *data;   /* what the user gives by --data, or NULL; then a study of synthetic digits
                         needs nothing, and others have NORMLAB_DATA */
  const ConfigChange *changes; /* [n_changes], those of the command line for all runs; they must not
                                  be of keys that variants or axes set */
  int n_changes;
  int n_seeds; /* so many seeds of the second stage, counted up from the first one of the file; 0:
                  those of the file */
} StudySource;

/* Reads a study and its base, and checks everything that can be checked without the data. With
 * tuning it looks at the result files of the first stage. What the source points to must live as
 * long as the study. The caller frees the study by study_free(); after a failure there is nothing
 * to free. */
Status study_read_source(Study *study, const StudySource *source) MUST_CHECK;
/* The same with the base and the seeds of the file. */
Status study_read(Study *study, const char *file, const char *folder, const char *data,
                  const ConfigChange *changes, int n_changes) MUST_CHECK;
void study_free(Study *study);

/* Sets *is_study to whether a YAML file is meant as a study: whether it has the key `base`. The
 * failures are those of reading YAML (config/tree.h). */
Status study_is_one(int *is_study, const char *file) MUST_CHECK;

#endif
