/* The same bits for any number of threads, however what is left over is dealt out to them: more
 * threads than blocks, and than samples; blocks of 8 and of 16 lanes. */
#include "fixture.h"
#include "kernels/isa.h"
#include "nn/team.h"
#include "run/context.h"
#include "support/norm_specs.h"

#include <stdlib.h>
#include <string.h>

static const int BATCHES[] = {1, 8, 9, 21, 40};
static const int THREADS[] = {1, 2, 3, 6, 16};
enum { N_BATCHES = sizeof BATCHES / sizeof *BATCHES, N_LAYOUTS = sizeof THREADS / sizeof *THREADS };
enum { N_CLASSES = 5, MOST_SAMPLES = 40 };

/* What one thread gives is what all are compared with. */
typedef struct Case {
  const char *spec;
  int batch, n_threads, n_wrong;
  int64_t *gradient; /* of one thread alone */
  double loss;
} Case;

static void compare(Case *c, const Pass *pass, const StepResult *result) {
  const size_t n = pass->network->n_parameters;
  if (c->n_threads == 1 && !c->gradient) {
    c->gradient = new_zeroed(n, sizeof *c->gradient);
    memcpy(c->gradient, pass_gradient(pass), n * sizeof *c->gradient);
    c->loss = result->loss;
  }
  c->n_wrong += result->out_of_range || !(result->loss == c->loss) ||
                memcmp(c->gradient, pass_gradient(pass), n * sizeof *c->gradient) != 0;
}

/* A step of each way. */
static void lead(void *argument) {
  Case *c = argument;
  Config *config = config_make(NETWORK_ALL_LAYERS, c->spec,
                               "network.layers.10={type: dropout, dropout: 0.3}", NULL);
  Network network;
  Pass *pass;
  Images images;
  uint32_t index[MOST_SAMPLES];
  expect_ok(network_build(&network, config, 2, 13, 12));
  expect_ok(pass_make(&pass, &network, c->batch, c->n_threads));
  images_make(&images, c->batch, 2, 13, 12, N_CLASSES, 7);
  for (int i = 0; i < c->batch; i++) index[i] = (uint32_t)(c->batch - 1 - i);
  for (Deal deal = 0; deal < N_DEALS; deal++) {
    StepResult result;
    while (deal_choice_next(&pass->choice) != deal) deal_choice_took(&pass->choice, 1);
    pass_train(pass, &images.set, images.table, index, c->batch, 11, 0, 0, &result);
    compare(c, pass, &result);
  }
  images_free(&images);
  pass_free(pass);
  network_free(&network);
  config_free(config);
}

static void same_bits(void **state) {
  (void)state;
  const NormSpecs specs = norm_specs(5, (const char *[]){"group:c/4", NULL});
  for (int s = 0; s < specs.n; s++)
    for (int b = 0; b < N_BATCHES; b++) {
      Case c = {.spec = specs.text[s], .batch = BATCHES[b]};
      for (int k = 0; k < N_LAYOUTS; k++) {
        c.n_threads = THREADS[k];
        team_lead(c.n_threads, lead, &c);
        if (c.n_wrong > 0) fail_msg("%s, batch %d, %d threads", c.spec, c.batch, c.n_threads);
      }
      free(c.gradient);
    }
}

static int prepare(void **state) {
  (void)state;
  return isa_select().code != STATUS_OK;
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(same_bits)};
  return cmocka_run_group_tests(tests, prepare, NULL);
}
