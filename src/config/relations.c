#include "check.h"

#include <stdio.h>

typedef struct Relations {
  const Config *config;
  const Tree *tree;
  Report *report;
} Relations;

/* The line of a path. */
static int line_of(const Relations *r, const char *path) {
  const Node *node = tree_find(r->tree, path);
  return node ? node->line : 0;
}

#define REFUSE(r, path, ...) report_fault((r)->report, line_of(r, path), path, __VA_ARGS__)

static Status check_network(const Relations *r) {
  const NetworkConfig *network = &r->config->network;
  unsigned seen = 0;
  for (int i = 0; i < network->n_order; i++) {
    unsigned bit = 1u << network->order[i];
    if (seen & bit)
      return REFUSE(r, "network.order", "an operation is listed twice; accepted: each once");
    seen |= bit;
  }
  if (network->order[0] != BLOCK_CONV)
    return REFUSE(r, "network.order", "conv is not the first; accepted: lists that begin with it");
  for (int i = 0; i < network->n_layers; i++) {
    const LayerConfig *layer = &network->layers[i];
    char path[PATH_TEXT];
    snprintf(path, sizeof path, "network.layers.%d.padding", i);
    if (layer->padding > 0 && layer->padding >= layer->kernel)
      return REFUSE(r, path, "%d is not less than the kernel; accepted: 0 to %d", layer->padding,
                    layer->kernel - 1);
  }
  return status_ok();
}

static Status check_schedule(const Relations *r) {
  const char *path = "schedule.milestones";
  int n = r->config->schedule.n_milestones;
  const int *milestones = r->config->schedule.milestones;
  for (int i = 1; i < n; i++)
    if (milestones[i] <= milestones[i - 1])
      return REFUSE(r, path, "%d comes after %d; accepted: ascending epochs", milestones[i],
                    milestones[i - 1]);
  if (r->config->schedule.type == SCHEDULE_MULTI_STEP && n == 0)
    return REFUSE(r, path, "empty, but schedule.type is multi-step; accepted: epochs like [5, 10]");
  return status_ok();
}

Status check_config(const Config *config, int n_deviation, const Tree *tree, Report *report) {
  const Relations relations = {config, tree, report}, *r = &relations;
  TRY(check_network(r));
  TRY(check_schedule(r));
  if (config->data.n_mean != n_deviation)
    return REFUSE(r, "data.deviation", "%d entries, but data.mean has %d; accepted: as many",
                  n_deviation, config->data.n_mean);
  if (config->optimizer.nesterov && !(config->optimizer.momentum > 0))
    return REFUSE(r, "optimizer.nesterov",
                  "true, but optimizer.momentum is 0; accepted: false, or a momentum above 0");
  return status_ok();
}
