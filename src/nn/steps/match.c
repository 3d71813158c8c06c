#include "match.h"

#include "classes.h"

static const NormTail *const TAILS[] = {&NORM_ROWS, &NORM_CONV, &NORM_POOL, &NORM_ALONE};
static const NormHead *const HEADS[] = {&CONV_NORM_CONV, &CONV_NORM, &CONV_SUMS, &NORM_SUMS};

int norm_group_make(NormGroup *group, const Network *network, int first, const int *n_readers,
                    int batch) {
  const Op *end = network->ops + network->n_ops, *op = network->ops + first, *norm = op;
  if (!norm_of(norm) && norm + 1 < end && norm[1].in == norm->out) norm++;
  if (!norm_of(norm)) return 0;
  const NormMap *map = &norm_of(norm)->map;
  *group = (NormGroup){.norm = norm, .map = map, .is_stored = 1};
  group->share_step = map->unit_channels;
  group->shares_rows = map->unit == NORM_UNIT_PIXEL;
  group->after = norm + 1 < end && norm[1].in == norm->out ? norm + 1 : NULL;
  size_t i = 0;
  while (!TAILS[i]->fits(group, network, n_readers)) i++;
  group->tail = TAILS[i];
  group->before = norm > op ? op : NULL;
  for (i = 0; !HEADS[i]->fits(group, network, n_readers, batch);) i++;
  group->head = HEADS[i];
  /* A convolution that has nothing to do with the norm is on its own. */
  if (norm > op && !group->before) return 0;
  return (group->before != NULL) + 1 + (group->after != NULL);
}
