/* Batch norm behind the first convolution, by moments of the images: S and G of
 * kernels/image_moments.h, added up over the batch, exactly like everything that goes over samples.
 * The convolution's results y, which are large, then need not be there before the blocks exchange
 * their sums, nor be visited a second time after they have:
 *
 * - Statistics: y_o = sum_k w_ok p_k has the sum over pixels and samples sum_k w_ok S_k, and the
 *   sum of squares sum_kl w_ok w_ol G_lk. So convolution, norm and the convolution after it are one
 *   visit, some rows at a time.
 * - Weight gradient: it is linear in what the norm's second half would give,
 *   dx_o = rstd_o (dz_o - mean_d_o - xhat_o mean_dx_o), so that
 *
 *     dw_ok = rstd_o (<dz_o, p_k> - mean_d_o S_k - mean_dx_o rstd_o (sum_l w_ol G_lk - mean_o S_k))
 *
 *   where <dz_o, p_k> is added to the gradient of the weights while dz is at hand; the rest follows
 *   when the sums of all ranks are known. */
#include "../ops/conv.h"
#include "batch_statistics.h"
#include "classes.h"
#include "conv_sums.h"
#include "kernels/image_moments.h"
#include "parts.h"

static int n_taps(const ConvShape *s) {
  return s->in.c * s->kernel * s->kernel;
}

/* Only of the first two operations, whose backward pass is the last, so that the means of that are
 * still at hand; and where the moments cost less than dz: K^2 multiply-adds a pixel beside those of
 * the convolution after the norm. */
static int fits(NormGroup *group, const Network *network, const int *n_readers, int batch) {
  if (!group->before || group->before->number != 0 || !is_conv(group->before)) return 0;
  if (!group->after || !is_conv(group->after) || group->n_rows == 0) return 0;
  const ConvShape *conv = conv_shape(group->before);
  if (!group->map->crosses_samples || norm_map_sample_groups(group->map, batch) != 1) return 0;
  if (n_taps(conv) * n_taps(conv) > conv->out.c * conv_shape(group->after)->out.c) return 0;
  if (!conv_sums_fits(group, network, n_readers, batch) || !group->is_first) return 0;
  group->by_moments = 1;
  group->n_rows = (group->n_rows + 1) / 2; /* the norm's input is made beside its output */
  group->n_moments = image_moments_count(conv);
  group->n_products = (size_t)(n_taps(conv) + conv->out.c) * (size_t)n_taps(conv);
  return 1;
}

static const float *weights_of(const Pass *pass, const Op *conv, int channel) {
  return conv_weights(pass->network, conv) + (size_t)channel * (size_t)n_taps(conv_shape(conv));
}

static void run(const Context *context, const Step *step) {
  const NormGroup *group = step->group;
  double *own = context->thread->sums;
  if (!share_is_first(context)) return;
  image_moments(own, activation_of(context, 0), conv_shape(group->before), context->thread->piece);
  note_range(context, exact_add_lanes(context->thread->exchange, 1, own, group->n_moments, 0,
                                      context->slot->n_valid, context->pass->now.term_limit));
}

static double sum_of(const Pass *pass, const ConvShape *s, int tap) {
  return pass->exchange.moments[image_moments_place(tap, n_taps(s))];
}

/* [out.c][K]: sum_l w_ol G_lk, which both passes need. */
static double *products_of(const Pass *pass, const ConvShape *s) {
  return pass->exchange.products + n_taps(s) * n_taps(s);
}

/* Of the moments of the batch. */
static void make_products(const Pass *pass, const NormGroup *group) {
  const ConvShape *s = conv_shape(group->before);
  const int n = n_taps(s);
  double *square = pass->exchange.products, *product = products_of(pass, s); /* G_lk, both halves */
  for (int k = 0; k < n; k++)
    for (int l = 0; l <= k; l++)
      square[k * n + l] = square[l * n + k] = pass->exchange.moments[image_moments_place(l, k)];
  for (int o = 0; o < s->out.c; o++, product += n) {
    const float *w = weights_of(pass, group->before, o);
    for (int k = 0; k < n; k++) product[k] = 0;
    for (int l = 0; l < n; l++)
      for (int k = 0; k < n; k++) product[k] += (double)w[l] * square[l * n + k];
  }
}

