/* Times of the kernels on one block that stays in the cache, for each instruction set:
 *   bench_norm [channels height width]
 * Columns: nanoseconds for one vector of 16 lanes (64 bytes), and GB/s of what is read and written.
 */
#include "kernels/isa.h"
#include "kernels/norm.h"
#include "kernels/pointwise.h"
#include "kernels/pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct Bench {
  Shape s, pooled;
  float *x, *y, *dy, *dz, *gamma, *beta;
  double *mean, *rstd, *a, *b;
  int64_t *dgamma, *dbeta;
  int out_of_range;
  uint16_t *passes;
  Dropout dropout;
} Bench;

static void *zeros(size_t n, size_t size) {
  size_t bytes = (n * size + 4095) / 64 * 64;
  void *p = aligned_alloc(64, bytes);
  if (!p) abort();
  return memset(p, 0, bytes);
}

static void copy(Bench *b) {
  memcpy(b->y, b->x, shape_floats(b->s) * sizeof(float));
}
static void sums(Bench *b) {
  norm_sums(b->a, b->b, b->x, &(NormCall){.shape = b->s, .band = band_whole(b->s)});
}
/* Each pixel with all of its channels. */
static NormCall pixels(NormCall call) {
  call.unit = NORM_UNIT_PIXEL;
  call.unit_channels = call.shape.c;
  return call;
}
static void sums_pixels(Bench *b) {
  const NormCall call = pixels((NormCall){.shape = b->s, .band = band_whole(b->s)});
  norm_sums(b->a, b->b, b->x, &call);
}
static void statistics_pixels(Bench *b) {
  norm_statistics(
      &(NormStatistics){b->mean, b->rstd, b->a, b->b, b->s.h * b->s.w, b->s.c, 1e-5, 1, 1});
}
static NormCall call_of(const Bench *b, const Dropout *dropout, int relu, NormAffine affine) {
  return (NormCall){.shape = b->s,
                    .band = band_whole(b->s),
                    .unit = affine == NORM_AFFINE_COLUMN ? NORM_UNIT_ROW : NORM_UNIT_CHANNEL,
                    .affine = affine,
                    .mean = b->mean,
                    .rstd = b->rstd,
                    .gamma = b->gamma,
                    .beta = b->beta,
                    .dropout = dropout,
                    .relu = relu,
                    .passes = b->passes};
}
static void forward(Bench *b, const Dropout *dropout, int relu, NormAffine affine) {
  const NormCall call = call_of(b, dropout, relu, affine);
  norm_forward(b->y, b->x, &call);
}
static void forward_plain(Bench *b) {
  forward(b, NULL, 1, NORM_AFFINE_CHANNEL);
}
static void forward_dropout(Bench *b) {
  forward(b, &b->dropout, 1, NORM_AFFINE_CHANNEL);
}
static void forward_again(Bench *b) {
  const NormCall call = call_of(b, &b->dropout, 1, NORM_AFFINE_CHANNEL);
  norm_forward_again(b->y, b->x, &call);
}
static void forward_element(Bench *b) {
  forward(b, NULL, 1, NORM_AFFINE_ELEMENT);
}
static void forward_column(Bench *b) {
  forward(b, NULL, 1, NORM_AFFINE_COLUMN);
}
static void backward(Bench *b, const Dropout *dropout, int relu, NormAffine affine) {
  const NormCall call = call_of(b, dropout, relu, affine);
  norm_backward_sums(NULL, &(NormGradient){b->a, b->b, b->dgamma, b->dbeta, 1e4, &b->out_of_range},
                     b->dy, b->x, &call);
}
static void backward_plain(Bench *b) {
  backward(b, NULL, 1, NORM_AFFINE_CHANNEL);
}
static void backward_element(Bench *b) {
  backward(b, NULL, 1, NORM_AFFINE_ELEMENT);
}
static void backward_column(Bench *b) {
  backward(b, NULL, 1, NORM_AFFINE_COLUMN);
}
static void apply(Bench *b) {
  const NormCall call = call_of(b, NULL, 1, NORM_AFFINE_CHANNEL);
  norm_backward_apply(b->dz, b->dy, b->x, b->a, b->b, LANES, &call);
}
static void forward_pixels(Bench *b) {
  const NormCall call = pixels(call_of(b, NULL, 1, NORM_AFFINE_CHANNEL));
  norm_forward(b->y, b->x, &call);
}
static void forward_dropout_pixels(Bench *b) {
  const NormCall call = pixels(call_of(b, &b->dropout, 1, NORM_AFFINE_CHANNEL));
  norm_forward(b->y, b->x, &call);
}
static void backward_pixels(Bench *b) {
  const NormCall call = pixels(call_of(b, NULL, 1, NORM_AFFINE_CHANNEL));
  norm_backward_sums(NULL, &(NormGradient){b->a, b->b, b->dgamma, b->dbeta, 1e4, &b->out_of_range},
                     b->dy, b->x, &call);
}
static void apply_pixels(Bench *b) {
  const NormCall call = pixels(call_of(b, NULL, 1, NORM_AFFINE_CHANNEL));
  norm_backward_apply(b->dz, b->dy, b->x, b->a, b->b, LANES, &call);
}
static void pool(Bench *b) {
  max_pool_forward(b->y, b->x, &(PoolShape){b->s, b->pooled, 2, 2, 2});
}
static void pool_backward(Bench *b) {
  max_pool_backward(b->dz, b->dy, b->x, &(PoolShape){b->s, b->pooled, 2, 2, 2});
}

