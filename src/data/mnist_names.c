#include "mnist_names.h"

#include "imported_note.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FASHION_TRAIN = 60000, FASHION_TEST = 10000, FASHION_CLASSES = 10 };
static const char *const FASHION[FASHION_CLASSES] = {
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
    "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};

static int ends_with(const char *text, const char *end) {
  const size_t n = strlen(text), n_end = strlen(end);
  return n >= n_end && strcmp(text + n - n_end, end) == 0;
}

static int is_fashion(const char *folder, DataCounts counts, int n_classes) {
  char *real = realpath(folder, NULL);
  const int is_named =
      real && (ends_with(real, "/FashionMNIST") || ends_with(real, "/FashionMNIST/raw"));
  free(real);
  return is_named && counts.n_train == FASHION_TRAIN && counts.n_test == FASHION_TEST &&
         n_classes == FASHION_CLASSES;
}

/* Clothes do not stand as digits do: a picture of them is taken as it is. */
static void name_fashion(ImportedNote *note) {
  snprintf(note->name, sizeof note->name, "Fashion-MNIST");
  note->fit = FIT_CROP;
  note->n_classes = FASHION_CLASSES;
  for (int k = 0; k < FASHION_CLASSES; k++)
    snprintf(note->class_name[k], DATA_CLASS, "%s", FASHION[k]);
}

Status mnist_names(ImportedNote *note, const char *folder, DataCounts counts, int n_classes) {
  TRY(named_read(note, folder));
  if (note->n_classes == 0 && is_fashion(folder, counts, n_classes)) name_fashion(note);
  if (note->n_classes == 0 || note->n_classes >= n_classes) return status_ok();
  return status_error(
      STATUS_DATA, "%s/" NAMED_NOTE ": expected names of %d classes, as the labels have, found %d",
      folder, n_classes, note->n_classes);
}
