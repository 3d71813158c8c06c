#include "base/log.h"
#include "data/digits.h"
#include "data/format.h"
#include <stdio.h>

enum { SEED = 1 };

static Status open_digits(DataSource *source, const char *folder) {
  (void)folder;
  *source = (DataSource){.n_train = DIGITS_TRAIN,
                         .n_test = DIGITS_TEST,
                         .n_classes = DIGITS_CLASSES,
                         .shape = {1, DIGITS_SIDE, DIGITS_SIDE}};
  return status_ok();
}

static Status draw(DataTarget *target, DataSource *source) {
  log_note("the data are synthetic digits, %d + %d images: what comes out is not MNIST's",
           source->n_train, source->n_test);
  digits_draw(target->train_pixels, target->train_labels, 0, source->n_train, SEED);
  digits_draw(target->test_pixels, target->test_labels, DIGITS_TEST_FIRST, source->n_test, SEED);
  target->n_classes = DIGITS_CLASSES;
  snprintf(target->source, sizeof target->source, "synthetic digits");
  snprintf(target->title, sizeof target->title, "synthetic digits");
  target->fit = FIT_DIGIT;
  return data_name_digits(target);
}

static Status check(const DataSource *source, const double *deviation) {
  (void)source, (void)deviation;
  return status_ok();
}

static void close_digits(DataSource *source) {
  (void)source;
}

static Status look(ImageShape *shape, const char *folder) {
  (void)folder;
  *shape = (ImageShape){1, DIGITS_SIDE, DIGITS_SIDE};
  return status_ok();
}

const DataFormat FORMAT_synthetic = {
    .name = "synthetic",
    .title = "synthetic digits",
    .about = "In place of a folder, the word synthetic asks train and study for synthetic digits, "
             "which are drawn; a folder of that name is given as ./synthetic.",
    .usual = {1, DIGITS_SIDE, DIGITS_SIDE},
    .look = look,
    .open = open_digits,
    .read = draw,
    .check = check,
    .close = close_digits};
