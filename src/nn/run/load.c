#include "load.h"

#include "share.h"

static int augments(const Context *context) {
  return context->pass->now.is_training && context->pass->augment.run;
}

/* Where the image of a sample is, once augment() has been called for it. */
static const uint8_t *image_of(const Context *context, uint32_t sample, int lane) {
  const Batch *now = &context->pass->now;
  const size_t bytes = (size_t)now->set->c * (size_t)now->set->h * (size_t)now->set->w;
  if (augments(context)) return context->first->images + (size_t)lane * bytes;
  return now->set->pixels + (size_t)sample * bytes;
}

static void augment(const Context *context, uint32_t sample, int lane) {
  const Batch *now = &context->pass->now;
  const PassAugment *augment = &context->pass->augment;
  const size_t bytes = (size_t)now->set->c * (size_t)now->set->h * (size_t)now->set->w;
  if (augments(context))
    augment->run(augment->context, context->first->images + (size_t)lane * bytes,
                 now->set->pixels + (size_t)sample * bytes, context->thread->augment_scratch,
                 now->step, sample);
}

/* Some rows of all images. */
static void load_rows(const Context *context, const uint8_t *const image[LANES], Interval rows) {
  const Shape s = shape_of(context, 0);
  const size_t first = (size_t)rows.begin * (size_t)s.w, channel = (size_t)s.h * (size_t)s.w;
  const Shape part = {1, rows.end - rows.begin, s.w, s.stride};
  const int lanes = block_lanes();
  for (int c = 0; c < s.c; c++) {
    const uint8_t *pixel[LANES];
    for (int l = 0; l < lanes; l++)
      pixel[l] = image[l] ? image[l] + (size_t)c * channel + first : NULL;
    load_images(activation_of(context, 0) + (size_t)c * s.stride + first * (size_t)lanes, pixel,
                context->pass->now.table + 256 * c, part);
  }
}

void load_block(const Context *context, int block) {
  const Batch *now = &context->pass->now;
  Slot *slot = context->slot;
  const int lanes = block_lanes();
  const Interval own = share_interval(context, lanes);
  const int first = now->first_sample + batch_block_begin(now, block);
  const int n_left = now->first_sample + now->n_samples - first;
  const uint8_t *image[LANES];
  for (int l = 0; l < lanes; l++) {
    const int is_valid = l < n_left, is_own = l >= own.begin && l < own.end;
    uint32_t sample = is_valid ? (uint32_t)(first + l) : 0;
    if (is_valid && now->index) sample = now->index[sample];
    image[l] = is_valid ? image_of(context, sample, l) : NULL;
    if (!is_own) continue;
    if (is_valid) augment(context, sample, l);
    slot->label[l] = is_valid ? now->set->labels[sample] : 0;
    slot->lane[l] = sample;
  }
  if (share_is_first(context)) {
    slot->first = first;
    slot->n_valid = n_left < lanes ? n_left : lanes;
  }
  if (augments(context)) share_meet(context);
  load_rows(context, image, share_interval(context, shape_of(context, 0).h));
}
