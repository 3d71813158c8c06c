#include "kernels/gemm.h"

#include "blas.h"
#include "kernels/pointwise.h"
#include <string.h>

/* c[m][n] = beta c + product of a[m][k] and b[k][n], each of which may be stored transposed. */
static void multiply(float *c, size_t ldc, const float *a, size_t lda, BlasTranspose ta,
                     const float *b, size_t ldb, BlasTranspose tb, int m, int n, int k,
                     float beta) {
  blas_product(BLAS_ROW_MAJOR, ta, tb, m, n, k, 1.0F, a, (int)lda, b, (int)ldb, beta, c, (int)ldc);
}

/* im2col: column[tap][i][j][16] = x[ci][i s + kh - p][j s + kw - p], tap = (ci, kh, kw), zero
 * outside. Where the kernel is 1 x 1 at stride 1 that is x itself. A convolution is done in groups
 * of output rows whose columns stay in the second-level cache. */
enum { COLUMN_FLOATS = 1 << 18 };

static int n_taps(const ConvShape *s) {
  return s->in.c * s->kernel * s->kernel;
}

static int is_own_matrix(const ConvShape *s) {
  return s->kernel == 1 && s->stride == 1;
}

/* Output rows of a group. */
static int group_rows(const ConvShape *s) {
  const size_t fit = COLUMN_FLOATS / ((size_t)n_taps(s) * (size_t)s->out.w * LANES);
  if (is_own_matrix(s) || fit >= (size_t)s->out.h) return s->out.h;
  return fit < 1 ? 1 : (int)fit;
}

/* Where the input of one tap lies in one output row: outputs [begin, end) read x from `at` on,
 * pixel by pixel at the stride; the others read zeros. */
typedef struct Source {
  size_t at; /* of output `begin` */
  int begin, end;
} Source;

static Source source_of(const ConvShape *s, int tap, int i) {
  const int k = s->kernel, st = s->stride;
  const int left = tap % k - s->padding, r = i * st + tap / k % k - s->padding;
  if (r < 0 || r >= s->in.h) return (Source){0, s->out.w, s->out.w};
  int begin = left < 0 ? (-left + st - 1) / st : 0;
  int end = s->in.w > left ? (s->in.w - left + st - 1) / st : 0;
  if (begin > s->out.w) begin = s->out.w;
  if (end > s->out.w) end = s->out.w;
  if (end < begin) end = begin;
  if (end == begin) return (Source){0, begin, end};
  const size_t pixel = (size_t)r * (size_t)s->in.w + (size_t)(begin * st + left);
  return (Source){(size_t)(tap / (k * k)) * s->in.stride + pixel * LANES, begin, end};
}

static void gather_columns(float *column, const float *x, const ConvShape *s, int i0, int i1) {
  const size_t row = (size_t)s->out.w * LANES;
  for (int tap = 0; tap < n_taps(s); tap++)
    for (int i = i0; i < i1; i++, column += row) {
      const Source from = source_of(s, tap, i);
      const float *pixel = x + from.at;
      if (from.end - from.begin < s->out.w) memset(column, 0, row * sizeof *column);
      for (int j = from.begin; j < from.end; j++, pixel += s->stride * LANES)
        memcpy(column + j * LANES, pixel, LANES * sizeof *column);
    }
}

/* Adds to the rows of a band of x, which begins at x; s->in has the band's channels. */
static void scatter_columns(float *x, const float *column, const ConvShape *s, Band band, int i0,
                            int i1) {
  const size_t row = (size_t)s->out.w * LANES, above = (size_t)(band.row * s->in.w) * LANES;
  for (int tap = 0; tap < n_taps(s); tap++)
    for (int i = i0; i < i1; i++, column += row) {
      const int r = i * s->stride + tap / s->kernel % s->kernel - s->padding;
      if (r < band.row || r >= band.row + band.n_rows) continue;
      const Source to = source_of(s, tap, i);
      if (to.begin == to.end) continue;
      float *pixel = x + (to.at - above);
      for (int j = to.begin; j < to.end; j++, pixel += s->stride * LANES)
        for (int l = 0; l < LANES; l++) pixel[l] += column[j * LANES + l];
    }
}

static size_t conv_packed_size(const ConvShape *s) {
  return (size_t)s->out.c * (size_t)n_taps(s);
}

static const char *conv_algorithm(const ConvShape *s, ConvDirection direction) {
  (void)s, (void)direction;
  return "im2col";
}

static ConvSteps conv_steps(const ConvShape *s, ConvDirection direction) {
  (void)s, (void)direction;
  return (ConvSteps){1, 1};
}

static void conv_pack(float *packed, const float *w, const ConvShape *s) {
  memcpy(packed, w, conv_packed_size(s) * sizeof *w);
}

