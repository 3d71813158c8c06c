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

static Status check_kind(const Relations *r, const char *section, const Kind *kind,
                         const void *settings) {
  char text[300], path[PATH_TEXT];
  const char *key = kind->check ? kind->check(settings, text, sizeof text) : NULL;
  if (!key) return status_ok();
  snprintf(path, sizeof path, "%s.%s", section, key);
  return REFUSE(r, path, "%s", text);
}

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
    char path[PATH_TEXT];
    snprintf(path, sizeof path, "network.layers.%d", i);
    TRY(check_kind(r, path, network->layers[i].kind, network->layers[i].settings));
  }
  return status_ok();
}

Status check_config(const Config *config, const Tree *tree, Report *report) {
  const Relations relations = {config, tree, report}, *r = &relations;
  TRY(check_network(r));
  TRY(check_kind(r, "schedule", config->schedule.kind, config->schedule.settings));
  if (config->data.n_mean != config->data.n_deviation)
    return REFUSE(r, "data.deviation", "%d entries, but data.mean has %d; accepted: as many",
                  config->data.n_deviation, config->data.n_mean);
  if (config->probes.every > 0 && config->probes.n_walk == 0 && !config->probes.layers)
    return REFUSE(r, "probes.every",
                  "nothing is to be looked at; accepted: 0, or with probes.walk "
                  "or probes.layers");
  return check_kind(r, "optimizer", config->optimizer.kind, config->optimizer.settings);
}
