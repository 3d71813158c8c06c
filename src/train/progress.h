#ifndef NORMLAB_TRAIN_PROGRESS_H
#define NORMLAB_TRAIN_PROGRESS_H
#include <stddef.h>
#include <stdint.h>

/* The speed of an epoch so far, and what the user sees of it. None of this is collective; rank 0
 * prints. */
typedef struct Progress {
  double epoch_start; /* pass_clock() at which this attempt began the epoch */
  int64_t n_images;   /* trained on since then */
  double drawn;       /* pass_clock() of the last line */
} Progress;

/* What the line of a step says. */
typedef struct ProgressLine {
  int64_t epoch, n_epochs; /* from 0 */
  int step, n_steps;       /* steps done of the epoch, of how many */
  int n_images;            /* of an epoch */
  double loss, accuracy;   /* of the step; of the epoch so far, 0 .. 1 */
  double images_per_second;
} ProgressLine;

enum { PROGRESS_TEXT = 256 };

void progress_begin_epoch(Progress *progress);
double progress_seconds(const Progress *progress);
/* Returns images a second; 0 before any time has passed. */
double progress_speed(const Progress *progress);

/* Writes "epoch 2/3 [######..................] loss 0.1234  accuracy 97.50 %  9000 images/s  12 s
 * left". The time left is that of the images that are still to be trained on, without
 * evaluations. */
void progress_text(char text[PROGRESS_TEXT], const ProgressLine *line);
/* Draws the line over the one before if standard output is a terminal that somebody watches: at
 * most ten times a second, and always for the last step of an epoch. */
void progress_draw(Progress *progress, const ProgressLine *line);
/* Clears the line that progress_draw has drawn. */
void progress_clear(void);

#endif