static void conv_forward(float *y, const float *x, const ConvCall *call) {
  const ConvShape *s = call->part ? call->part : call->shape;
  const Band band = call->band ? *call->band : band_whole(s->out);
  const int rows = group_rows(s), row = s->out.w * LANES, k = n_taps(s);
  const int last = band.row + band.n_rows;
  const float *packed = call->packed + (size_t)band.channel * (size_t)k;
  for (int i = band.row; i < last; i += rows, y += (size_t)rows * (size_t)row) {
    const int end = i + rows < last ? i + rows : last, n = (end - i) * row;
    const float *own = is_own_matrix(s) ? x + (size_t)i * (size_t)row : call->scratch;
    if (!is_own_matrix(s)) gather_columns(call->scratch, x, s, i, end);
    multiply(y, band.stride, packed, (size_t)k, BLAS_AS_IT_IS, own,
             is_own_matrix(s) ? s->in.stride : (size_t)n, BLAS_AS_IT_IS, band.n_channels, n, k,
             0.0F);
  }
}

static void zero_band(float *x, Band band, int w) {
  for (int c = 0; c < band.n_channels; c++)
    memset(x + (size_t)c * band.stride, 0, (size_t)(band.n_rows * w) * LANES * sizeof *x);
}

static void conv_backward_data(float *dx, const float *dy, const ConvCall *call) {
  ConvShape s = *call->shape;
  const int group = group_rows(&s), row = s.out.w * LANES, all = n_taps(&s);
  const Band band = call->band ? *call->band : band_whole(s.in);
  const float *packed = call->packed + (size_t)band.channel * (size_t)(s.kernel * s.kernel);
  /* The rows of dy whose windows meet the band. */
  const int above = band.row + s.padding - s.kernel + s.stride;
  const int below = (band.row + band.n_rows - 1 + s.padding) / s.stride + 1;
  const int first = above > 0 ? above / s.stride : 0, last = below < s.out.h ? below : s.out.h;
  s.in.c = band.n_channels;
  s.in.stride = band.stride;
  const int k = n_taps(&s);
  if (is_own_matrix(&s)) {
    multiply(dx, band.stride, packed, (size_t)all, BLAS_TRANSPOSED, dy + first * row, s.out.stride,
             BLAS_AS_IT_IS, k, (last - first) * row, s.out.c, 0.0F);
    return;
  }
  zero_band(dx, band, s.in.w);
  for (int i = first; i < last; i += group) {
    const int end = i + group < last ? i + group : last, n = (end - i) * row;
    multiply(call->scratch, (size_t)n, packed, (size_t)all, BLAS_TRANSPOSED, dy + i * row,
             s.out.stride, BLAS_AS_IT_IS, k, n, s.out.c, 0.0F);
    scatter_columns(dx, call->scratch, &s, band, i, end);
  }
}

/* The products of the weights' gradient are made sample by sample: for a group of output rows,
 * columns [16][taps][pixels] and dy [16][out.c][pixels] with the lane outermost, and sums
 * [16][out.c][taps]. */
static int weights_rows(const ConvShape *s) {
  const size_t fit = COLUMN_FLOATS / ((size_t)(n_taps(s) + s->out.c) * (size_t)s->out.w * LANES);
  if (fit >= (size_t)s->out.h) return s->out.h;
  return fit < 1 ? 1 : (int)fit;
}

static size_t conv_scratch_size(const ConvShape *s) {
  const size_t row = (size_t)s->out.w * LANES, columns = (size_t)n_taps(s) * row;
  const size_t dy = (size_t)s->out.c * row;
  const size_t weights = (columns + dy) * (size_t)weights_rows(s) + conv_packed_size(s) * LANES;
  const size_t data = is_own_matrix(s) ? 0 : columns * (size_t)group_rows(s);
  return data > weights ? data : weights;
}

/* to[l] [n], at a distance of `plane` floats from lane to lane, from n pixels [16] at a distance of
 * `step` floats. */
static void gather_lanes(float *to, size_t plane, const float *from, size_t step, int n) {
  for (int j = 0; j < n; j++, from += step)
    for (size_t l = 0; l < LANES; l++) to[l * plane + (size_t)j] = from[l];
}

static void gather_lane_columns(float *column, const float *x, const ConvShape *s, int i0, int i1) {
  const size_t plane = (size_t)n_taps(s) * (size_t)(i1 - i0) * (size_t)s->out.w;
  memset(column, 0, plane * LANES * sizeof *column);
  for (int tap = 0; tap < n_taps(s); tap++)
    for (int i = i0; i < i1; i++, column += s->out.w) {
      const Source from = source_of(s, tap, i);
      gather_lanes(column + from.begin, plane, x + from.at, (size_t)s->stride * LANES,
                   from.end - from.begin);
    }
}

