/* What all ranks share before the first step: position and learner, from rank 0. Run under mpirun;
 * every rank checks the numbers, rank 0 prints the loss of an evaluation.
 *   broadcast_ranks KEY VALUE   a change of the configuration */
#include "base/log.h"
#include "kernels/isa.h"
#include "learner.h"
#include "nn/kinds.h"
#include "nn/pass.h"
#include "position.h"
#include "support/ranks.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char CONFIG[] = "network:\n"
                             "  order: [conv, norm, relu]\n"
                             "  layers:\n"
                             "    - {type: block, channels: 5}\n"
                             "    - {type: block, channels: 7}\n"
                             "    - {type: conv, channels: 3, kernel: 1}\n"
                             "    - {type: global-avg-pool}\n";

enum { SIDE = 9, N_IMAGES = 40 };

/* A number of its own for each place; above 0, as a variance is. */
static float number(int array, size_t i) {
  return 0.01F + 0.1F * (float)array + 0.001F * (float)(i % 97);
}

static void fill_array(float *values, size_t n, int array) {
  for (size_t i = 0; values && i < n; i++) values[i] = number(array, i);
}

static void expect_array(float *values, size_t n, int array) {
  for (size_t i = 0; values && i < n; i++) BUG_IF(values[i] != number(array, i));
}

/* Calls visit for all arrays that ranks share. */
static void visit_arrays(Learner *learner, void (*visit)(float *values, size_t n, int array)) {
  Network *network = &learner->network;
  visit(network->parameters, network->n_parameters, 0);
  visit(learner->optimizer.state[0], network->n_parameters, 1);
  visit(learner->optimizer.state[1], network->n_parameters, 2);
  visit(learner->average.values, average_size(network), 3);
  for (int i = 0; i < network->n_running; i++) {
    visit(network->running[i].mean, (size_t)network->running[i].n_groups, 4 + 2 * i);
    visit(network->running[i].variance, (size_t)network->running[i].n_groups, 5 + 2 * i);
  }
}

static void share_learner(Learner *learner) {
  Network *network = &learner->network;
  if (dist_rank() == 0) {
    visit_arrays(learner, fill_array);
    learner->optimizer.n_steps = 12345678901;
    for (int i = 0; i < network->n_running; i++) network->running[i].n_batches = 100 + i;
  }
  learner_broadcast(learner);
  visit_arrays(learner, expect_array);
  BUG_IF(learner->optimizer.n_steps != 12345678901);
  for (int i = 0; i < network->n_running; i++) BUG_IF(network->running[i].n_batches != 100 + i);
}

static void share_position(void) {
  const Position wanted = {.epoch = 3, .step = 4, .loss = {-5, 6}, .correct = 7, .n_samples = 8};
  Position position = dist_rank() == 0 ? wanted : (Position){.epoch = -1};
  position_broadcast(&position);
  BUG_IF(memcmp(&position, &wanted, sizeof wanted) != 0);
}

static double evaluate(Pass *pass) {
  static uint8_t pixels[N_IMAGES * SIDE * SIDE], labels[N_IMAGES];
  static float table[256];
  for (int i = 0; i < N_IMAGES * SIDE * SIDE; i++) pixels[i] = (uint8_t)(i * i % 251);
  for (int i = 0; i < 256; i++) table[i] = (float)i / 255;
  for (int i = 0; i < N_IMAGES; i++) labels[i] = (uint8_t)(i % 3);
  const ImageSet set = {
      .n = N_IMAGES, .c = 1, .h = SIDE, .w = SIDE, .pixels = pixels, .labels = labels};
  EvaluationResult result = {0};
  BUG_IF(pass_evaluate(pass, &set, table, STATISTICS_RUNNING, &result).code != STATUS_OK);
  return exact_value(result.loss);
}

/* The weights must be packed already. */
static void print_evaluation(Learner *learner) {
  Network *network = &learner->network;
  Pass *pass;
  BUG_IF(pass_make(&pass, network, N_IMAGES, 1).code != STATUS_OK);
  double loss = evaluate(pass);
  network_pack(network);
  BUG_IF(evaluate(pass) != loss);
  if (dist_rank() == 0) printf("loss %a\n", loss);
  pass_free(pass);
}

int main(int argc, char **argv) {
  Config *config;
  Learner learner = {0};
  Status status = ranks_start(&argc, &argv);
  if (status.code == STATUS_OK && argc != 3) return 2;
  if (status.code == STATUS_OK) status = dist_agree(isa_select());
  if (status.code == STATUS_OK)
    status = config_parse(&config, &NETWORK_KINDS, CONFIG, "broadcast.yaml",
                          &(ConfigChange){"--set", argv[1], argv[2]}, 1);
  if (status.code == STATUS_OK) status = learner_make(&learner, config, 1, SIDE, SIDE);
  if (status.code != STATUS_OK) {
    fprintf(stderr, "%s\n", status.text);
    return 1;
  }
  share_position();
  share_learner(&learner);
  print_evaluation(&learner);
  learner_free(&learner);
  config_free(config);
  ranks_end();
  return 0;
}
