#include "position.h"

#include "dist/dist.h"

void position_advance(Position *position, const StepResult *result) {
  exact_split(position->loss, exact_join(position->loss) + result->loss);
  position->correct += result->correct;
  position->n_samples += result->n_samples;
  position->step++;
}

void position_next_epoch(Position *position) {
  *position = (Position){.epoch = position->epoch + 1};
}

void position_broadcast(Position *position) {
  dist_broadcast(position, sizeof *position);
}
