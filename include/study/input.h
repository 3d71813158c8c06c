#ifndef NORMLAB_STUDY_INPUT_H
#define NORMLAB_STUDY_INPUT_H
/* The images that a study is going to see, and the networks that they make of its variants. Not
 * collective. */
#include "study/study.h"
#include <stddef.h>

/* Finds the shape of the images that the runs will read (Study.input). If the study names the
 * format of its data (Study.data), they must be of that format; otherwise the result is
 * STATUS_USAGE. The other failures are those of data_format_find(), which are for a study without
 * data too, and of DataFormat.look. */
Status input_check(ImageShape *shape, const Study *study) MUST_CHECK;
/* Returns the shape that input_check() finds or, where that fails, the usual shape of the study's
 * format; it is for tables. */
ImageShape input_guess(const Study *study);

/* Returns the format of the images that the runs will read or, where that cannot be told, the one
 * that the study wants; NULL if it wants none. */
const DataFormat *input_format(const Study *study);

/* Looks whether the data that the runs will read, if they can be found, can be trained on by every
 * run (train/fits.h), and names the first run that cannot. Returns STATUS_OK if the data cannot be
 * found. */
Status input_fits(const Study *study) MUST_CHECK;

/* Counts the parameters of a variant's network for images of this shape, and those among them that
 * belong to norms. The failures are those of network_build() (for example, the norm does not fit
 * the channels), with the title of the variant. */
Status input_count(size_t *n_parameters, size_t *n_norms, const StudyVariant *variant,
                   ImageShape shape) MUST_CHECK;

#endif
