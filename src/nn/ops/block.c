/* A block: a convolution and what network.order says, in that order. */
#include "add.h"
#include "conv.h"
#include "norm.h"
#include "pointwise.h"

typedef struct BlockSettings {
  ConvSettings conv; /* first: CONV_KEYS */
  NormSpec norm;
  double dropout;
} BlockSettings;

#define AT(member) offsetof(BlockSettings, member)

static const Key KEYS[] = {
    CONV_KEYS,
    {"norm", KEY_NORM, AT(norm), .fallback = "=network.norm", .needs = 1u << BLOCK_NORM,
     .documentation = "Normalization of this layer."},
    {"dropout", KEY_NUMBER, AT(dropout), .fallback = "=network.dropout", .range = RANGE_DROPOUT,
     .needs = 1u << BLOCK_DROPOUT, .documentation = "Probability that a value is set to 0."},
};

static Status add_one(Builder *builder, const BlockSettings *block, BlockOp op) {
  switch (op) {
  case BLOCK_CONV:
    return add_conv(builder, &block->conv);
  case BLOCK_NORM:
    return add_norm(builder, block->norm);
  case BLOCK_DROPOUT:
    return add_dropout(builder, block->dropout);
  default:
    return add_relu(builder);
  }
}

/* Whether this ReLU of the order is left out, as the norm before it takes its place. */
static int is_replaced(const NetworkConfig *network, const BlockSettings *block, int i) {
  int is_behind = 0;
  for (int k = 0; k < i; k++) is_behind |= network->order[k] == BLOCK_NORM;
  return network->order[i] == BLOCK_RELU && is_behind && norm_replaces_relu(block->norm);
}

static Status build(Builder *builder, const void *settings) {
  const NetworkConfig *network = &builder->network->config->network;
  const BlockSettings *block = settings;
  int from = builder_newest(builder);
  for (int i = 0; i < network->n_order; i++)
    if (!is_replaced(network, block, i)) TRY(add_one(builder, block, network->order[i]));
  return block->conv.skip ? add_skip(builder, from, block->conv.kernel) : status_ok();
}

static void title(const void *settings, char *text, size_t bytes) {
  conv_title("block", settings, text, bytes);
}

const LayerKind LAYER_BLOCK = {
    .kind = {.name = "block",
             .summary = "convolution, norm, dropout and ReLU, as network.order says",
             .keys = KEYS,
             .n_keys = N_KEYS(KEYS),
             .settings_bytes = sizeof(BlockSettings),
             .check = conv_check},
    .build = build,
    .title = title,
};
