#include "train/check.h"

#include "base/duration.h"
#include "base/memory.h"
#include "dist/dist.h"
#include "dist/launcher.h"
#include "estimate_needs.h"
#include "evaluation.h"
#include "kernels/block.h"
#include "measure.h"
#include "setup.h"
#include "train/needs.h"
#include "train/proposal.h"
#include <stdio.h>
#include <stdlib.h>

/* How a start like this one would run: under mpirun or srun, all that they have started. */
static PassLayout layout_now(const Trainer *trainer) {
  const Launcher launcher = launcher_read();
  const int n_ranks = launcher.local_size > 0 ? launcher.local_size : launcher.size;
  return (PassLayout){n_ranks > 0 ? n_ranks : 1, trainer->layout.n_threads};
}

static Status print_layout(const Trainer *trainer) {
  char command[4096];
  int n_fair;
  const int n_cores = dist_cores(&n_fair), n = trainer->data.set.train.n;
  const int batch = trainer->config->training.batch < n ? trainer->config->training.batch : n;
  const PassLayout now = layout_now(trainer),
                   best = proposal_make(n_cores, proposal_domains(), batch,
                                        trainer->options->n_threads);
  Needs needs, of_best;
  TRY(estimate_needs(&needs, trainer, now));
  TRY(estimate_needs(&of_best, trainer, best));
  needs_print(stdout, "# ", &needs, now);
  proposal_command(command, sizeof command, best, trainer->options->command_line);
  printf(
      "# a batch of %d has %d blocks of %d samples: on the %d allowed core%s here take %d rank%s x "
      "%d thread%s, %.0f %% busy, up to %.1f MB together\n#   %s\n",
      batch, (batch + LANES - 1) / LANES, LANES, n_cores, n_cores > 1 ? "s" : "", best.n_ranks,
      best.n_ranks > 1 ? "s" : "", best.n_threads, best.n_threads > 1 ? "s" : "",
      100 * proposal_busy(best, batch), 1e-6 * (double)needs_of_node(&of_best, best.n_ranks),
      command);
  return status_ok();
}

static Status print_time(Trainer *trainer, int n_steps) {
  Measured measured;
  char whole[32];
  const int n_threads = trainer->layout.n_threads;
  const Position *p = &trainer->position;
  const RunLength *length = &trainer->length;
  const int64_t n_left = length->n_epochs - p->epoch;
  const double steps_left = (double)(length->n_steps - p->epoch * length->per_epoch - p->step);
  TRY(measure_run(&measured, trainer, n_steps));
  const double epoch = (double)run_length_steps(length, 0) * measured.step + measured.evaluation;
  duration_text(whole, sizeof whole,
                (steps_left + evaluation_extra_steps(trainer)) * measured.step +
                    (double)n_left * measured.evaluation);
  printf("# time, from %d steps of 1 rank x %d thread%s: %.3g ms a step, %.3g s an epoch, %s for "
         "%lld epoch%s; writing comes on top\n",
         n_steps, n_threads, n_threads > 1 ? "s" : "", 1e3 * measured.step, epoch, whole,
         (long long)n_left, n_left == 1 ? "" : "s");
  return status_ok();
}

Status train_check(const TrainOptions *options, int n_measured) {
  Trainer *trainer;
  TRY(memory_allocate(&trainer, 1, sizeof *trainer, "trainer"));
  trainer->options = options;
  trainer->config = options->config;
  Status status = trainer_set_up_to_look(trainer);
  if (status.code == STATUS_OK) status = print_layout(trainer);
  if (status.code == STATUS_OK && n_measured > 0) status = print_time(trainer, n_measured);
  trainer_tear_down(trainer);
  free(trainer);
  return status;
}
