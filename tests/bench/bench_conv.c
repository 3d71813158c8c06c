/* bench_conv [SECONDS]: speed of the convolutions of one thread, layer by layer, for each backend
 * and instruction set, next to the peak of fused multiply-adds measured in the same run. Each
 * figure is the fastest repetition within SECONDS (0.05). Operations are those of the formulas, so
 * that algorithms of fewer multiplications may pass the peak; what is not the direct algorithm is
 * named. */
#include "base/exact.h"
#include "base/memory.h"
#include "kernels/conv.h"
#include "kernels/gemm.h"
#include "kernels/isa.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#if defined __x86_64__
#include <immintrin.h>
#endif

typedef struct Layer {
  int in_c, out_c, in, kernel, padding;
} Layer;

static const Layer LAYERS[] = {
    {1, 8, 28, 3, 0},  {8, 8, 26, 3, 0},   {8, 8, 24, 3, 0},   {8, 12, 11, 3, 0},
    {12, 14, 9, 3, 0}, {14, 8, 7, 1, 0},   {8, 26, 7, 3, 0},   {26, 50, 5, 1, 0},
    {50, 10, 1, 1, 0}, {32, 10, 24, 1, 0}, {12, 16, 6, 3, 1},  {32, 32, 4, 3, 1},
    {1, 96, 28, 5, 2}, {96, 16, 28, 1, 0}, {16, 16, 14, 3, 0}, {16, 32, 26, 3, 0},
};
enum { N_S6 = 9 }; /* the first layers are those of the network s6 */

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

#if defined __x86_64__
/* Independent chains of fused multiply-adds, as many as the kernels use; returns GFLOP/s. */
#define DEFINE_PEAK(name, isa, vector, set, fma, floats, n_chains)                                 \
  __attribute__((target(isa), noinline)) static double name(void) {                                \
    const int n = 2000;                                                                            \
    vector acc[n_chains];                                                                          \
    const vector a = set(0.999F), b = set(0.001F);                                                 \
    _Pragma("GCC unroll 24") for (int k = 0; k < (n_chains); k++) acc[k] = b;                      \
    const double start = now();                                                                    \
    for (int i = 0; i < n; i++) {                                                                  \
      _Pragma("GCC unroll 24") for (int k = 0; k < (n_chains); k++) {                              \
        acc[k] = fma(acc[k], a, b);                                                                \
        __asm__ volatile("" : "+v"(acc[k]));                                                       \
      }                                                                                            \
    }                                                                                              \
    return 2e-9 * (floats) * (n_chains) * (double)n / (now() - start);                             \
  }
DEFINE_PEAK(peak_avx2, "avx2,fma", __m256, _mm256_set1_ps, _mm256_fmadd_ps, 8, 12)
DEFINE_PEAK(peak_avx512, "avx512f", __m512, _mm512_set1_ps, _mm512_fmadd_ps, 16, 24)
#endif

/* 0 where it is not known. */
static double peak(Isa isa, double limit) {
  double best = 0;
  const double end = now() + limit;
  while (now() < end) {
    double here = 0;
#if defined __x86_64__
    if (isa == ISA_AVX2) here = peak_avx2();
    if (isa == ISA_AVX512) here = peak_avx512();
#endif
    if (here > best) best = here;
  }
  (void)isa;
  return best;
}

typedef struct Data {
  ConvShape s;
  float *x, *dx, *y, *dy, *w, *packed, *scratch;
  int64_t *dw;
} Data;

static float *make(size_t n) {
  float *p;
  const Status status = memory_allocate(&p, n, sizeof *p, "arrays");
  if (status.code != STATUS_OK) {
    fprintf(stderr, "%s\n", status.text);
    exit(status.code);
  }
  for (size_t i = 0; i < n; i++) p[i] = (float)(i * 2654435761U % 1000) * 1e-3F - 0.5F;
  return p;
}

