#ifndef NORMLAB_STORE_NOTE_H
#define NORMLAB_STORE_NOTE_H
#include <stddef.h>

/* A note beside a result file, FILE.progress, in which a run tells between two checkpoints how far
 * it is (result_note in store/file.h). It is a text of less than 4 KiB, a line "name number" each,
 * and "curve STEP LOSS" for each point of the curve, and is replaced as a whole. No result depends
 * on it: it is not synced, a failure to write it is none of the run, and it is removed when the run
 * ends. Of a run that was killed it stays until the next start. Not collective. */

/* What its name adds to that of the result file. */
#define NOTE_SUFFIX ".progress"

/* The losses of all steps of a run so far in few points, each of which is the mean of as many steps
 * that follow each other, but the last, which may be of fewer. */
enum { NOTE_CURVE = 96 };
typedef struct NoteCurve {
  int n;
  double step[NOTE_CURVE], loss[NOTE_CURVE]; /* [n]: the last step of each, from 1; the mean */
} NoteCurve;

/* Makes the curve of the losses [n] of steps. */
void note_curve(NoteCurve *curve, const double *loss, size_t n);

typedef struct RunNote {
  double epochs, step, n_steps; /* done; steps of the epoch that goes on, done and in all */
  double loss, accuracy;        /* of the last step; of the epoch so far, 0 to 1 */
  double images_per_second;     /* of the epoch so far */
  double seconds_left;          /* for the training that is planned, without evaluations */
  double next;     /* seconds in which the next note, or the next result file, is expected */
  NoteCurve curve; /* n = 0: the program that wrote the note tells none */
} RunNote;

/* Replaces the file `path` by way of the file `temporary` in the same folder. After a failure both
 * are removed. */
void note_write(const char *path, const char *temporary, const RunNote *run);

/* Reads the note beside a result file, which may be a symbolic link. Returns 0 if there is none, or
 * if it is no good one. *written is when it was written, in seconds since 1970, by the clock of the
 * file system. */
int note_read(RunNote *run, double *written, const char *file);

#endif
