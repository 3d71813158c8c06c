#ifndef NORMLAB_STUDY_INPUT_H
#define NORMLAB_STUDY_INPUT_H
#include "study/study.h"
#include <stddef.h>

/* Images of the data folder (NULL: none). If the study names the format of its data, the folder
 * must be there and of that format: STATUS_USAGE. Failures as of dataset_load. */
Status input_check(ImageShape *shape, const Study *study, const char *folder) MUST_CHECK;
/* The same as far as can be told without a failure, for tables. */
ImageShape input_guess(const Study *study, const char *folder);

/* Parameters of a variant's network on such images, those of its norms as a part of them. Failures
 * of network_build (the norm does not fit the channels, ...), with the name of the variant. */
Status input_count(size_t *n_parameters, size_t *n_norms, const StudyVariant *variant,
                   ImageShape shape) MUST_CHECK;

#endif
