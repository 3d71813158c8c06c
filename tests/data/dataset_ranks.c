/* dataset_load and the command data on several ranks; run under mpirun by ctest.
 *   dataset_ranks load FOLDER CODE [PIECE]   FOLDER synthetic for drawn digits
 *   dataset_ranks hold FOLDER CODE N         the same with the last N images held out
 *   dataset_ranks data ARGUMENTS...
 * Exit status 0 if the status is CODE with PIECE in its text and, after success, all ranks see the
 * same set; for data: the exit status of that command. */
#include "base/log.h"
#include "commands/command.h"
#include "data/dataset.h"
#include "support/ranks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Sum of all items, by this rank's own eyes. */
static int64_t look(const ImageSet *set) {
  size_t n = (size_t)set->n * (size_t)set->c * (size_t)set->h * (size_t)set->w;
  int64_t sum = 0;
  for (size_t i = 0; i < n; i++) sum += (int64_t)(i % 97) * set->pixels[i];
  for (int i = 0; i < set->n; i++) sum += (int64_t)(i % 89) * set->labels[i];
  return sum;
}

static int differs(const DataSet *set) {
  int64_t bits[2];
  memcpy(&bits[0], &set->mean[0], sizeof *bits);
  memcpy(&bits[1], &set->deviation[0], sizeof *bits);
  int64_t mine[] = {look(&set->train), look(&set->test), (int64_t)set->hash,     set->n_classes,
                    set->train.n,      set->test.h,      look(&set->validation), bits[0],
                    bits[0] >> 30,     bits[1],          bits[1] >> 30};
  enum { N = sizeof mine / sizeof *mine };
  int64_t sum[N];
  memcpy(sum, mine, sizeof sum);
  /* Of small parts, so that a sum over ranks cannot overflow. */
  for (int i = 0; i < N; i++) sum[i] &= (1 << 30) - 1;
  dist_sum(sum, N);
  int bad = 0;
  for (int i = 0; i < N; i++) bad |= sum[i] != dist_size() * (mine[i] & ((1 << 30) - 1));
  return bad;
}

static int load(int argc, char **argv) {
  DataSet set;
  int is_held = strcmp(argv[1], "hold") == 0, bad = 0;
  Status status = dataset_load(&set, argv[2]);
  if (is_held && status.code == STATUS_OK) status = dataset_hold_out(&set, atoi(argv[4]));
  if (status.code != (StatusCode)atoi(argv[3])) bad = 1;
  if (argc > 4 && !is_held && !strstr(status.code == STATUS_OK ? "" : status.text, argv[4]))
    bad = 1;
  if (bad) fprintf(stderr, "rank %d: status %d: %s\n", dist_rank(), status.code, status.text);
  if (status.code != STATUS_OK) return bad;
  if (differs(&set)) {
    fprintf(stderr, "rank %d sees another set\n", dist_rank());
    bad = 1;
  }
  if (dist_rank() == 0)
    printf("%s (%s): %d + %d images %d x %d x %d, %d classes, mean %.4f, deviation %.4f, hash "
           "%016llx\n",
           set.title, set.source, set.train.n, set.test.n, set.train.c, set.train.h, set.train.w,
           set.n_classes, set.mean[0], set.deviation[0], (unsigned long long)set.hash);
  dataset_free(&set);
  return bad;
}

int main(int argc, char **argv) {
  if (ranks_start(&argc, &argv).code != STATUS_OK) return 1;
  int result = 2;
  if (argc > 3 && strcmp(argv[1], "load") == 0) result = load(argc, argv);
  if (argc > 4 && strcmp(argv[1], "hold") == 0) result = load(argc, argv);
  if (argc > 1 && strcmp(argv[1], "data") == 0)
    result = command_run(command_find("data"), argc - 1, argv + 1);
  ranks_end();
  return result;
}
