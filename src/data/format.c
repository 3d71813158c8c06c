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

const char *data_given(const char *option) {
  const char *data = option ? option : getenv("NORMLAB_DATA");
  return data && *data ? data : NULL;
}

const DataFormat *data_format_drawn(const char *data) {
  const DataFormat *named = data ? data_format_named(data) : NULL;
  return named && !named->files ? named : NULL;
}

/* What to do without data: ", or ask for synthetic digits by --data synthetic". */
static Status nothing_given(void) {
  char drawn[200] = "";
  size_t used = 0;
  for (int i = 0; i < n_formats() && used < sizeof drawn; i++)
    if (!DATA_FORMATS[i]->files)
      used += (size_t)snprintf(drawn + used, sizeof drawn - used, ", or ask for %s by --data %s",
                               DATA_FORMATS[i]->title, DATA_FORMATS[i]->name);
  return status_error(STATUS_USAGE,
                      "no data are given: name a folder of images by --data DIR or NORMLAB_DATA%s",
                      drawn);
}

Status data_format_find(const DataFormat **format, const char *folder) {
  DataPlace places[MAX_FORMATS] = {{0}};
  const int n = n_formats();
  Status status = status_ok();
  if (!folder || !*folder) return nothing_given();
  *format = data_format_drawn(folder);
  if (*format) return status;
  for (int i = 0; i < n && status.code == STATUS_OK; i++)
    if (DATA_FORMATS[i]->files) status = DATA_FORMATS[i]->find(&places[i], folder);
  if (status.code == STATUS_OK) status = choose(format, places, folder);
  for (int i = 0; i < n; i++) free(places[i].file);
  return status;
}

const DataFormat *data_format_named(const char *name) {
  for (int i = 0; i < n_formats(); i++)
    if (strcmp(DATA_FORMATS[i]->name, name) == 0) return DATA_FORMATS[i];
  return NULL;
}

void data_format_names(char *text, size_t bytes, const char *separator, const char *last) {
  const char *names[MAX_FORMATS];
  int n = 0;
  size_t used = 0;
  for (int i = 0; i < n_formats(); i++) names[n++] = DATA_FORMATS[i]->name;
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

void data_print_classes(const ImageSet *train, const ImageSet *test, int n_classes,
                        const char *const *names) {
  int count[2][256] = {{0}};
  for (int i = 0; i < train->n; i++) count[0][train->labels[i]]++;
  for (int i = 0; i < test->n; i++) count[1][test->labels[i]]++;
  printf("\n%-6s %10s %10s\n", "class", "train", "test");
  for (int k = 0; k < n_classes; k++)
    printf("%-6d %10d %10d%s%s\n", k, count[0][k], count[1][k], names ? "  " : "",
           names ? names[k] : "");
  printf("%-6s %10d %10d\n", "all", train->n, test->n);
}

void data_print_moments(const double *mean, const double *deviation, int n_channels) {
  for (int c = 0; c < n_channels; c++) printf("%s%.6f", c ? ", " : "\nmean ", mean[c]);
  for (int c = 0; c < n_channels; c++) printf("%s%.6f", c ? ", " : ", deviation ", deviation[c]);
  printf(" (pixels 0 .. 1 of the train set)\n");
}

enum { COUNT_TEXT = 14 };
/* 60000 as 60,000. */
static const char *count_text(char text[COUNT_TEXT], int n) {
  if (n < 1000)
    snprintf(text, COUNT_TEXT, "%d", n);
  else if (n < 1000000)
    snprintf(text, COUNT_TEXT, "%d,%03d", n / 1000, n % 1000);
  else
    snprintf(text, COUNT_TEXT, "%d,%03d,%03d", n / 1000000, n / 1000 % 1000, n % 1000);
  return text;
}

void data_title(DataTarget *target, const char *name, const DataSource *source,
                const DataCounts *published) {
  char *title = target->title, n[COUNT_TEXT], of[COUNT_TEXT];
  size_t bytes = sizeof target->title;
  int is_train = !published || source->n_train != published->n_train;
  int count = is_train ? source->n_train : source->n_test;
  int whole = !published ? 0 : is_train ? published->n_train : published->n_test;
  const char *set = is_train ? "training" : "test";
  count_text(n, count);
  if (count == whole)
    snprintf(title, bytes, "%s", name);
  else if (count < whole)
    snprintf(title, bytes, "%s, %s of %s %s images", name, n, count_text(of, whole), set);
  else
    snprintf(title, bytes, "%s, %s %s images", name, n, set);
}
