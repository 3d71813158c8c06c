#include "nn/layer_kinds.h"

#include <stdio.h>

#define AT(member) offsetof(LayerSettings, member)

/* clang-format off */
#define CHANNELS                                                                                   \
  {"channels", KEY_WHOLE, AT(channels), .range = RANGE_FROM_TO(1, 65536),                          \
   .documentation = "Channels of the output."}
#define CONVOLUTION                                                                                \
  CHANNELS,                                                                                        \
  {"kernel", KEY_WHOLE, AT(kernel), .fallback = "3", .range = RANGE_FROM_TO(1, 255),               \
   .documentation = "Height and width of the kernel, pixels."},                                    \
  {"stride", KEY_WHOLE, AT(stride), .fallback = "1", .range = RANGE_FROM_TO(1, 2),                 \
   .documentation = "Pixels from one place of the kernel to the next."},                           \
  {"padding", KEY_WHOLE, AT(padding), .fallback = "0", .range = RANGE_FROM_TO(0, 254),             \
   .documentation = "Zeros put around the input, pixels; less than the kernel."},                  \
  {"bias", KEY_SWITCH, AT(bias), .fallback = "false",                                              \
   .documentation = "Whether a learned number is added to each output channel."},                  \
  {"skip", KEY_SWITCH, AT(skip), .fallback = "false",                                              \
   .documentation = "Whether the input is added to the output of the layer."}
#define POOL                                                                                       \
  {"size", KEY_WHOLE, AT(size), .fallback = "2", .range = RANGE_FROM_TO(1, 4096),                  \
   .documentation = "Height and width of the window, pixels."},                                    \
  {"stride", KEY_WHOLE, AT(stride), .fallback = "=size", .range = RANGE_FROM_TO(1, 4096),          \
   .documentation = "Pixels from one window to the next."}
#define NORM(operations)                                                                           \
  {"norm", KEY_NORM, AT(norm), .fallback = "=network.norm", .needs = operations,                   \
   .documentation = "Normalization of this layer."}
#define DROPOUT(operations)                                                                        \
  {"dropout", KEY_NUMBER, AT(dropout), .fallback = "=network.dropout", .range = RANGE_DROPOUT,     \
   .needs = operations, .documentation = "Probability that a value is set to 0."}

static const Key BLOCK_KEYS[] = {CONVOLUTION, NORM(1u << BLOCK_NORM), DROPOUT(1u << BLOCK_DROPOUT)};
static const Key CONV_KEYS[] = {CONVOLUTION};
static const Key NORM_KEYS[] = {NORM(0)};
static const Key DROPOUT_KEYS[] = {DROPOUT(0)};
static const Key POOL_KEYS[] = {POOL};
static const Key LINEAR_KEYS[] = {
    {"channels", KEY_WHOLE, AT(channels), .range = RANGE_FROM_TO(1, 65536),
     .documentation = "Features of the output."},
    {"bias", KEY_SWITCH, AT(bias), .fallback = "true",
     .documentation = "Whether a learned number is added to each feature."},
};
/* clang-format on */

static const char *check_padding(const void *settings, char *text, size_t bytes) {
  const LayerSettings *layer = settings;
  if (layer->padding == 0 || layer->padding < layer->kernel) return NULL;
  snprintf(text, bytes, "%d is not less than the kernel; accepted: 0 to %d", layer->padding,
           layer->kernel - 1);
  return "padding";
}

/* A kind of layer, and what the program knows it by. */
typedef struct LayerKind {
  Kind kind;
  LayerType type;
} LayerKind;

#define KEYS(rows) .keys = rows, .n_keys = N_KEYS(rows)
#define SIZE .settings_bytes = sizeof(LayerSettings)

static const LayerKind BLOCK = {{"block",
                                 "convolution, norm, dropout and ReLU, as network.order says",
                                 KEYS(BLOCK_KEYS), SIZE, check_padding},
                                LAYER_BLOCK};
static const LayerKind CONV = {{"conv", "a convolution", KEYS(CONV_KEYS), SIZE, check_padding},
                               LAYER_CONV};
static const LayerKind NORM_LAYER_KIND = {{"norm", "a normalization", KEYS(NORM_KEYS), SIZE},
                                          LAYER_NORM};
static const LayerKind RELU = {{"relu", "max(x, 0)", SIZE}, LAYER_RELU};
static const LayerKind DROP = {
    {"dropout", "sets values to 0 at random in training", KEYS(DROPOUT_KEYS), SIZE}, LAYER_DROPOUT};
static const LayerKind MAX_POOL = {
    {"max-pool", "the largest value of each window", KEYS(POOL_KEYS), SIZE}, LAYER_MAX_POOL};
static const LayerKind AVG_POOL = {{"avg-pool", "the mean of each window", KEYS(POOL_KEYS), SIZE},
                                   LAYER_AVG_POOL};
static const LayerKind GLOBAL_AVG_POOL = {
    {"global-avg-pool", "the mean of each channel's whole map", SIZE}, LAYER_GLOBAL_AVG_POOL};
static const LayerKind LINEAR = {
    {"linear", "a matrix times the flattened input", KEYS(LINEAR_KEYS), SIZE}, LAYER_LINEAR};

const Kind *const LAYER_KINDS[LAYER_TYPE_COUNT] = {
    &BLOCK.kind,    &CONV.kind,     &NORM_LAYER_KIND.kind, &RELU.kind,   &DROP.kind,
    &MAX_POOL.kind, &AVG_POOL.kind, &GLOBAL_AVG_POOL.kind, &LINEAR.kind,
};

const LayerSettings *layer_settings(const Config *config, int i) {
  return config->network.layers[i].settings;
}

LayerType layer_type(const Config *config, int i) {
  return ((const LayerKind *)config->network.layers[i].kind)->type;
}
