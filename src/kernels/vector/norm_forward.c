#include "vector/dropout.h"
#include "vector/kernel_set.h"
#include "vector/norm_unit.h"
#include "vector/sums.h"

void ISA_NAME(norm_sums)(double *sum, double *square, const float *x, Shape s, NormUnit unit) {
  for (Walk w = walk_start(s, band_whole(s), unit, 0); walk_next(&w);) {
    double *unit_sum = sum + w.unit * LANES, *unit_square = square + w.unit * LANES; /* [16] */
    if (w.new_unit) {
      memset(unit_sum, 0, LANES * sizeof *unit_sum);
      memset(unit_square, 0, LANES * sizeof *unit_square);
    }
    for (int i = 0; i < w.n; i += RUN)
      run_add_squares(unit_sum, unit_square, x + w.at + (size_t)i * LANES,
                      w.n - i < RUN ? w.n - i : RUN);
  }
}

/* What becomes of gamma xhat + beta. Constants, so that each is a kernel of its own. */
typedef struct Forward {
  int elementwise; /* gamma and beta differ from element to element */
  int drop, relu;
  int again; /* the masks are read, not made */
} Forward;

/* A run of n elements that lie side by side in one unit, VL of their 16 lanes. */
typedef struct ForwardRun {
  float *y;                  /* [n][16] */
  const float *x;            /* [n][16] */
  uint16_t *passes;          /* [n] */
  const float *gamma, *beta; /* [n]; read where they differ from element to element */
  float factor;              /* of what dropout keeps */
  const Draw *draw;
  VectorLine line; /* xhat; gamma xhat + beta, times factor, where they are those of the channel */
} ForwardRun;

/* Element i of the run, and byte `byte` of word `word` of its draw:
 *
 *   y = relu(dropout(gamma xhat + beta)),  xhat = (x - mean) rstd */
INLINE void forward_element(const ForwardRun *r, int i, int word, int byte, int lane, Forward f) {
  const int at = i * LANES + lane;
  vf v = vf_fma(vf_load(r->x + at) - r->line.center, r->line.scale, r->line.shift);
  if (f.elementwise) v = vf_fma(v, vf_set(r->gamma[i] * r->factor), vf_set(r->beta[i] * r->factor));
  if (f.again) {
    v = vm_keep(vm_load(r->passes + i, lane), v);
  } else if (f.drop || f.relu) {
    if (f.drop) v = draw_apply(v, r->draw, word, byte, lane);
    const vm pass = f.relu ? vm_positive(v) : draw_kept(r->draw, word, byte, lane);
    vm_store(r->passes + i, lane, pass);
    if (f.relu) v = vm_keep(pass, v);
  }
  vf_store(r->y + at, v);
}

/* first: the number of the run's first element in its draw of 16. */
INLINE void forward_run(ForwardRun r, const UnitLine *line, int first, int n, Forward f) {
  const int quads = run_quads(n, first, f.drop);
  for (int lane = 0; lane < LANES; lane += VL) {
    r.line = vector_line(line, lane);
    for (int q = 0; q < quads; q++)
#pragma GCC unroll 4
      for (int byte = 0; byte < 4; byte++)
        forward_element(&r, 4 * q + byte, first / 4 + q, byte, lane, f);
    for (int i = 4 * quads, e = first + i; i < n; i++, e++)
      forward_element(&r, i, e / 4, e % 4, lane, f);
  }
}

INLINE void forward(float *y, const float *x, const NormCall *call, Forward f) {
  const NormCall c = *call;
  ForwardRun r = {.factor = c.dropout ? dropout_factor(c.dropout) : 1};
  UnitLine line;
  Draw draw;
  if (f.drop) {
    draw_start(&draw, c.dropout);
    r.draw = &draw;
  }
  const int by_row = c.affine == NORM_AFFINE_COLUMN;
  for (Walk w = walk_start(c.shape, c.band, c.unit, by_row); walk_next(&w);) {
    const size_t k = affine_index(&w, c.affine), u = w.unit * LANES;
    const double gamma = f.elementwise ? 1 : (double)*gamma_of_run(&c, k) * r.factor;
    const double beta = f.elementwise ? 0 : (double)*beta_of_run(&c, k) * r.factor;
    if (w.new_unit) unit_line_make(&line, c.mean + u, c.rstd + u, gamma, beta);
    for (int i = 0, n; i < w.n; i += n) {
      const size_t e = w.element + (size_t)i;
      n = draw_length(f.drop ? e : 0, w.n - i);
      r.y = y + w.at + (size_t)i * LANES;
      r.x = x + w.x_at + (size_t)i * LANES;
      if (f.drop || f.relu || f.again) r.passes = c.passes + e;
      if (f.elementwise) {
        r.gamma = gamma_of_run(&c, k + (size_t)i);
        r.beta = beta_of_run(&c, k + (size_t)i);
      }
      if (f.drop) draw_group(&draw, e / RUN);
      forward_run(r, &line, f.drop ? (int)(e % RUN) : 0, n, f);
    }
  }
}

static int drops(const NormCall *call) {
  return call->dropout && call->dropout->threshold > 0;
}

void ISA_NAME(norm_forward)(float *y, const float *x, const NormCall *call) {
  const int elementwise = call->affine != NORM_AFFINE_CHANNEL;
  switch (elementwise * 4 + drops(call) * 2 + (call->relu != 0)) {
  case 0:
    forward(y, x, call, (Forward){0, 0, 0, 0});
    break;
  case 1:
    forward(y, x, call, (Forward){0, 0, 1, 0});
    break;
  case 2:
    forward(y, x, call, (Forward){0, 1, 0, 0});
    break;
  case 3:
    forward(y, x, call, (Forward){0, 1, 1, 0});
    break;
  case 4:
    forward(y, x, call, (Forward){1, 0, 0, 0});
    break;
  case 5:
    forward(y, x, call, (Forward){1, 0, 1, 0});
    break;
  case 6:
    forward(y, x, call, (Forward){1, 1, 0, 0});
    break;
  default:
    forward(y, x, call, (Forward){1, 1, 1, 0});
    break;
  }
}

void ISA_NAME(norm_forward_again)(float *y, const float *x, const NormCall *call) {
  const int elementwise = call->affine != NORM_AFFINE_CHANNEL;
  switch (elementwise * 2 + (call->relu || drops(call))) {
  case 0:
    forward(y, x, call, (Forward){0, 0, 0, 0});
    break;
  case 1:
    forward(y, x, call, (Forward){0, 0, 0, 1});
    break;
  case 2:
    forward(y, x, call, (Forward){1, 0, 0, 0});
    break;
  default:
    forward(y, x, call, (Forward){1, 0, 0, 1});
    break;
  }
}
