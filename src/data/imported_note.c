#include "imported_note.h"

#include "base/utf8.h"
#include "file_write.h"
#include "stream.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BYTES = 64 << 10 };
static const char NAME[] = "name: ", SHAPE[] = "shape: ", CLASS[] = "class: ";

int imported_name_is_fine(const char *name, size_t bytes) {
  if (!*name || strlen(name) >= bytes || iscntrl((unsigned char)*name)) return 0;
  for (int length; *name; name += length)
    if ((length = utf8_length(name)) == 0 || iscntrl((unsigned char)*name)) return 0;
  return 1;
}

static const char *after(const char *line, const char *key) {
  const size_t length = strlen(key);
  return strncmp(line, key, length) == 0 ? line + length : NULL;
}

static int take_name(char *place, size_t bytes, const char *text) {
  return !*place && imported_name_is_fine(text, bytes) && snprintf(place, bytes, "%s", text) > 0;
}

static int take_shape(ImageShape *shape, const char *text) {
  int end = 0;
  return shape->c == 0 &&
         sscanf(text, "%4dx%4dx%4d%n", &shape->c, &shape->h, &shape->w, &end) == 3 && !text[end] &&
         (shape->c == 1 || shape->c == 3) && shape->h >= 1 && shape->w >= 1 &&
         shape->c * shape->h <= IDX_MAX_SIDE && shape->w <= IDX_MAX_SIDE;
}

static int take_line(ImportedNote *note, const char *line) {
  const char *text;
  if ((text = after(line, NAME))) return take_name(note->name, sizeof note->name, text);
  if ((text = after(line, SHAPE))) return take_shape(&note->shape, text);
  if (!(text = after(line, CLASS)) || note->n_classes == IMPORTED_CLASSES) return 0;
  return take_name(note->class_name[note->n_classes++], IMPORTED_CLASS, text);
}

static Status parse(ImportedNote *note, char *text, const char *path) {
  int number = 0;
  for (char *line; (line = strsep(&text, "\n"));) {
    number++;
    if (line[0] != '#' && line[0] != '\0' && !take_line(note, line))
      return status_error(STATUS_DATA,
                          "%s: line %d: expected what normlab data import writes, found \"%.60s\"",
                          path, number, line);
  }
  const char *missing = !*note->name          ? NAME
                        : !note->shape.c      ? SHAPE
                        : note->n_classes < 2 ? CLASS
                                              : NULL;
  if (!missing) return status_ok();
  return status_error(STATUS_DATA, "%s: line %d: expected \"%s\", found its end", path, number,
                      missing);
}

static Status read_path(ImportedNote *note, char *text, const char *path) {
  size_t n;
  Stream *stream;
  TRY(stream_open(&stream, path));
  Status status = stream_read(stream, text, MOST_BYTES, &n);
  stream_close(stream);
  TRY(status);
  text[n] = '\0';
  if (strlen(text) < n)
    return status_error(STATUS_DATA, "%s: byte %zu: expected text, found a NUL", path,
                        strlen(text));
  return parse(note, text, path);
}

Status imported_read(ImportedNote *note, const char *folder) {
  char *path, *text = malloc(MOST_BYTES + 1);
  *note = (ImportedNote){0};
  if (!text || asprintf(&path, "%s/" IMPORTED_NOTE, folder) < 0) {
    free(text);
    return status_error(STATUS_MEMORY, "%s: no memory for " IMPORTED_NOTE, folder);
  }
  Status status = read_path(note, text, path);
  free(path);
  free(text);
  return status;
}

Status imported_write(const ImportedNote *note, const char *folder) {
  char *path = NULL, *text = NULL;
  size_t bytes;
  FILE *out = open_memstream(&text, &bytes);
  if (out) {
    fprintf(out, "# Made by normlab data import; class 0 is the first.\n%s%s\n%s%dx%dx%d\n", NAME,
            note->name, SHAPE, note->shape.c, note->shape.h, note->shape.w);
    for (int k = 0; k < note->n_classes; k++) fprintf(out, "%s%s\n", CLASS, note->class_name[k]);
  }
  if (!out || fclose(out) != 0 || asprintf(&path, "%s/" IMPORTED_NOTE, folder) < 0) {
    free(text);
    return status_error(STATUS_MEMORY, "%s: no memory for " IMPORTED_NOTE, folder);
  }
  Status status = file_write(path, &(FilePart){(const uint8_t *)text, bytes}, 1, 0);
  free(path);
  free(text);
  return status;
}
