/* Run under mpirun: how many sums over the ranks a training step makes, as each of them waits for
 * the network once. sum_count THREADS */
#include "fixture.h"
#include "kernels/isa.h"
#include "nn/pass.h"

#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

enum { BATCH = 32, SIDE = 28, N_CLASSES = 10 };

static int n_sums;

/* Ranks of one node sum by this function alone (dist/sum.h). It replaces MPI's own. */
int MPI_Allreduce(const void *from, void *to, int n, MPI_Datatype type, MPI_Op op, MPI_Comm comm) {
  n_sums++;
  return PMPI_Allreduce(from, to, n, type, op, comm);
}

static int sums_of_step(const char *text, const char *norm, int n_threads) {
  Config *config = config_make(text, norm, NULL);
  Network network;
  Pass *pass;
  Images images;
  StepResult result;
  uint32_t index[BATCH];
  expect_ok(network_build(&network, config, 1, SIDE, SIDE));
  expect_ok(pass_make(&pass, &network, BATCH, n_threads));
  images_make(&images, BATCH, 1, SIDE, SIDE, N_CLASSES, 7);
  for (int i = 0; i < BATCH; i++) index[i] = (uint32_t)i;
  n_sums = 0;
  pass_train(pass, &images.set, images.table, index, BATCH, 1, 0, LOOK_NOT, &result);
  const int n = n_sums;
  images_free(&images);
  pass_free(pass);
  network_free(&network);
  config_free(config);
  return n;
}

/* Eight norms in s6 and five in wide, of which the first has its sums from moments of the images:
 * each sums forward, each but the first sums backward, and the gradient. */
static const struct Case {
  const char *name, *text, *norm;
  int n;
} CASES[] = {
    {"s6, group:2", NETWORK_S6, "group:2", 1},
    {"s6, batch", NETWORK_S6, "batch", 8 + 7 + 1},
    {"s6, renorm", NETWORK_S6, "renorm", 8 + 7 + 1},
    {"s6, batch:16, a group a rank", NETWORK_S6, "batch:16", 1},
    {"s6, rms-batch", NETWORK_S6, "rms-batch", 8 + 7 + 1},
    {"wide, batch", NETWORK_WIDE, "batch", 5 + 4 + 1},
};

int main(int argc, char **argv) {
  Status status = ranks_start(&argc, &argv);
  if (status.code == STATUS_OK) status = dist_agree(isa_select());
  if (status.code != STATUS_OK || argc != 2) return 2;
  int n_wrong = 0;
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    const struct Case *c = &CASES[i];
    const int n = sums_of_step(c->text, c->norm, atoi(argv[1]));
    if (n == c->n) continue;
    if (dist_rank() == 0) fprintf(stderr, "%s: %d sums a step, not %d\n", c->name, n, c->n);
    n_wrong++;
  }
  ranks_end();
  return n_wrong > 0;
}
