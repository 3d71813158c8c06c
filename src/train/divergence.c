#include "divergence.h"

#include <stdio.h>

Status divergence_status(const Trainer *trainer, const Divergence *divergence) {
  const StepResult *result = divergence->result;
  const int is_in_pass = result && result->out_of_range;
  char what[PASS_TROUBLE_TEXT] = "the loss or a weight", kept[1024] = "";
  if (is_in_pass) pass_trouble_text(trainer->pass, result, what);
  if (divergence->kept)
    snprintf(kept, sizeof kept, "; the last good state is in %s", divergence->kept);
  return status_error(
      STATUS_NUMBERS, "%s: diverged: %s is not finite or too large%s; %s", divergence->where, what,
      kept,
      divergence->is_first && is_in_pass
          ? "no step has been taken yet: look at data.mean, data.deviation and the first weights"
          : "lower optimizer.lr");
}
