#include "data/augment.h"
#include "train/fits.h"
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

Status training_data_augment(TrainingData *data, const Config *config, Pass *pass) {
  const ImageSet *set = &data->set.train;
  if (!augment_wanted(&config->augment)) return status_ok();
  TRY(fits_augmentation(config, &data->set));
  data->augment = &config->augment;
  data->augment_key = random_key(config->seed, RANDOM_AUGMENT);
  return pass_set_augment(
      pass,
      (PassAugment){.run = run, .context = data, .scratch_bytes = augment_scratch(set->h, set->w)});
}
