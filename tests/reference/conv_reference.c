#include "conv_reference.h"

/* Calls STATEMENT for every product of the formula: output at y_at, input at x_at, weight at w_at.
 */
#define FOR_EACH_PRODUCT(s, STATEMENT)                                                             \
  for (int co = 0; co < (s)->out.c; co++)                                                          \
    for (int i = 0; i < (s)->out.h; i++)                                                           \
      for (int j = 0; j < (s)->out.w; j++)                                                         \
        for (int ci = 0; ci < (s)->in.c; ci++)                                                     \
          for (int kh = 0; kh < (s)->kernel; kh++)                                                 \
            for (int kw = 0; kw < (s)->kernel; kw++) {                                             \
              const int r = i * (s)->stride + kh - (s)->padding;                                   \
              const int q = j * (s)->stride + kw - (s)->padding;                                   \
              if (r < 0 || r >= (s)->in.h || q < 0 || q >= (s)->in.w) continue;                    \
              const int y_at = (co * (s)->out.h + i) * (s)->out.w + j;                             \
              const int x_at = (ci * (s)->in.h + r) * (s)->in.w + q;                               \
              const int w_at = ((co * (s)->in.c + ci) * (s)->kernel + kh) * (s)->kernel + kw;      \
              STATEMENT;                                                                           \
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
