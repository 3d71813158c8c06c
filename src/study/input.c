#include "study/input.h"

#include "nn/network.h"

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
