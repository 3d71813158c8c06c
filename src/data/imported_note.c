#include "imported_note.h"

#include "file_write.h"
#include "stream.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_BYTES = 128 << 10 };
static const char NAME[] = "name: ", SHAPE[] = "shape: ", FIT[] = "fit: ", CLASS[] = "class: ";

/* The two files. */
typedef struct Kind {
  const char *file, *what; /* for messages */
  int has_shape;
} Kind;
static const Kind IMAGES = {IMPORTED_NOTE, "what normlab data import writes", 1},
                  NAMES = {NAMED_NOTE, "\"name: ...\", \"fit: ...\" or \"class: ...\"", 0};

static const char *after(const char *line, const char *key) {
  const size_t length = strlen(key);
  return strncmp(line, key, length) == 0 ? line + length : NULL;
}

static int take_name(char *place, size_t bytes, const char *text) {
  return !*place && data_name_is_fine(text, bytes) && snprintf(place, bytes, "%s", text) > 0;
}

static int take_shape(ImageShape *shape, const char *text) {
  int end = 0;
  return shape->c == 0 &&
         sscanf(text, "%4dx%4dx%4d%n", &shape->c, &shape->h, &shape->w, &end) == 3 && !text[end] &&
         (shape->c == 1 || shape->c == 3) && shape->h >= 1 && shape->w >= 1 &&
         shape->c * shape->h <= IDX_MAX_SIDE && shape->w <= IDX_MAX_SIDE;
}

static int take_fit(ImportedNote *note, const char *text) {
  const int is_first = !note->has_fit;
  note->has_fit = 1;
  return is_first && picture_fit_named(&note->fit, text);
}

static int take_line(ImportedNote *note, const Kind *kind, const char *line) {
  const char *text;
  if ((text = after(line, NAME))) return take_name(note->name, sizeof note->name, text);
  if ((text = after(line, SHAPE))) return kind->has_shape && take_shape(&note->shape, text);
  if ((text = after(line, FIT))) return take_fit(note, text);
  if (!(text = after(line, CLASS)) || note->n_classes == DATA_CLASSES) return 0;
  return take_name(note->class_name[note->n_classes++], DATA_CLASS, text);
}

static Status parse(ImportedNote *note, const Kind *kind, char *text, const char *path) {
  int number = 0;
  for (char *line; (line = strsep(&text, "\n"));) {
    number++;
    if (line[0] != '#' && line[0] != '\0' && !take_line(note, kind, line))
      return status_error(STATUS_DATA, "%s: line %d: expected %s, found \"%.60s\"", path, number,
                          kind->what, line);
  }
  const char *missing = kind->has_shape && !*note->name     ? NAME
                        : kind->has_shape && !note->shape.c ? SHAPE
                        : note->n_classes < 2               ? CLASS
                                                            : NULL;
  if (!missing) return status_ok();
  return status_error(STATUS_DATA, "%s: line %d: expected \"%s\", found its end", path, number,
                      missing);
}

static Status read_note(ImportedNote *note, const Kind *kind, const char *folder) {
  char *path, *text = malloc(MOST_BYTES + 1);
  struct stat about;
  if (!text || asprintf(&path, "%s/%s", folder, kind->file) < 0) {
    free(text);
    return status_error(STATUS_MEMORY, "%s: no memory for %s", folder, kind->file);
  }
  const int is_missing = !kind->has_shape && stat(path, &about) != 0 && errno == ENOENT;
  Status status = is_missing ? status_ok() : stream_text(text, MOST_BYTES, path);
  if (status.code == STATUS_OK && !is_missing) status = parse(note, kind, text, path);
  free(path);
  free(text);
  return status;
}

Status imported_read(ImportedNote *note, const char *folder) {
  *note = (ImportedNote){.fit = FIT_CROP};
  return read_note(note, &IMAGES, folder);
}

Status named_read(ImportedNote *note, const char *folder) {
  *note = (ImportedNote){.fit = FIT_DIGIT};
  return read_note(note, &NAMES, folder);
}

static void put(FILE *out, const ImportedNote *note, const Kind *kind) {
  fprintf(out, "# Made by normlab data %s; class 0 is the first.\n",
          kind->has_shape ? "import" : "corrupt");
  if (*note->name) fprintf(out, "%s%s\n", NAME, note->name);
  if (kind->has_shape)
    fprintf(out, "%s%dx%dx%d\n", SHAPE, note->shape.c, note->shape.h, note->shape.w);
  fprintf(out, "%s%s\n", FIT, PICTURE_FITS[note->fit]);
  for (int k = 0; k < note->n_classes; k++) fprintf(out, "%s%s\n", CLASS, note->class_name[k]);
}

static Status write_note(const ImportedNote *note, const Kind *kind, const char *folder) {
  char *path = NULL, *text = NULL;
  size_t bytes;
  FILE *out = open_memstream(&text, &bytes);
  if (out) put(out, note, kind);
  if (!out || fclose(out) != 0 || asprintf(&path, "%s/%s", folder, kind->file) < 0) {
    free(text);
    return status_error(STATUS_MEMORY, "%s: no memory for %s", folder, kind->file);
  }
  Status status = file_write(path, &(FilePart){(const uint8_t *)text, bytes}, 1, 0);
  free(path);
  free(text);
  return status;
}

Status imported_write(const ImportedNote *note, const char *folder) {
  return write_note(note, &IMAGES, folder);
}

Status named_write(const ImportedNote *note, const char *folder) {
  return write_note(note, &NAMES, folder);
}
