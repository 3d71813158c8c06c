#ifndef NORMLAB_NN_RUN_EVALUATE_H
#define NORMLAB_NN_RUN_EVALUATE_H
#include "share.h"

/* What evaluation and the statistics that it takes have in common. */

/* Begins a batch that is all of the set, in its order, without dropout and augmentation, and not
 * grouped. Not collective. */
void evaluation_begin(Pass *pass, const ImageSet *set, const float *table);

/* Does the steps of a block from the images up to step `last` of the plan. The statistics of norms
 * must be there already, so sums are left out but those of step `last` itself. It is called as
 * BlockWork is (share.h). Not collective. */
void evaluation_steps(const Context *context, int t, int block, int last);

/* Collective. Takes the statistics of all norms that cross samples from the batch in progress, in
 * the order of the norms, each with those before it in place: so there is a pass over the batch up
 * to each of these norms. Returns 1 if a term of a sum was out of range, on any rank. */
int evaluation_sums(Pass *pass) MUST_CHECK;

#endif
