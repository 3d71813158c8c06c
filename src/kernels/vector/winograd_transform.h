#ifndef NORMLAB_KERNELS_WINOGRAD_TRANSFORM_H
#define NORMLAB_KERNELS_WINOGRAD_TRANSFORM_H
/* Winograd's algorithms for 3-tap correlations in one dimension, of which two make one for 3x3
 * kernels (Lavin and Gray, "Fast algorithms for convolutional neural networks", 2016). F(m, 3)
 * computes m outputs y[j] = sum over i < 3 of g[i] d[j + i] from n = m + 2 inputs d by n products:
 *
 *   y = A' ((G g) * (B' d))   with * element by element.
 *
 * The inputs and the outputs are taken for polynomials, of which the products are values at n
 * points, the last of which is infinity. Row k of A is p, p^2, .. p^(m - 1) of its point p; row k
 * of G is 1, p, p^2 over the product of p's distances from the other points; row k of B' has the
 * coefficients of the polynomial that is zero at the other points. Points come as pairs +-p, whose
 * rows share their even and odd halves. They were chosen for small errors among fractions that make
 * all constants of A and B exact in float (as Barabasz, Anderson, Soodhalter and Gregg, "Error
 * analysis and improving the accuracy of Winograd convolution for deep neural networks", 2020,
 * suggest to choose them). The amplification of the rounding errors of products, against that of
 * the sums themselves, is within a twentieth of the least that any real points have: along a tile
 * of m = 4 outputs 2.6, 1.6, 1.6 and 2.7 times, of m = 3 1.8, 1.3 and 1.8, of m = 2 1.3, and in two
 * dimensions products of these. The usual 0, +-1, +-2 has up to 5.6 times for m = 4.
 *
 * The error of the whole is less, since the direct algorithm adds 9 products where one is added
 * here. Of 2,540 draws of convolutions of 1 to 70 channels and up to 61x61 pixels, padding 0 to 2,
 * with inputs normal, uniform, positive, after a ReLU, and small but for one in eight, each by the
 * algorithm that conv_choice.c takes, the largest error was at most so many times the direct
 * algorithm's largest: F(4, 3) along rows 3.4, tiles of 2x2 0.8, of 3x3 2.1, of 3x4 2.9. Below 8
 * channels it would be more than 4 for 3x4, and in one draw of 150 it is for tiles of 4x4 even of
 * 49 channels, so that there are none. */
#include "vector/vector.h"

enum { WINOGRAD_M_MAX = 4, WINOGRAD_N_MAX = WINOGRAD_M_MAX + 2 };

/* The pairs of points, +-P and +-Q, of m = 4, where 0 is another, and of m = 3; m = 2 has 0, +-1.
 * Infinity is the last of each. */
#define P4 (11.0F / 16)
#define Q4 (3.0F / 2)
#define P3 (7.0F / 16)
#define Q3 (5.0F / 4)

/* The values at +-p of the polynomial of four coefficients that is zero at +-q; c[0] is one of the
 * two coefficients below the highest, of powers 3 and 1, c[1] that of powers 2 and 0. */
INLINE void winograd_pair_in(vf *v, const vf *d, const float p, const float q) {
  const vf even = vf_fma(vf_set(-q * q), d[1], d[3]), odd = vf_fma(vf_set(-q * q), d[0], d[2]);
  v[0] = vf_fma(vf_set(p), odd, even);
  v[1] = vf_fma(vf_set(-p), odd, even);
}

/* The polynomial that is zero at +-p and +-q. */
INLINE vf winograd_all_in(const vf *d, const float p, const float q) {
  const vf upper = vf_fma(vf_set(-(p * p + q * q)), d[2], d[4]);
  return vf_fma(vf_set(p * p * q * q), d[0], upper);
}

/* v[m + 2] = B' d[m + 2]. */
INLINE void winograd_in(vf *v, const vf *d, const int m) {
  if (m == 4) {
    v[0] = winograd_all_in(d, P4, Q4);
    winograd_pair_in(v + 1, d + 1, P4, Q4);
    winograd_pair_in(v + 3, d + 1, Q4, P4);
    v[5] = winograd_all_in(d + 1, P4, Q4);
  } else if (m == 3) {
    winograd_pair_in(v, d, P3, Q3);
    winograd_pair_in(v + 2, d, Q3, P3);
    v[4] = winograd_all_in(d, P3, Q3);
  } else {
    v[0] = d[2] - d[0];
    v[1] = d[2] + d[1];
    v[2] = d[2] - d[1];
    v[3] = d[3] - d[1];
  }
}

/* y[m] = A' v[m + 2]. */
INLINE void winograd_out(vf *y, const vf *v, const int m) {
  if (m == 2) {
    y[0] = v[0] + (v[1] + v[2]);
    y[1] = (v[1] - v[2]) + v[3];
    return;
  }
  const float p = m == 4 ? P4 : P3, q = m == 4 ? Q4 : Q3;
  const vf *pair = m == 4 ? v + 1 : v;
  const vf even_p = pair[0] + pair[1], odd_p = pair[0] - pair[1];
  const vf even_q = pair[2] + pair[3], odd_q = pair[2] - pair[3];
  const vf last = v[m + 1];
  y[0] = even_p + even_q;
  if (m == 4) y[0] += v[0];
  y[1] = vf_fma(vf_set(q), odd_q, vf_set(p) * odd_p);
  y[2] = vf_set(p * p) * even_p;
  if (m == 3) y[2] += last;
  y[2] = vf_fma(vf_set(q * q), even_q, y[2]);
  if (m == 4) y[3] = vf_fma(vf_set(q * q * q), odd_q, vf_fma(vf_set(p * p * p), odd_p, last));
}

/* The rows of G of the points +-p; n is the product of p's distances from the other points. -p's is
 * n as well where 0 is no point, else -n, as sign says. */
INLINE void winograd_pair_weights(vdh *u, const vdh *g, const double p, const double n,
                                  const double sign) {
  const vdh even = g[0] * (1 / n) + g[2] * (p * p / n), odd = g[1] * (p / n);
  u[0] = even + odd;
  u[1] = (even - odd) * sign;
}

/* u[m + 2] = G g[3], in doubles. */
INLINE void winograd_weights(vdh *u, const vdh *g, const int m) {
  if (m == 4) {
    const double p = (double)P4, q = (double)Q4, pp = p * p, qq = q * q;
    u[0] = g[0] * (1 / (pp * qq));
    winograd_pair_weights(u + 1, g, p, 2 * pp * (pp - qq), 1);
    winograd_pair_weights(u + 3, g, q, 2 * qq * (qq - pp), 1);
  } else if (m == 3) {
    const double p = (double)P3, q = (double)Q3, pp = p * p, qq = q * q;
    winograd_pair_weights(u, g, p, 2 * p * (pp - qq), -1);
    winograd_pair_weights(u + 2, g, q, 2 * q * (qq - pp), -1);
  } else {
    u[0] = -g[0];
    winograd_pair_weights(u + 1, g, 1, 2, 1);
  }
  u[m + 1] = g[2];
}

#endif