static Data data_make(const Layer *layer, const ConvBackend *backend) {
  const int out = layer->in + 2 * layer->padding - layer->kernel + 1;
  const ConvShape s = {shape_make(layer->in_c, layer->in, layer->in),
                       shape_make(layer->out_c, out, out), layer->kernel, 1, layer->padding};
  const size_t n_x = shape_floats(s.in), n_y = shape_floats(s.out);
  const size_t n_w = (size_t)(layer->in_c * layer->out_c * layer->kernel * layer->kernel);
  Data d = {s,
            make(n_x),
            make(n_x),
            make(n_y),
            make(n_y),
            make(n_w),
            make(backend->packed_size(&s)),
            make(backend->scratch_size(&s)),
            calloc(n_w, sizeof(int64_t))};
  if (!d.dw) exit(STATUS_MEMORY);
  backend->pack(d.packed, d.w, &s);
  return d;
}

static void data_free(Data *d) {
  void *all[] = {d->x, d->dx, d->y, d->dy, d->w, d->packed, d->scratch, d->dw};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
}

static void run(const ConvBackend *backend, Data *d, int operation) {
  const ConvCall call = {
      .shape = &d->s, .packed = d->packed, .scratch = d->scratch, .limit = EXACT_GRADIENT_RANGE};
  if (operation == 0) backend->forward(d->y, d->x, &call);
  if (operation == 1) backend->backward_data(d->dx, d->dy, &call);
  if (operation == 2) (void)backend->backward_weights(d->dw, d->x, d->dy, &call);
}

/* Seconds of the fastest call. */
static double measure(const ConvBackend *backend, Data *d, int operation, double limit) {
  double best = 1e9;
  const double end = now() + limit;
  for (int calls = 0; calls < 3 || now() < end; calls++) {
    const double start = now();
    run(backend, d, operation);
    const double seconds = now() - start;
    if (seconds < best) best = seconds;
  }
  return best;
}

static void print_speed(double flops, double seconds, double top, const char *algorithm) {
  const double speed = 1e-9 * flops / seconds;
  if (top > 0)
    printf(" %7.1f %3.0f%%", speed, 100 * speed / top);
  else
    printf(" %7.1f     ", speed);
  printf(" %-14s", strcmp(algorithm, "direct") == 0 ? "" : algorithm);
}

static void bench(const ConvBackend *backend, double top, double limit) {
  printf("%-28s %12s %27s %27s\n", "layer", "forward", "dX", "dW");
  double flops_s6[3] = {0}, seconds_s6[3] = {0};
  for (size_t i = 0; i < sizeof LAYERS / sizeof *LAYERS; i++) {
    const Layer *l = &LAYERS[i];
    Data d = data_make(l, backend);
    const double flops =
        2.0 * LANES * l->in_c * l->out_c * l->kernel * l->kernel * d.s.out.h * d.s.out.w;
    printf("%3d ->%3d %dx%d on %2dx%2d pad %d  ", l->in_c, l->out_c, l->kernel, l->kernel, l->in,
           l->in, l->padding);
    for (int operation = 0; operation < 3; operation++) {
      const double seconds = measure(backend, &d, operation, limit);
      print_speed(flops, seconds, top, backend->algorithm(&d.s, (ConvDirection)operation));
      if (i >= N_S6) continue;
      flops_s6[operation] += flops;
      seconds_s6[operation] += seconds;
    }
    printf("\n");
    data_free(&d);
  }
  printf("%-28s", "s6, sum of its layers");
  for (int k = 0; k < 3; k++) print_speed(flops_s6[k], seconds_s6[k], top, "direct");
  printf("\n\n");
}

int main(int argc, char **argv) {
  isa_flush_denormals();
  const double limit = argc > 1 ? atof(argv[1]) : 0.05;
  double top = 0;
  for (int isa = 0; isa < ISA_COUNT; isa++) {
    setenv("NORMLAB_ISA", isa_name((Isa)isa), 1);
    if (isa_select().code != STATUS_OK) continue;
    top = peak((Isa)isa, 10 * limit);
    for (int k = 0; k < 3; k++) {
      static const char *const BACKENDS[] = {"direct", "winograd", "auto"};
      printf("%s, %s; peak %.1f GFLOP/s; GFLOP/s and share of the peak\n", BACKENDS[k],
             isa_name((Isa)isa), top);
      bench(conv_backend(BACKENDS[k]), top, limit);
    }
  }
  const Status status = conv_gemm.prepare(1);
  if (status.code != STATUS_OK) {
    fprintf(stderr, "%s\n", status.text);
    return 1;
  }
  printf("gemm, OpenBLAS %s; share of the last peak\n", gemm_core_type());
  bench(conv_backend("gemm"), top, limit);
  return 0;
}
