#ifndef NORMLAB_REPORT_MISTAKES_H
#define NORMLAB_REPORT_MISTAKES_H
/* Finds the images that networks get wrong. Not collective. */
#include "report/comparison.h"
#include "report/detail.h"

typedef struct Mistake {
  size_t image; /* the number within the set, from 0 */
  size_t n_wrong;
  int32_t label, prediction; /* the prediction is the wrong class that most runs predict, and the
                                smaller one if equally many do */
  double probability;        /* of that prediction: the mean over those runs; NaN: not known */
  double loss;               /* the mean over all runs; 0 where it is not known */
  const uint8_t *pixels;     /* [c][h][w]; NULL: they are not in the files */
  const PictureSet *set;     /* the set that the pixels are of */
} Mistake;

typedef struct Mistakes {
  Mistake *mistake; /* [n]: those that are shown; freed by mistakes_free() */
  size_t n;
  size_t n_any, n_all; /* the number of images that some run gets wrong, and that every run gets
                          wrong */
  size_t n_runs;       /* the number of finished runs with predictions for the same images */
  int is_mixed;        /* 1: runs were evaluated on different images, so there are no mistakes
                          here */
} Mistakes;

/* Finds at most n images: first those that most runs of a variant get wrong, among equals those
 * with the larger mean loss, and then the first. If variant is NULL, it takes the runs of all
 * variants, and only images that every run gets wrong. Returns STATUS_MEMORY. */
Status mistakes_find(Mistakes *mistakes, const Comparison *comparison, const Details *details,
                     const Variant *variant, size_t n) MUST_CHECK;
void mistakes_free(Mistakes *mistakes);

#endif
