#include "data/cifar_folder.h"
#include "data/folder.h"

#include <string.h>

static const char *first_file(const FolderPaths *paths) {
  for (int i = 0; i < FOLDER_FILES; i++)
    if (paths->path[i]) return paths->path[i];
  return NULL;
}

static Status decide(FolderKind *kind, const char *folder, const FolderPaths *idx,
                     const CifarPaths *cifar) {
  const char *idx_file = first_file(idx);
  *kind = FOLDER_IDX;
  if (!cifar_is_there(cifar)) return status_ok();
  int idx_is_below = strcmp(idx->root, folder) != 0;
  int cifar_is_below = strcmp(cifar->root, folder) != 0;
  if (idx_file && idx_is_below == cifar_is_below)
    return status_error(
        STATUS_DATA,
        "%s: expected either MNIST's files or CIFAR-10's, found %s and %s: give the folder of one "
        "of them by --data DIR or NORMLAB_DATA",
        folder, idx_file, cifar->n_train > 0 ? cifar->train[0] : cifar->test);
  if (!idx_file || idx_is_below) *kind = FOLDER_CIFAR;
  return status_ok();
}

Status folder_kind(FolderKind *kind, const char *folder) {
  FolderPaths idx;
  CifarPaths cifar = {0};
  Status status = folder_find(&idx, folder);
  if (status.code == STATUS_OK) status = cifar_find(&cifar, folder);
  if (status.code == STATUS_OK) status = decide(kind, folder, &idx, &cifar);
  folder_paths_free(&idx);
  cifar_paths_free(&cifar);
  return status;
}