static int conv_backward_weights(int64_t *dw, const float *x, const float *dy,
                                 const ConvCall *call) {
  const ConvShape *s = call->part ? call->part : call->shape;
  const int rows = weights_rows(s), k = n_taps(s);
  const size_t n_weights = conv_packed_size(s);
  float *sum = call->scratch, *column = sum + n_weights * LANES;
  float *own_dy = column + (size_t)(k * rows * s->out.w) * LANES;
  for (int i = 0; i < s->out.h; i += rows) {
    const int end = i + rows < s->out.h ? i + rows : s->out.h, n = (end - i) * s->out.w;
    gather_lane_columns(column, x, s, i, end);
    for (int c = 0; c < s->out.c; c++)
      gather_lanes(own_dy + c * n, (size_t)(s->out.c * n),
                   dy + (size_t)c * s->out.stride + (size_t)(i * s->out.w) * LANES, LANES, n);
    for (int l = 0; l < LANES; l++)
      multiply(sum + (size_t)l * n_weights, (size_t)k, own_dy + l * s->out.c * n, (size_t)n,
               BLAS_AS_IT_IS, column + l * k * n, (size_t)n, BLAS_TRANSPOSED, s->out.c, k, n,
               i > 0 ? 1.0F : 0.0F);
  }
  const size_t step = call->dw_channel ? call->dw_channel : (size_t)k;
  int out_of_range = 0;
  for (int i = 0; i < LANES * s->out.c; i++, sum += k)
    out_of_range |=
        gradient_add_floats(dw + (size_t)(i % s->out.c) * step, sum, (size_t)k, call->limit);
  return out_of_range;
}

/* Features of a linear layer are rows of one matrix [n_in][16] only where channels are not padded.
 */
static int n_features(Shape in) {
  return in.c * in.h * in.w;
}

static int is_dense(Shape in) {
  return in.c == 1 || in.stride == (size_t)in.h * (size_t)in.w * LANES;
}

static const float *dense(const float *x, Shape in, float *scratch) {
  const size_t channel = (size_t)in.h * (size_t)in.w * LANES;
  if (is_dense(in)) return x;
  for (int c = 0; c < in.c; c++)
    memcpy(scratch + (size_t)c * channel, x + (size_t)c * in.stride, channel * sizeof *x);
  return scratch;
}

static size_t linear_scratch_size(Shape in) {
  return (is_dense(in) ? 1 : 2) * (size_t)n_features(in) * LANES;
}

static void linear_forward(float *y, const float *x, const LinearCall *call) {
  const int n_in = n_features(call->in), n_out = call->n_out;
  const float *bias = call->bias;
  if (bias)
    for (int i = 0; i < n_out * LANES; i++) y[i] = bias[i / LANES];
  multiply(y, LANES, call->weight, (size_t)n_in, BLAS_AS_IT_IS, dense(x, call->in, call->scratch),
           LANES, BLAS_AS_IT_IS, n_out, LANES, n_in, bias ? 1.0F : 0.0F);
}

static void linear_backward_data(float *dx, const float *dy, const LinearCall *call) {
  const Shape in = call->in;
  const int n_in = n_features(in);
  const size_t channel = (size_t)in.h * (size_t)in.w * LANES;
  float *out = is_dense(in) ? dx : call->scratch;
  multiply(out, LANES, call->weight, (size_t)call->n_row, BLAS_TRANSPOSED, dy, LANES, BLAS_AS_IT_IS,
           n_in, LANES, call->n_out, 0.0F);
  if (out == dx) return;
  for (int c = 0; c < in.c; c++)
    memcpy(dx + (size_t)c * in.stride, out + (size_t)c * channel, channel * sizeof *dx);
}

/* No product of matrices: samples are not added up before they are rounded. */
static int linear_backward_weights(int64_t *dw, int64_t *db, const float *x, const float *dy,
                                   const LinearCall *call) {
  const int n_in = n_features(call->in);
  float *term = call->scratch; /* [n_in][16] */
  const float *features = dense(x, call->in, term + (size_t)n_in * LANES);
  int out_of_range = 0;
  for (int o = 0; o < call->n_out; o++, dw += n_in) {
    for (int i = 0; i < n_in * LANES; i++) term[i] = dy[o * LANES + i % LANES] * features[i];
    out_of_range |= gradient_add_lanes(dw, term, (size_t)n_in, call->limit);
  }
  if (db) out_of_range |= gradient_add_lanes(db, dy, (size_t)call->n_out, call->limit);
  return out_of_range;
}

static const LinearKernels linear_gemm = {
    .scratch_size = linear_scratch_size,
    .forward = linear_forward,
    .backward_data = linear_backward_data,
    .backward_weights = linear_backward_weights,
};

static const LinearKernels *linear(void) {
  return &linear_gemm;
}

const ConvBackend conv_gemm = {
    .name = "gemm",
    .is_indivisible = 1,
    .prepare = blas_load,
    .packed_size = conv_packed_size,
    .algorithm = conv_algorithm,
    .steps = conv_steps,
    .pack = conv_pack,
    .scratch_size = conv_scratch_size,
    .forward = conv_forward,
    .backward_data = conv_backward_data,
    .backward_weights = conv_backward_weights,
    .linear = linear,
};
