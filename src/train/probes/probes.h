#ifndef NORMLAB_TRAIN_PROBES_PROBES_H
#define NORMLAB_TRAIN_PROBES_PROBES_H
/* What is looked at now and then while a network is trained (section probes of the configuration),
 * to see how norms work. Each probe is a row (Probe) in a file of its own beside this one, and a
 * line of list.h.
 *
 * Before a step that is due, the pass of the step is done beforehand, with the same samples and the
 * same dropout, and the probes look at what comes of it, or at passes with other weights.
 * Afterwards weights and running statistics have the bits that they had, so the run learns the same
 * as without probes. What is seen depends on nothing but the run: it has the same bits for any
 * number of ranks and threads. It goes to /probes of the result file. */
#include "nn/pass.h"
#include "store/fields.h"

typedef struct Trainer Trainer;

/* A step that is due. */
typedef struct ProbeStep {
  const uint32_t *index; /* [count]: its samples */
  int count;
  int64_t step; /* of the whole run, from 0 */
  double rate;  /* its learning rate */
} ProbeStep;

/* The memory of probes, planned before the first step. All pointers are NULL without probes. */
typedef struct Probes {
  float *weights;                    /* [n_parameters]: those of the step */
  float *running;                    /* the running statistics before it, one after another */
  int64_t *batches;                  /* [n_running] */
  int64_t *gradient;                 /* [n_parameters]: that of the step, summed over its samples */
  double *walk_loss, *walk_distance; /* [n_walk] */
  double *row;                       /* [n_layers]: what is written */
} Probes;

typedef struct Probe {
  const char *name;
  int (*is_wanted)(const ProbesConfig *config);
  /* Looks, after the pass of the step. Collective. Weights may be other afterwards. NULL: the pass
   * itself has seen all. */
  void (*look)(Trainer *trainer, const ProbeStep *step);
  /* Keeps what was seen as rows of the run's history. Rank 0. */
  Status (*keep)(Trainer *trainer, const ProbeStep *step);
} Probe;

/* All probes; NULL ends them. */
extern const Probe *const PROBES[];

/* Make and free the memory; with no probes there is none. Return STATUS_MEMORY. Not collective. */
Status probes_make(Probes *probes, Trainer *trainer) MUST_CHECK;
void probes_free(Probes *probes);
/* Computes the bytes that this takes. Returns STATUS_MEMORY. */
Status probes_bytes(size_t *bytes, const Network *network, int n_threads) MUST_CHECK;
/* Returns the bytes of what they see in a run of so many steps. */
size_t probes_result_bytes(const Network *network, int64_t n_steps);

/* Return whether a step is due, how many are due in the first n_steps, and whether two
 * configurations see different things. */
int probes_are_due(const ProbesConfig *config, int64_t step);
int64_t probes_count(const ProbesConfig *config, int64_t n_steps);
int probes_are_other(const ProbesConfig *a, const ProbesConfig *b);

/* Collective. Looks before a step that is due. If its loss is not finite, nothing is kept: the step
 * itself will say so. A failure of rank 0's to keep what was seen becomes that of its output. */
void probes_look(Trainer *trainer, const ProbeStep *step);

#endif
