#include "moments.h"

#include "batch_statistics.h"
#include "kernels/image_moments.h"

static int n_taps(const ConvShape *s) {
  return moments_taps(s);
}

int moments_fit(const NormGroup *group, int batch) {
  const Op *conv = group->before;
  if (!conv || conv->number != 0 || !is_conv(conv)) return 0;
  if (group->map->unit != NORM_UNIT_CHANNEL || !group->map->crosses_samples) return 0;
  return norm_map_sample_groups(group->map, batch) == 1;
}

void moments_take(NormGroup *group) {
  const ConvShape *conv = conv_shape(group->before);
  group->is_first = group->by_moments = 1;
  group->n_moments = image_moments_count(conv);
  group->n_products = (size_t)(n_taps(conv) + conv->out.c) * (size_t)n_taps(conv);
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
  ExactSum *total = exchange_sum(&pass->exchange, &pass->work, &pass->clock, DIST_SCOPE_ALL,
                                 group->n_moments, step_row(&pass->plan, step));
  for (size_t i = 0; i < group->n_moments; i++) {
    pass->exchange.moments[i] = exact_value(total[i]);
    total[i] = 0;
  }
  make_products(pass, group);
  const double *product = products_of(pass, s);
  for (int g = 0; g < group->map->n_groups; g++) sum[g] = square[g] = 0;
  for (int o = 0; o < s->out.c; o++) {
    const int g = group->map->group[o];
    const float *w = weights_of(pass, group->before, o);
    for (int k = 0; k < n_taps(s); k++) {
      sum[g] += (double)w[k] * sum_of(pass, s, k);
      square[g] += (double)w[k] * *product++;
    }
  }
  batch_statistics(pass, group->norm, sum, square);
}

void moments_append(const NormGroup *group, StepList *list) {
  step_append(list, (Step){.run = run,
                           .exchange = exchange,
                           .n_exchanged = n_sums,
                           .op = group->norm,
                           .group = group,
                           .activity = ACTIVITY_FORWARD});
}

int moments_finish(Pass *pass, const Step *step) {
  const NormGroup *group = step->group;
  const ConvShape *s = conv_shape(group->before);
  const Exchange *exchange = &pass->exchange;
  const double *mean = exchange->mean[group->norm->number];
  const double *rstd = exchange->rstd[group->norm->number];
  int64_t *gradient = exchange->gradient + pass->network->tensors[group->before->weight].offset;
  const double *product = products_of(pass, s);
  int out_of_range = 0;
  for (int o = 0; o < s->out.c; o++) {
    const int g = group->map->group[o];
    for (int k = 0; k < n_taps(s); k++, gradient++) {
      double s_k = sum_of(pass, s, k);
      double xhat_p = rstd[g] * (*product++ - mean[g] * s_k);
      double dw = rstd[g] * (exact_gradient_value(*gradient) - exchange->mean_d[g] * s_k -
                             exchange->mean_dx[g] * xhat_p);
      *gradient = 0;
      out_of_range |= exact_gradient_add(gradient, dw);
    }
  }
  return out_of_range;
}

void moments_sizes(Sizes *sizes, const NormGroup *group) {
  raise_to(&sizes->piece, (image_moments_scratch(conv_shape(group->before)) + 1) / 2);
  raise_to(&sizes->sums, group->n_moments * LANES);
  raise_to(&sizes->exchange, group->n_moments);
}
