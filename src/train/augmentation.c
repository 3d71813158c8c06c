#include "data/augment.h"
#include "internal.h"

static void run(const void *context, uint8_t *out, const uint8_t *image, void *scratch,
                uint64_t step, uint32_t sample) {
  const Trainer *trainer = context;
  const ImageSet *set = &trainer->data.train;
  Augmentation augmentation;
  augment_draw(&augmentation, &trainer->config->augment, trainer->augment_key,
               step / (uint64_t)sampler_steps(&trainer->sampler), sample);
  augment_apply(out, image, set->c, set->h, set->w, &augmentation, scratch);
}

/* What moves an image by its own size leaves nothing of it. */
static Status check_sizes(const Trainer *trainer) {
  const AugmentConfig *augment = &trainer->config->augment;
  int h = trainer->data.train.h, w = trainer->data.train.w, smaller = h < w ? h : w;
  if (augment->crop < smaller && augment->shift < smaller) return status_ok();
  int is_crop = augment->crop >= smaller;
  return status_error(STATUS_USAGE,
                      "%s: augment.%s: %g, but images are of %d x %d; accepted: below %d",
                      trainer->config->file, is_crop ? "crop" : "shift",
                      is_crop ? augment->crop : augment->shift, h, w, smaller);
}

Status augmentation_start(Trainer *trainer) {
  if (!augment_wanted(&trainer->config->augment)) return status_ok();
  TRY(check_sizes(trainer));
  trainer->augment_key = random_key(trainer->config->seed, RANDOM_AUGMENT);
  return pass_set_augment(trainer->pass,
                          (PassAugment){.run = run,
                                        .context = trainer,
                                        .scratch_bytes = augment_scratch(trainer->data.train.h,
                                                                         trainer->data.train.w)});
}
