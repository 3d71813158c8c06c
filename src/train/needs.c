#include "train/needs.h"

#include "base/memory.h"
#include "config/run_length.h"
#include "data/augment.h"
#include "nn/average.h"
#include "nn/optimizer.h"
#include "probes/probes.h"

/* Bytes of the content of a result file, but for misclassified images. */
static size_t content_bytes(const RunSize *size) {
  const Network *network = size->network;
  const Config *config = network->config;
  const RunLength length = run_length(config, size->n_train);
  const size_t n = (size_t)size->n_evaluated;
  /* Label, prediction, loss and probabilities of each image. */
  size_t bytes = n * (2 * sizeof(int32_t) + sizeof(double));
  bytes += n * (size_t)network->n_classes * sizeof(float);
  if (network->crosses_samples)
    bytes += N_STATISTICS * n *
             (sizeof(int32_t) + sizeof(double) + (size_t)network->n_classes * sizeof(float));
  /* Number, loss, accuracy and rate of each step; of each epoch, six figures of each layer. */
  bytes += (size_t)length.n_steps * 4 * sizeof(double);
  bytes += probes_result_bytes(network, length.n_steps);
  bytes += (size_t)length.n_epochs * (size_t)config->network.n_layers * 6 * sizeof(double);
  return bytes + network_bytes(network) + optimizer_bytes(network) + average_bytes(network);
}

/* Of the predictions of one evaluation. */
static size_t evaluation_bytes(const Network *network, size_t n) {
  return memory_bytes(n, sizeof(int32_t)) + memory_bytes(n, sizeof(double)) +
         memory_bytes(n * (size_t)network->n_classes, sizeof(float));
}

static size_t n_ways(const Network *network) {
  return network->crosses_samples ? N_STATISTICS : 1;
}

Status needs_count(Needs *needs, const RunSize *size, PassLayout layout) {
  const Network *network = size->network;
  const Config *config = network->config;
  const Shape image = network->shapes[0];
  const int batch = size->n_train > 0 && size->n_train < config->training.batch
                        ? size->n_train
                        : config->training.batch;
  const size_t n = (size_t)size->n_evaluated, n_classes = (size_t)network->n_classes;
  const size_t image_bytes = (size_t)image.c * (size_t)image.h * (size_t)image.w;
  *needs =
      (Needs){.network = network_bytes(network) + optimizer_bytes(network) + average_bytes(network),
              .order = memory_bytes((size_t)size->n_train, sizeof(uint32_t)),
              .images = size->data_bytes,
              .seen = image_bytes * ((size_t)size->n_train + n / (size_t)layout.n_ranks),
              .evaluation = n_ways(network) * evaluation_bytes(network, n),
              .part = evaluation_bytes(network, n / (size_t)layout.n_ranks),
              .result = 3 * content_bytes(size),
              .wrong = 3 * (n - n / n_classes) * image_bytes};
  TRY(pass_bytes(&needs->pass, network, batch, layout));
  size_t probes;
  TRY(probes_bytes(&probes, network, layout.n_threads));
  needs->pass += probes;
  if (augment_wanted(&config->augment))
    needs->pass += pass_augment_bytes(network, augment_scratch(image.h, image.w), layout.n_threads);
  return status_ok();
}

static size_t of_all(const Needs *n) {
  return n->program + n->network + n->pass + n->order;
}

size_t needs_of_rank(const Needs *needs) {
  return of_all(needs) + needs->seen + needs->part;
}

size_t needs_of_first_least(const Needs *needs) {
  return of_all(needs) + needs->images + needs->evaluation +
         (needs->result > needs->part ? needs->result : needs->part);
}

size_t needs_of_first(const Needs *needs) {
  return needs_of_first_least(needs) + needs->wrong;
}

size_t needs_of_node(const Needs *needs, int n_ranks) {
  return needs_of_first(needs) + (size_t)(n_ranks - 1) * (needs_of_rank(needs) - needs->seen);
}

static double mb(size_t bytes) {
  return 1e-6 * (double)bytes;
}

void needs_print(FILE *out, const char *head, const Needs *n, PassLayout layout) {
  fprintf(out, "%smemory, MB, of %d rank%s x %d thread%s on a node, without MPI's buffers\n", head,
          layout.n_ranks, layout.n_ranks > 1 ? "s" : "", layout.n_threads,
          layout.n_threads > 1 ? "s" : "");
  const struct {
    const char *what;
    size_t bytes;
  } rows[] = {{"program and libraries, now", n->program},
              {"weights, optimizer", n->network},
              {"batch and threads", n->pass},
              {"data set, one a node", n->images + n->order},
              {"predictions, result file", n->evaluation + n->result},
              {"misclassified images, up to", n->wrong}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    fprintf(out, "%s  %-28s %8.1f\n", head, rows[i].what, mb(rows[i].bytes));
  fprintf(out, "%s  %-28s %8.1f to %.1f\n", head, "rank 0", mb(needs_of_first_least(n)),
          mb(needs_of_first(n)));
  if (layout.n_ranks == 1) return;
  fprintf(out, "%s  %-28s %8.1f\n", head, "each other rank", mb(needs_of_rank(n)));
  fprintf(out, "%s  %-28s %8.1f\n", head, "the node", mb(needs_of_node(n, layout.n_ranks)));
}