/* streams: arrays of the activation's size that are read or written. */
static const struct {
  const char *name;
  void (*run)(Bench *b);
  double streams;
} KERNELS[] = {{"copy (memcpy)", copy, 2},
               {"norm_sums", sums, 1},
               {"forward, relu", forward_plain, 2},
               {"forward, dropout, relu", forward_dropout, 2},
               {"forward, again", forward_again, 2},
               {"forward, per element", forward_element, 2},
               {"forward, rows, per column", forward_column, 2},
               {"backward sums, relu", backward_plain, 2},
               {"backward sums, per element", backward_element, 2},
               {"backward sums, rows, per column", backward_column, 2},
               {"backward apply", apply, 3},
               {"norm_sums, pixels", sums_pixels, 1},
               {"norm_statistics, pixels", statistics_pixels, 1},
               {"forward, relu, pixels", forward_pixels, 2},
               {"forward, dropout, relu, pixels", forward_dropout_pixels, 2},
               {"backward sums, relu, pixels", backward_pixels, 2},
               {"backward apply, pixels", apply_pixels, 3},
               {"max pool 2x2", pool, 1.25},
               {"max pool 2x2 backward", pool_backward, 2.25}};

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The fastest of several repeats: the machine may be busy with other things. */
static double time_of(void (*run)(Bench *b), Bench *b) {
  double best = 1e9;
  int n = 1 + (int)(4e6 / (double)shape_floats(b->s));
  for (int repeat = 0; repeat < 15; repeat++) {
    double start = seconds();
    for (int i = 0; i < n; i++) run(b);
    double time = (seconds() - start) / n;
    if (time < best) best = time;
  }
  return best;
}

int main(int argc, char **argv) {
  int c = argc > 3 ? atoi(argv[1]) : 8, h = argc > 3 ? atoi(argv[2]) : 24;
  int w = argc > 3 ? atoi(argv[3]) : 24;
  if (c < 1 || h < 2 || w < 2) return 2;
  Bench b = {.s = shape_make(c, h, w), .pooled = shape_make(c, h / 2, w / 2)};
  size_t floats = shape_floats(b.s), units = (size_t)((c > w ? c : w) * h) * LANES,
         n = (size_t)(c * h * w);
  uint32_t lane[LANES];
  b.x = zeros(floats, sizeof(float));
  b.y = zeros(floats, sizeof(float));
  b.dy = zeros(floats, sizeof(float));
  b.dz = zeros(floats, sizeof(float));
  b.passes = zeros(floats / LANES, sizeof(uint16_t));
  b.gamma = zeros(2 * n, sizeof(float));
  b.beta = b.gamma + n;
  b.mean = zeros(4 * units, sizeof(double));
  b.rstd = b.mean + units;
  b.a = b.rstd + units;
  b.b = b.a + units;
  b.dgamma = zeros(2 * n, sizeof(int64_t));
  b.dbeta = b.dgamma + n;
  for (size_t i = 0; i < floats; i++) {
    b.x[i] = (float)(i * 7919 % 1000) / 500 - 1;
    b.dy[i] = (float)(i * 104729 % 1000) / 500 - 1;
  }
  for (size_t i = 0; i < n; i++) b.gamma[i] = 1;
  for (size_t i = 0; i < units; i++) b.rstd[i] = 1.7;
  for (uint32_t i = 0; i < LANES; i++) lane[i] = i;
  b.dropout = (Dropout){.threshold = 13, .key = {1, 2}, .step = 3, .lane = lane};
  isa_flush_denormals();
  for (int isa = ISA_COUNT - 1; isa >= 0; isa--) {
    setenv("NORMLAB_ISA", isa_name((Isa)isa), 1);
    if (isa_select().code != STATUS_OK) continue;
    printf("%s, %d x %d x %d, %.0f KiB an array\n", isa_name((Isa)isa), c, h, w,
           (double)floats * 4 / 1024);
    for (size_t k = 0; k < sizeof KERNELS / sizeof KERNELS[0]; k++) {
      double time = time_of(KERNELS[k].run, &b);
      printf("  %-34s %7.3f ns %7.1f GB/s\n", KERNELS[k].name, 1e9 * time / (double)n,
             KERNELS[k].streams * (double)n * 64 / time * 1e-9);
    }
  }
  free(b.x);
  free(b.y);
  free(b.dy);
  free(b.dz);
  free(b.passes);
  free(b.gamma);
  free(b.mean);
  free(b.dgamma);
  return 0;
}
