#include "load.h"

/* The training image to load for a sample. */
static const uint8_t *augmented(const Context *context, const uint8_t *image, size_t pixels,
                                int lane, uint32_t sample) {
  const PassAugment *augment = &context->pass->augment;
  if (!context->pass->now.is_training || !augment->run) return image;
  uint8_t *out = context->thread->images + (size_t)lane * pixels;
  augment->run(augment->context, out, image, context->thread->augment_scratch,
               context->pass->now.step, sample);
  return out;
}

void load_block(const Context *context, int block) {
  const Batch *now = &context->pass->now;
  const ImageSet *set = now->set;
  Slot *slot = context->slot;
  size_t pixels = (size_t)set->c * (size_t)set->h * (size_t)set->w;
  const uint8_t *pixel[LANES];
  slot->first = block * LANES;
  slot->n_valid = now->count - slot->first < LANES ? now->count - slot->first : LANES;
  for (int l = 0; l < LANES; l++) {
    if (l >= slot->n_valid) {
      pixel[l] = NULL, slot->label[l] = 0, slot->lane[l] = 0;
      continue;
    }
    uint32_t sample = (uint32_t)(slot->first + l);
    if (now->index) sample = now->index[sample];
    pixel[l] = augmented(context, set->pixels + pixels * sample, pixels, l, sample);
    slot->label[l] = set->labels[sample];
    slot->lane[l] = sample;
  }
  load_images(activation_of(context, 0), pixel, now->table, shape_of(context, 0));
}
