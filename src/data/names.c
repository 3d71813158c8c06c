#include "base/memory.h"
#include "base/utf8.h"
#include "data/format.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

const char *const PICTURE_FITS[N_PICTURE_FITS] = {
    [FIT_CROP] = "crop", [FIT_PAD] = "pad", [FIT_STRETCH] = "stretch", [FIT_DIGIT] = "digit"};

int picture_fit_named(PictureFit *fit, const char *name) {
  for (int k = 0; k < N_PICTURE_FITS; k++) {
    if (strcmp(PICTURE_FITS[k], name) != 0) continue;
    *fit = (PictureFit)k;
    return 1;
  }
  return 0;
}

Status data_name_classes(DataTarget *target, const char *const *name) {
  const size_t n = (size_t)target->n_classes;
  TRY(memory_allocate(&target->class_name, n, sizeof *target->class_name, "names of classes"));
  for (size_t k = 0; k < n; k++) snprintf(target->class_name[k], DATA_CLASS, "%s", name[k]);
  return status_ok();
}

Status data_name_digits(DataTarget *target) {
  char text[DATA_CLASSES][4];
  const char *name[DATA_CLASSES];
  for (int k = 0; k < DATA_CLASSES; k++) {
    snprintf(text[k], sizeof text[k], "%d", k & 0xff);
    name[k] = text[k];
  }
  return data_name_classes(target, name);
}

int data_name_is_fine(const char *name, size_t bytes) {
  if (!*name || strlen(name) >= bytes) return 0;
  for (int length; *name; name += length)
    if ((length = utf8_length(name)) == 0 || iscntrl((unsigned char)*name)) return 0;
  return 1;
}
