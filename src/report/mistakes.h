#ifndef NORMLAB_REPORT_MISTAKES_H
#define NORMLAB_REPORT_MISTAKES_H
/* Images that networks get wrong. */
#include "report/comparison.h"
#include "report/detail.h"

typedef struct Mistake {
  size_t image; /* number within the set, from 0 */
  size_t n_wrong;
  int32_t label,
      prediction;        /* prediction: the wrong one of most runs, the smaller if equally many */
  double probability;    /* of that prediction: mean over those runs; NaN: not known */
  double loss;           /* mean over all runs, 0 where not known */
  const uint8_t *pixels; /* NULL: not in the files */
  const PictureSet *set; /* that pixels are of */
} Mistake;

typedef struct Mistakes {
  Mistake *mistake; /* [n] owned: those shown */
  size_t n;
  size_t n_any, n_all; /* images that some run, that every run gets wrong */
  size_t n_runs;       /* finished runs with predictions, of the same images */
  int is_mixed;        /* runs were evaluated on different images, so there are none */
} Mistakes;

/* The images that most runs of a variant get wrong; of these, those with the largest mean loss, and
 * of these the first; at most n. variant NULL: of all variants, only images that every run gets
 * wrong. STATUS_MEMORY. */
Status mistakes_find(Mistakes *mistakes, const Comparison *comparison, const Details *details,
                     const Variant *variant, size_t n) MUST_CHECK;
void mistakes_free(Mistakes *mistakes);

#endif
