#ifndef NORMLAB_NN_OPS_CONV_H
#define NORMLAB_NN_OPS_CONV_H
/* What steps and other layers need to know of the convolution. */
#include "../builder.h"
#include "../run/share.h"

extern const OpKind OP_CONV;

static inline int is_conv(const Op *op) {
  return op->kind == &OP_CONV;
}
/* Returns the shape of a convolution. */
static inline const ConvShape *conv_shape(const Op *op) {
  return op->own;
}
/* Returns the weights that a convolution uses. */
const float *conv_weights(const Network *network, const Op *op);
/* Returns a call that computes a part of the result (band NULL: all of it), and meanwhile fetches
 * the lines `ahead`. */
ConvCall conv_call(const Context *context, const Op *op, const Band *band, Ahead ahead);

/* The settings of a layer that has a convolution. */
typedef struct ConvSettings {
  int channels; /* of the output */
  int kernel, stride, padding;
  int bias, skip;
} ConvSettings;

/* The rows of the keys of these settings, for a kind of layer whose settings begin with
 * ConvSettings. */
#define CONV_AT(member) offsetof(ConvSettings, member)
#define CONV_KEYS                                                                                  \
  {"channels", KEY_WHOLE, CONV_AT(channels), .range = RANGE_FROM_TO(1, 65536),                     \
   .documentation = "Channels of the output."},                                                    \
      {"kernel",                                                                                   \
       KEY_WHOLE,                                                                                  \
       CONV_AT(kernel),                                                                            \
       .fallback = "3",                                                                            \
       .range = RANGE_FROM_TO(1, 255),                                                             \
       .documentation = "Height and width of the kernel, pixels."},                                \
      {"stride",                                                                                   \
       KEY_WHOLE,                                                                                  \
       CONV_AT(stride),                                                                            \
       .fallback = "1",                                                                            \
       .range = RANGE_FROM_TO(1, 2),                                                               \
       .documentation = "Pixels from one place of the kernel to the next."},                       \
      {"padding",                                                                                  \
       KEY_WHOLE,                                                                                  \
       CONV_AT(padding),                                                                           \
       .fallback = "0",                                                                            \
       .range = RANGE_FROM_TO(0, 254),                                                             \
       .documentation = "Zeros put around the input, pixels; less than the kernel."},              \
      {"bias", KEY_SWITCH, CONV_AT(bias), .fallback = "false",                                     \
       .documentation = "Whether a learned number is added to each output channel."},              \
  {                                                                                                \
    "skip", KEY_SWITCH, CONV_AT(skip),                                                             \
        .fallback = "false",                                                                       \
        .documentation = "Whether the input is added to the output of the layer."                  \
  }
/* Kind.check for such settings. */
const char *conv_check(const void *settings, char *text, size_t bytes);

/* Appends a convolution, and a bias if the settings ask for one. */
Status add_conv(Builder *builder, const ConvSettings *settings) MUST_CHECK;

/* Writes the title of such a layer: "NAME 3x3 /2 pad 1 + skip". */
void conv_title(const char *name, const ConvSettings *settings, char *text, size_t bytes);

#endif
