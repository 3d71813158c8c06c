#include "rows.h"

#include <math.h>

/* Everything outside of the image is black. */
static void move(const CorruptionCall *call, const Augmentation *how) {
  augment_apply(call->out, call->image, call->c, call->h, call->w, how, call->scratch);
}

size_t moved_scratch(int c, int h, int w) {
  (void)c;
  return augment_scratch(h, w);
}

/* 1 or -1. */
static int random_sign(const CorruptionCall *call) {
  return random_next(call->random) >> 31 ? 1 : -1;
}

static void shift(const CorruptionCall *call) {
  Augmentation how = {.scale = 1};
  how.shift_x = random_sign(call) * call->value[0];
  how.shift_y = random_sign(call) * call->value[0];
  move(call, &how);
}

static void rotate(const CorruptionCall *call) {
  double degrees = call->value[0] * (180 / M_PI);
  move(call, &(Augmentation){.scale = 1, .rotation = random_sign(call) * degrees});
}

static void scale(const CorruptionCall *call) {
  move(call, &(Augmentation){.scale = call->value[0]});
}

static void shear(const CorruptionCall *call) {
  double degrees = call->value[0] * (180 / M_PI);
  move(call, &(Augmentation){.scale = 1, .shear = random_sign(call) * degrees});
}

const Corruption CORRUPTION_shift = {
    .name = "shift",
    .about = "Moves the image to the left or right, and up or down, on black.",
    .parameters = "pixels each way",
    .n_severities = CORRUPTION_SEVERITIES,
    .gray = {{{1}, {2}, {3}, {4}, {5}}, MNIST_C},
    .scratch = moved_scratch,
    .apply = shift};

const Corruption CORRUPTION_rotation = {.name = "rotation",
                                        .about = "Rotates about the centre, either way, on black.",
                                        .parameters = "angle in radians",
                                        .n_severities = CORRUPTION_SEVERITIES,
                                        .gray = {{{.2}, {.4}, {.6}, {.8}, {1}}, MNIST_C},
                                        .scratch = moved_scratch,
                                        .apply = rotate};

const Corruption CORRUPTION_scale = {.name = "scale",
                                     .about = "Shrinks towards the centre, on black.",
                                     .parameters = "factor",
                                     .n_severities = CORRUPTION_SEVERITIES,
                                     .gray = {{{.9}, {.8}, {.7}, {.6}, {.5}}, MNIST_C},
                                     .scratch = moved_scratch,
                                     .apply = scale};

const Corruption CORRUPTION_shear = {
    .name = "shear",
    .about = "Lets upright lines lean, either way, on black; the height stays.",
    .parameters = "angle in radians",
    .n_severities = CORRUPTION_SEVERITIES,
    .gray = {{{.2}, {.4}, {.6}, {.8}, {1}}, MNIST_C},
    .scratch = moved_scratch,
    .apply = shear};
