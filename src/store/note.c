#include "store/note.h"

#include "base/text_buffer.h"
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char TITLE[] = "normlab progress 1", CURVE[] = "curve";

static const struct {
  const char *name;
  size_t offset; /* of a double in a RunNote */
} ROWS[] = {{"epochs", offsetof(RunNote, epochs)},
            {"step", offsetof(RunNote, step)},
            {"n_steps", offsetof(RunNote, n_steps)},
            {"loss", offsetof(RunNote, loss)},
            {"accuracy", offsetof(RunNote, accuracy)},
            {"images_per_second", offsetof(RunNote, images_per_second)},
            {"seconds_left", offsetof(RunNote, seconds_left)},
            {"next", offsetof(RunNote, next)}};
enum { N_ROWS = sizeof ROWS / sizeof *ROWS };

void note_curve(NoteCurve *curve, const double *loss, size_t n) {
  const size_t each = n / NOTE_CURVE + (n % NOTE_CURVE > 0);
  curve->n = 0;
  for (size_t first = 0; first < n; first += each) {
    const size_t end = n - first < each ? n : first + each;
    double sum = 0;
    for (size_t i = first; i < end; i++) sum += loss[i];
    curve->step[curve->n] = (double)end;
    curve->loss[curve->n++] = sum / (double)(end - first);
  }
}

/* 0, or -1. */
static int write_text(const char *path, const char *text, size_t n) {
  int descriptor =
      TEMP_FAILURE_RETRY(open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666));
  if (descriptor < 0) return -1;
  ssize_t put = TEMP_FAILURE_RETRY(write(descriptor, text, n));
  int is_closed = close(descriptor) == 0;
  return put == (ssize_t)n && is_closed ? 0 : -1;
}

void note_write(const char *note, const char *temporary, const RunNote *run) {
  TextBuffer text = {.used = 0};
  text_add(&text, "%s\n", TITLE);
  for (int i = 0; i < N_ROWS; i++)
    text_add(&text, "%s %.17g\n", ROWS[i].name,
             *(const double *)((const char *)run + ROWS[i].offset));
  for (int i = 0; i < run->curve.n && i < NOTE_CURVE; i++)
    text_add(&text, "%s %.0f %.6g\n", CURVE, run->curve.step[i], run->curve.loss[i]);
  text_add(&text, "end\n");
  if (write_text(temporary, text.text, text.used) == 0 && rename(temporary, note) == 0) return;
  (void)unlink(temporary);
  (void)unlink(note); /* an old one would look like a run that stands still */
}

static void take_point(NoteCurve *curve, double step, double loss) {
  const int is_next = step >= 1 && (curve->n == 0 || step > curve->step[curve->n - 1]);
  if (!is_next || curve->n == NOTE_CURVE) return;
  curve->step[curve->n] = step;
  curve->loss[curve->n++] = loss;
}

static void take_line(RunNote *run, const char *line) {
  char name[32];
  double value, loss;
  const int n = sscanf(line, "%31s %lf %lf", name, &value, &loss);
  if (n == 3 && strcmp(name, CURVE) == 0) take_point(&run->curve, value, loss);
  if (n < 2) return;
  for (int i = 0; i < N_ROWS; i++)
    if (strcmp(name, ROWS[i].name) == 0) *(double *)((char *)run + ROWS[i].offset) = value;
}

/* Whether the lines are all there, and say how far a run is. */
static int take_text(RunNote *run, char *text) {
  char *rest, *line = strtok_r(text, "\n", &rest);
  int has_ended = 0;
  if (!line || strcmp(line, TITLE) != 0) return 0;
  for (int i = 0; i < N_ROWS; i++) *(double *)((char *)run + ROWS[i].offset) = (double)NAN;
  run->curve = (NoteCurve){.n = 0};
  while (!has_ended && (line = strtok_r(NULL, "\n", &rest))) {
    has_ended = strcmp(line, "end") == 0;
    take_line(run, line);
  }
  return has_ended && run->epochs >= 0 && run->step >= 0 && run->n_steps >= 1 &&
         run->step <= run->n_steps && run->next >= 0;
}

static int read_note(RunNote *run, double *written, const char *path) {
  struct stat info;
  char text[TEXT_BUFFER_BYTES];
  int descriptor = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (descriptor < 0) return 0;
  int is_file = fstat(descriptor, &info) == 0 && S_ISREG(info.st_mode);
  ssize_t n = is_file ? TEMP_FAILURE_RETRY(read(descriptor, text, sizeof text - 1)) : -1;
  close(descriptor);
  if (n < 0) return 0;
  text[n] = '\0';
  *written = (double)info.st_mtim.tv_sec + 1e-9 * (double)info.st_mtim.tv_nsec;
  return take_text(run, text);
}

int note_read(RunNote *run, double *written, const char *path) {
  char *real = realpath(path, NULL), *note;
  int is_there = 0;
  if (asprintf(&note, "%s" NOTE_SUFFIX, real ? real : path) >= 0) {
    is_there = read_note(run, written, note);
    free(note);
  }
  free(real);
  return is_there;
}
