#ifndef NORMLAB_NN_RUN_LOAD_H
#define NORMLAB_NN_RUN_LOAD_H
#include "context.h"

/* Fills the context's slot with the thread's share of a block of the batch in progress: images,
 * which are augmented in training and then normalized by the table; labels; and sample numbers.
 * Lanes beyond the batch are zero. */
void load_block(const Context *context, int block);

#endif
