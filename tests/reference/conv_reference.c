#include "conv_reference.h"

/* The outputs [begin, end) whose input lies inside: 0 <= output stride + offset < n_in. */
typedef struct Range {
  int begin, end;
} Range;

static Range inside(int n_out, int n_in, int stride, int offset) {
  Range r = {0, n_out};
  while (r.begin < r.end && r.begin * stride + offset < 0) r.begin++;
  while (r.end > r.begin && (r.end - 1) * stride + offset >= n_in) r.end--;
  return r;
}

/* Calls STATEMENT for every product of the formula: output at y_at, input at x_at, weight at w_at.
 */
#define FOR_EACH_PRODUCT(s, STATEMENT)                                                             \
  for (int co = 0; co < (s)->out.c; co++)                                                          \
    for (int ci = 0; ci < (s)->in.c; ci++)                                                         \
      for (int kh = 0; kh < (s)->kernel; kh++)                                                     \
        for (int kw = 0; kw < (s)->kernel; kw++) {                                                 \
          const Range row = inside((s)->out.h, (s)->in.h, (s)->stride, kh - (s)->padding);         \
          const Range column = inside((s)->out.w, (s)->in.w, (s)->stride, kw - (s)->padding);      \
          const int w_at = ((co * (s)->in.c + ci) * (s)->kernel + kh) * (s)->kernel + kw;          \
          for (int i = row.begin; i < row.end; i++)                                                \
            for (int j = column.begin; j < column.end; j++) {                                      \
              const int r = i * (s)->stride + kh - (s)->padding;                                   \
              const int q = j * (s)->stride + kw - (s)->padding;                                   \
              const int y_at = (co * (s)->out.h + i) * (s)->out.w + j;                             \
              const int x_at = (ci * (s)->in.h + r) * (s)->in.w + q;                               \
              STATEMENT;                                                                           \
            }                                                                                      \
        }

void conv_reference_forward(double *y, const double *x, const double *w, const ConvShape *s) {
  for (int k = 0; k < s->out.c * s->out.h * s->out.w; k++) y[k] = 0;
  FOR_EACH_PRODUCT(s, y[y_at] += w[w_at] * x[x_at])
}

void conv_reference_backward_data(double *dx, const double *dy, const double *w,
                                  const ConvShape *s) {
  for (int k = 0; k < s->in.c * s->in.h * s->in.w; k++) dx[k] = 0;
  FOR_EACH_PRODUCT(s, dx[x_at] += w[w_at] * dy[y_at])
}

void conv_reference_backward_weights(double *dw, const double *x, const double *dy,
                                     const ConvShape *s) {
  FOR_EACH_PRODUCT(s, dw[w_at] += x[x_at] * dy[y_at])
}
