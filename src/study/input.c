#include "study/input.h"

#include "nn/network.h"
#include "train/fits.h"
#include <stdio.h>

Status input_check(ImageShape *shape, const Study *study) {
  const char *folder = study->input;
  const DataFormat *found;
  if (!folder && study->data)
    return status_error(STATUS_USAGE,
                        "%s: data: wants data in the format of %s, but no folder is given: use "
                        "--data DIR or NORMLAB_DATA",
                        study->file, study->data->title);
  TRY(data_format_find(&found, folder));
  TRY(found->look(shape, folder));
  if (!study->data || study->data == found) return status_ok();
  return status_error(STATUS_USAGE,
                      "%s: data: wants %s, but %s %s %s: give others by --data DIR or "
                      "NORMLAB_DATA",
                      study->file, study->data->title, folder,
                      found->files ? "has the format of" : "stands for", found->title);
}

const DataFormat *input_format(const Study *study) {
  const DataFormat *found;
  if (data_format_find(&found, study->input).code == STATUS_OK) return found;
  return study->data;
}

ImageShape input_guess(const Study *study) {
  ImageShape shape;
  if (input_check(&shape, study).code == STATUS_OK) return shape;
  return study->data ? study->data->usual : DATA_FORMATS[0]->usual;
}

/* A set of such sizes, without images. */
static DataSet set_of(const DataSource *source, const char *input) {
  const ImageShape s = source->shape;
  DataSet set = {.train = {.n = source->n_train, .c = s.c, .h = s.h, .w = s.w},
                 .test = {.n = source->n_test, .c = s.c, .h = s.h, .w = s.w},
                 .n_classes = source->n_classes};
  snprintf(set.source, sizeof set.source, "%s", input);
  return set;
}

Status input_fits(const Study *study) {
  const DataFormat *format;
  DataSource source;
  ImageShape shape;
  if (input_check(&shape, study).code != STATUS_OK) return status_ok();
  TRY(data_format_find(&format, study->input));
  TRY(format->open(&source, study->input));
  const DataSet set = set_of(&source, study->input);
  format->close(&source);
  for (int i = 0; i < study->n_variants; i++) { /* the same for other seeds */
    const StudyRun *run = &study->runs[i];
    Status status = fits_all(run->config, &set);
    if (status.code != STATUS_OK)
      return status_error(status.code, "%.60s, %.60s: %.800s", run->name, run->variant->title,
                          status.text);
  }
  return status_ok();
}

Status input_count(size_t *n_parameters, size_t *n_norms, const StudyVariant *variant,
                   ImageShape shape) {
  Network network;
  Status status = network_build(&network, variant->config, shape.c, shape.h, shape.w);
  if (status.code == STATUS_OK) status = network_check(&network, 0);
  if (status.code != STATUS_OK) {
    network_free(&network);
    return status_error(status.code, "%.60s: %.900s", variant->title, status.text);
  }
  *n_parameters = network.n_parameters;
  *n_norms = 0;
  for (int i = 0; i < network.n_tensors; i++)
    if (network.tensors[i].is_norm) *n_norms += network.tensors[i].n;
  network_free(&network);
  return status_ok();
}
