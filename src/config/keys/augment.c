#include "keys/list.h"

#define AT(member) offsetof(Config, augment.member)

/* clang-format off */
static const Key KEYS[] = {
    {"rotation", KEY_NUMBER, AT(rotation), .fallback = "0", .range = RANGE_FROM_TO(0, 180),
     .documentation = "Rotation, drawn from -rotation to rotation, degrees."},
    {"shift", KEY_NUMBER, AT(shift), .fallback = "0", .range = RANGE_FROM_TO(0, 4096),
     .documentation = "Shift along each axis, drawn from -shift to shift, pixels."},
    {"scale", KEY_NUMBER, AT(scale), .fallback = "0", .range = RANGE_FROM_TO(0, 0.9),
     .documentation = "Factor of size, drawn from 1 - scale to 1 + scale."},
    {"shear", KEY_NUMBER, AT(shear), .fallback = "0", .range = RANGE_FROM_TO(0, 60),
     .documentation = "Tilt of the upright lines, drawn from -shear to shear, degrees."},
    {"crop", KEY_WHOLE, AT(crop), .fallback = "0", .range = RANGE_FROM_TO(0, 4096),
     .documentation = "Black pixels put around the image, out of which one of its size is then "
                      "cut."},
    {"flip", KEY_SWITCH, AT(flip), .fallback = "false",
     .documentation = "Whether left and right are exchanged with probability 1/2."},
};
/* clang-format on */

const Key AUGMENT_SECTION = {
    "augment",
    KEY_SECTION,
    .fallback = "",
    .keys = KEYS,
    .n_keys = N_KEYS(KEYS),
    .documentation = "How training images are varied, anew each epoch; the test set never is."};
