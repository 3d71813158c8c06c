#ifndef NORMLAB_TESTS_NN_FIXTURE_H
#define NORMLAB_TESTS_NN_FIXTURE_H
/* What the tests of nn share: configurations as text, and random images. */
#include "base/images.h"
#include "config/config.h"
#include "support/ranks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Networks of configs and of the published systems, and one that has every type of layer. */
extern const char NETWORK_S6[], NETWORK_WIDE[], NETWORK_RELU_FIRST[];
extern const char NETWORK_ALL_LAYERS[]; /* order conv, norm, relu; images of 2 x 13 x 12 */
extern const char NETWORK_ALL_LAYERS_RELU_NORM[]; /* the same in order conv, relu, norm */
/* 2 x 13 x 12 to 112 x 13 x 12, twice: activations of more than 1 MB a block, which are computed in
 * pieces. */
extern const char NETWORK_LARGE[], NETWORK_LARGE_RELU_NORM[];
/* 24 x 13 x 12, whose batch norm has its sums from moments of the images, then pooled; and
 * 112 x 13 x 12, pooled, as the first layer and as the second. */
extern const char NETWORK_AGAIN[], NETWORK_LARGE_POOLED[], NETWORK_LARGE_SECOND_POOLED[];
extern const char NETWORK_LARGE_STRIDED[]; /* to 416 x 7 x 6 by a convolution with stride 2 */

/* The text as "test.yaml" with network.norm and further changes "key=value", ended by NULL; norm
 * may be NULL. Owned by the caller. */
Config *config_make(const char *text, const char *norm, ...) __attribute__((sentinel));

void expect_ok(Status status);

typedef struct Images {
  ImageSet set;
  uint8_t *pixels, *labels;
  float table[MAX_INPUT_CHANNELS * 256]; /* (v / 255 - 0.5) / 0.3 */
} Images;

/* Random pixels and labels below n_classes. */
void images_make(Images *images, int n, int c, int h, int w, int n_classes, uint64_t seed);
void images_free(Images *images);
/* The same as doubles, as the network sees them: [n][c][h][w]. Owned by the caller. */
double *images_doubles(const Images *images);

/* Uniform in [0, 1). */
double random_share(uint64_t *state);

void *new_zeroed(size_t n, size_t size);

#endif
