#include "data/format.h"

#include "base/log.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FORMATS = 32 };

static int n_formats(void) {
  int n = 0;
  while (DATA_FORMATS[n]) n++;
  BUG_IF(n > MAX_FORMATS);
  return n;
}

/* Of the formats that have files there, those in the folder itself come before those below. */
static Status choose(const DataFormat **format, const DataPlace *places, const char *folder) {
  int chosen = -1, n = n_formats();
  for (int is_below = 0; is_below < 2 && chosen < 0; is_below++)
    for (int i = 0; i < n; i++) {
      if (!places[i].file || places[i].is_below != is_below) continue;
      if (chosen >= 0)
        return status_error(STATUS_DATA,
                            "%s: expected either %s's files or %s's, found %s and %s: give the "
                            "folder of one of them by --data DIR or NORMLAB_DATA",
                            folder, DATA_FORMATS[chosen]->title, DATA_FORMATS[i]->title,
                            places[chosen].file, places[i].file);
      chosen = i;
    }
  *format = DATA_FORMATS[chosen < 0 ? 0 : chosen];
  return status_ok();
}

Status data_format_find(const DataFormat **format, const char *folder) {
  DataPlace places[MAX_FORMATS] = {{0}};
  const int n = n_formats();
  Status status = status_ok();
  if (!folder || !*folder) {
    for (int i = 0; i < n; i++)
      if (!DATA_FORMATS[i]->files) *format = DATA_FORMATS[i];
    return status;
  }
  for (int i = 0; i < n && status.code == STATUS_OK; i++)
    if (DATA_FORMATS[i]->files) status = DATA_FORMATS[i]->find(&places[i], folder);
  if (status.code == STATUS_OK) status = choose(format, places, folder);
  for (int i = 0; i < n; i++) free(places[i].file);
  return status;
}

const DataFormat *data_format_named(const char *name) {
  for (int i = 0; i < n_formats(); i++)
    if (DATA_FORMATS[i]->files && strcmp(DATA_FORMATS[i]->name, name) == 0) return DATA_FORMATS[i];
  return NULL;
}

void data_format_names(char *text, size_t bytes, const char *separator, const char *last) {
  const char *names[MAX_FORMATS];
  int n = 0;
  size_t used = 0;
  for (int i = 0; i < n_formats(); i++)
    if (DATA_FORMATS[i]->files) names[n++] = DATA_FORMATS[i]->name;
  for (int i = 0; i < n && used < bytes; i++)
    used += (size_t)snprintf(text + used, bytes - used, "%s%s",
                             i == 0       ? ""
                             : i == n - 1 ? last
                                          : separator,
                             names[i]);
}

void data_format_others(char *text, size_t bytes) {
  size_t used = 0;
  text[0] = '\0';
  for (int i = 1; i < n_formats() && used < bytes; i++)
    if (DATA_FORMATS[i]->files)
      used += (size_t)snprintf(text + used, bytes - used, "; or %s's %s", DATA_FORMATS[i]->title,
                               DATA_FORMATS[i]->files);
}

const char *data_format_about(int i) {
  return i < n_formats() ? DATA_FORMATS[i]->about : NULL;
}

void data_print_classes(const ImageSet *train, const ImageSet *test, int n_classes) {
  int count[2][256] = {{0}};
  for (int i = 0; i < train->n; i++) count[0][train->labels[i]]++;
  for (int i = 0; i < test->n; i++) count[1][test->labels[i]]++;
  printf("\n%-6s %10s %10s\n", "class", "train", "test");
  for (int k = 0; k < n_classes; k++) printf("%-6d %10d %10d\n", k, count[0][k], count[1][k]);
  printf("%-6s %10d %10d\n", "all", train->n, test->n);
}

void data_print_moments(const double *mean, const double *deviation, int n_channels) {
  for (int c = 0; c < n_channels; c++) printf("%s%.6f", c ? ", " : "\nmean ", mean[c]);
  for (int c = 0; c < n_channels; c++) printf("%s%.6f", c ? ", " : ", deviation ", deviation[c]);
  printf(" (pixels 0 .. 1 of the train set)\n");
}
