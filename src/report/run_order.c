#include "report/run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Smaller first, NaN last. */
static int smaller_first(double a, double b) {
  if (isnan(a) || isnan(b)) return isnan(a) - isnan(b);
  return (a > b) - (a < b);
}

int run_order(const void *a, const void *b) {
  const Run *x = a, *y = b;
  int order = run_is_validated(x) - run_is_validated(y);
  if (order == 0) order = smaller_first(-x->test_accuracy, -y->test_accuracy);
  if (order == 0) order = smaller_first(x->test_loss, y->test_loss);
  return order ? order : strcmp(x->file, y->file);
}

int run_seed_order(const Run *a, const Run *b) {
  char *end_a, *end_b;
  unsigned long long x = strtoull(a->seed, &end_a, 10), y = strtoull(b->seed, &end_b, 10);
  if (*end_a || *end_b) return strcmp(a->seed, b->seed);
  return (x > y) - (x < y);
}

int run_is_validated(const Run *run) {
  return strcmp(run->evaluated, "validation") == 0;
}

/* For runs of which one at least is another program's. */
static int share_stated(const Run *a, const Run *b) {
  const char *x = run_key(a, "data"), *y = run_key(b, "data");
  if (a->n_images > 0 && b->n_images > 0 && a->n_images != b->n_images) return 0;
  if (x && y && x[0] && y[0]) return strcmp(x, y) == 0;
  return a->data[0] && strcasecmp(a->data, b->data) == 0;
}

int runs_share_set(const Run *a, const Run *b) {
  if (run_is_validated(a) != run_is_validated(b)) return 0;
  if (a->evaluated_hash[0] && b->evaluated_hash[0])
    return strcmp(a->evaluated_hash, b->evaluated_hash) == 0;
  if (a->program[0] || b->program[0]) return share_stated(a, b);
  return runs_share_key(a, b, "data") && runs_share_key(a, b, "data.validation");
}

int runs_are_paired(const Run *a, const Run *b) {
  if (a->n_right == 0 || a->n_right != b->n_right || a->n_test != b->n_test) return 0;
  if (!runs_share_set(a, b)) return 0;
  if (a->n_test == 0) return strcmp(a->program, b->program) == 0;
  return memcmp(a->label, b->label, a->n_test * sizeof *a->label) == 0;
}

static int same_number(double a, double b) {
  return a == b || (isnan(a) && isnan(b));
}

int runs_are_equal(const Run *a, const Run *b) {
  return a->epochs == b->epochs && same_number(a->test_accuracy, b->test_accuracy) &&
         same_number(a->test_loss, b->test_loss) && same_number(a->train_loss, b->train_loss) &&
         a->n_test == b->n_test &&
         (a->n_test == 0 ||
          memcmp(a->prediction, b->prediction, a->n_test * sizeof *a->prediction) == 0);
}

void runs_discordant(size_t *only_a, size_t *only_b, const Run *a, const Run *b) {
  *only_a = *only_b = 0;
  for (size_t i = 0; i < a->n_right; i++) {
    *only_a += a->right[i] && !b->right[i];
    *only_b += b->right[i] && !a->right[i];
  }
}
