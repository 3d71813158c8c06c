#include "data/augment.h"
#include "training_data.h"

static void run(const void *context, uint8_t *out, const uint8_t *image, void *scratch,
                uint64_t step, uint32_t sample) {
  const TrainingData *data = context;
  const ImageSet *set = &data->set.train;
  Augmentation augmentation;
  augment_draw(&augmentation, data->augment, data->augment_key,
               step / (uint64_t)sampler_steps(&data->sampler), sample);
  augment_apply(out, image, set->c, set->h, set->w, &augmentation, scratch);
}

/* What moves an image by its own size leaves nothing of it. */
static Status check_sizes(const ImageSet *set, const Config *config) {
  const AugmentConfig *augment = &config->augment;
  int smaller = set->h < set->w ? set->h : set->w;
  if (augment->crop < smaller && augment->shift < smaller) return status_ok();
  int is_crop = augment->crop >= smaller;
  return status_error(STATUS_USAGE,
                      "%s: augment.%s: %g, but images are of %d x %d; accepted: below %d",
                      config->file, is_crop ? "crop" : "shift",
                      is_crop ? augment->crop : augment->shift, set->h, set->w, smaller);
}

Status training_data_augment(TrainingData *data, const Config *config, Pass *pass) {
  const ImageSet *set = &data->set.train;
  if (!augment_wanted(&config->augment)) return status_ok();
  TRY(check_sizes(set, config));
  data->augment = &config->augment;
  data->augment_key = random_key(config->seed, RANDOM_AUGMENT);
  return pass_set_augment(
      pass,
      (PassAugment){.run = run, .context = data, .scratch_bytes = augment_scratch(set->h, set->w)});
}