static size_t n_sums(const Pass *pass, const Step *step) {
  (void)pass;
  return step->group->n_moments;
}

static void exchange(Pass *pass, const Step *step) {
  const NormGroup *group = step->group;
  const ConvShape *s = conv_shape(group->before);
  double *sum = pass->exchange.mean_d, *square = pass->exchange.mean_dx; /* free until backward */
  ExactSum *total = exchange_sum(&pass->exchange, &pass->work, &pass->clock, group->n_moments,
                                 step_row(&pass->plan, step));
  for (size_t i = 0; i < group->n_moments; i++) {
    pass->exchange.moments[i] = exact_value(total[i]);
    total[i] = 0;
  }
  make_products(pass, group);
  const double *product = products_of(pass, s);
  for (int o = 0; o < s->out.c; o++) {
    const float *w = weights_of(pass, group->before, o);
    sum[o] = square[o] = 0;
    for (int k = 0; k < n_taps(s); k++) {
      sum[o] += (double)w[k] * sum_of(pass, s, k);
      square[o] += (double)w[k] * *product++;
    }
  }
  batch_statistics(pass, group->norm, sum, square);
}

static void append(const NormGroup *group, StepList *list) {
  step_append(list, (Step){.run = run,
                           .exchange = exchange,
                           .n_exchanged = n_sums,
                           .op = group->norm,
                           .group = group,
                           .activity = ACTIVITY_FORWARD});
}

/* Some rows of the convolution before the norm. */
static void make_rows(const Context *context, const NormGroup *group, Band rows) {
  const Op *conv = group->before;
  const Shape out = conv_shape(conv)->out;
  float *y = activation_of(context, conv->out);
  rows.stride = out.stride;
  const ConvCall call = conv_call(context, conv, &rows, rows_ahead(y, out, rows));
  context->pass->network->backend->forward(y + band_begin(rows, out),
                                           activation_of(context, conv->in), &call);
}

static int finish(Pass *pass, const Step *step) {
  const NormGroup *group = step->group;
  const ConvShape *s = conv_shape(group->before);
  const Exchange *exchange = &pass->exchange;
  const double *mean = exchange->mean[group->norm->number];
  const double *rstd = exchange->rstd[group->norm->number];
  int64_t *gradient = exchange->gradient + pass->network->tensors[group->before->weight].offset;
  const double *product = products_of(pass, s);
  int out_of_range = 0;
  for (int o = 0; o < s->out.c; o++) {
    for (int k = 0; k < n_taps(s); k++, gradient++) {
      double s_k = sum_of(pass, s, k);
      double xhat_p = rstd[o] * (*product++ - mean[o] * s_k);
      double dw = rstd[o] * (exact_gradient_value(*gradient) - exchange->mean_d[o] * s_k -
                             exchange->mean_dx[o] * xhat_p);
      *gradient = 0;
      out_of_range |= exact_gradient_add(gradient, dw);
    }
  }
  return out_of_range;
}

static void sizes(Sizes *sizes, const Network *network, const NormGroup *group) {
  const ConvShape *s = conv_shape(group->before);
  conv_sums_sizes(sizes, network, group);
  raise_to(&sizes->piece, (image_moments_scratch(s) + 1) / 2);
  raise_to(&sizes->sums, group->n_moments * LANES);
  raise_to(&sizes->exchange, group->n_moments);
}

const NormHead CONV_NORM_CONV = {
    .fits = fits, .append = append, .make_rows = make_rows, .finish = finish, .sizes = sizes};
