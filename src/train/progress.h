#ifndef NORMLAB_TRAIN_PROGRESS_H
#define NORMLAB_TRAIN_PROGRESS_H
#include <stddef.h>
#include <stdint.h>

/* The speed of an epoch so far, and what people see of it: a line that is drawn again and again on
 * a terminal, or else a line now and then. None of this is collective; rank 0 prints. */
typedef struct Progress {
  double epoch_start; /* pass_clock() at which this attempt began the epoch */
  int64_t n_images;   /* trained on since then */
  double interval;    /* seconds between two lines that stay; 0: there are none */
  double drawn, said; /* pass_clock() of the last line that was drawn, and of the last that stays */
  double noted;       /* pass_clock() of the last note beside the result file; 0: none yet */
} Progress;

/* What the line of a step says. */
typedef struct ProgressLine {
  int64_t epoch, n_epochs; /* from 0 */
  int step, n_steps;       /* steps done of the epoch, of how many */
  int64_t images_left;     /* that are still to be trained on in the run */
  double loss, accuracy;   /* of the step; of the epoch so far, 0 .. 1 */
  double images_per_second;
} ProgressLine;

enum { PROGRESS_TEXT = 256 };

/* Starts the time of the lines that stay: the first is due after 20 seconds, or after the interval
 * if that is shorter. */
void progress_begin(Progress *progress, double interval);
void progress_begin_epoch(Progress *progress);
double progress_seconds(const Progress *progress);
/* Returns images a second; 0 before any time has passed. */
double progress_speed(const Progress *progress);
/* Returns the seconds for the images that are still to be trained on, without evaluations; 0 if the
 * speed is not known. */
double progress_left(const ProgressLine *line);

/* Writes "epoch 2/3 [######..................] loss 0.1234  accuracy 97.50 %  9000 images/s  12 s
 * left" in less than so many columns: the bar gets shorter, then speed, accuracy, bar, loss and
 * time left are left out, in this order. */
void progress_text(char text[PROGRESS_TEXT], const ProgressLine *line, int columns);
/* Writes the line that stays: "# epoch 2/3, step 50/100: loss 0.1234, accuracy 97.50 %, ...". */
void progress_line_text(char text[PROGRESS_TEXT], const ProgressLine *line);

/* Shows a step. On a terminal that somebody watches the line is drawn over the one before, at most
 * ten times a second, and always for the last step of an epoch. Elsewhere a line is printed if none
 * was for the interval. */
void progress_show(Progress *progress, const ProgressLine *line);
/* Tells that another line was printed, as at the end of an epoch. */
void progress_said(Progress *progress);
/* Returns whether a note beside the result file is due: the first after a second, then every five,
 * or after the interval if that is shorter. None is where the interval is 0. */
int progress_note_is_due(const Progress *progress);

#endif
