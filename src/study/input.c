#include "study/input.h"

#include "data/cifar_folder.h"
#include "data/folder.h"
#include "nn/network.h"

static const InputShape MNIST = {1, 28, 28}, CIFAR10 = {3, 32, 32};

static Status check_folder(InputShape *shape, StudyData *data, const char *path) {
  FolderKind kind;
  TRY(folder_kind(&kind, path));
  if (kind == FOLDER_CIFAR) {
    CifarPaths paths;
    Status status = cifar_find(&paths, path);
    if (status.code == STATUS_OK) status = cifar_complete(&paths);
    cifar_paths_free(&paths);
    *shape = CIFAR10;
    *data = STUDY_DATA_CIFAR10;
    return status;
  }
  Folder folder;
  TRY(folder_open(&folder, path));
  IdxShape images = idx_shape(folder.file[TRAIN_IMAGES]);
  folder_close(&folder);
  *shape = (InputShape){1, images.h, images.w};
  *data = STUDY_DATA_MNIST;
  return status_ok();
}

static const char *title(StudyData data) {
  return data == STUDY_DATA_CIFAR10 ? "CIFAR-10" : "MNIST";
}

Status input_check(InputShape *shape, const Study *study, const char *folder) {
  StudyData found = STUDY_DATA_ANY;
  *shape = MNIST; /* what synthetic digits are like */
  if (folder)
    TRY(check_folder(shape, &found, folder));
  else if (study->data != STUDY_DATA_ANY)
    return status_error(STATUS_USAGE,
                        "%s: data: wants data in the format of %s, but no folder is given: use "
                        "--data DIR or NORMLAB_DATA",
                        study->file, title(study->data));
  if (study->data == STUDY_DATA_ANY || study->data == found) return status_ok();
  return status_error(STATUS_USAGE,
                      "%s: data: wants data in the format of %s, but %s has that of %s: give "
                      "another folder by --data DIR or NORMLAB_DATA",
                      study->file, title(study->data), folder, title(found));
}

InputShape input_guess(const Study *study, const char *folder) {
  InputShape shape;
  if (input_check(&shape, study, folder).code == STATUS_OK) return shape;
  return study->data == STUDY_DATA_CIFAR10 ? CIFAR10 : MNIST;
}

Status input_count(size_t *n_parameters, size_t *n_norms, const StudyVariant *variant,
                   InputShape shape) {
  Network network;
  Status status = network_build(&network, variant->config, shape.c, shape.h, shape.w);
  if (status.code != STATUS_OK)
    return status_error(status.code, "%.60s: %.900s", variant->title, status.text);
  *n_parameters = network.n_parameters;
  *n_norms = 0;
  for (int i = 0; i < network.n_tensors; i++)
    if (network.tensors[i].kind == TENSOR_NORM) *n_norms += network.tensors[i].n;
  network_free(&network);
  return status_ok();
}
