#include "base/memory.h"
#include "data/cifar_folder.h"
#include "data/format.h"
#include "stream.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_BYTES = 4096 };
static const char *const STANDARD[CIFAR_CLASSES] = {
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"};

/* A name a line; empty lines may follow. */
static Status take_lines(CifarNames *names, char *text, const char *path) {
  int n = 0, number = 0;
  for (char *line; (line = strsep(&text, "\n"));) {
    number++;
    line[strcspn(line, "\r")] = '\0';
    if (line[0] == '\0' && (!text || n == CIFAR_CLASSES)) continue;
    if (n == CIFAR_CLASSES || !data_name_is_fine(line, sizeof names->name[0]))
      return status_error(STATUS_DATA,
                          "%s: line %d: expected the name of a class a line, %d of them, UTF-8 of "
                          "at most 255 bytes, found \"%.60s\"",
                          path, number, CIFAR_CLASSES, line);
    snprintf(names->name[n++], sizeof names->name[0], "%s", line);
  }
  if (n < CIFAR_CLASSES)
    return status_error(STATUS_DATA, "%s: line %d: expected the name of class %d, found its end",
                        path, number, n);
  names->is_known = 1;
  return status_ok();
}

static Status read_names(CifarNames *names, const char *path) {
  char text[MOST_BYTES + 1];
  TRY(stream_text(text, MOST_BYTES, path));
  return take_lines(names, text, path);
}

Status cifar_names(CifarNames *names, const CifarPaths *paths, int n_train) {
  struct stat about;
  char *path;
  *names = (CifarNames){.is_known = 0};
  if (asprintf(&path, "%s/" CIFAR_NAMES, paths->root) < 0)
    return status_error(STATUS_MEMORY, "%s: no memory for names of files", paths->root);
  const int is_there = stat(path, &about) == 0 || errno != ENOENT;
  Status status = is_there ? read_names(names, path) : status_ok();
  free(path);
  if (is_there || n_train % CIFAR_BATCH != 0) return status;
  names->is_known = 1;
  for (int k = 0; k < CIFAR_CLASSES; k++)
    snprintf(names->name[k], sizeof names->name[k], "%s", STANDARD[k]);
  return status;
}
