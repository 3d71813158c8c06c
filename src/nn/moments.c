#include "moments.h"

#include "dist/dist.h"
#include "kernels/image_moments.h"

static const ConvShape *conv_of(const Pass *pass) {
  return &pass->network->ops[0].conv;
}

static int taps_of(const Pass *pass) {
  const ConvShape *s = conv_of(pass);
  return s->in.c * s->kernel * s->kernel;
}

static const float *weights_of(const Pass *pass, int channel) {
  return parameter_of(pass, pass->network->ops[0].weight) + (size_t)channel * (size_t)taps_of(pass);
}

size_t moments_count(const Network *network, const Plan *plan) {
  if (network->n_ops < 2 || !plan->fusion[1].by_moments) return 0;
  return image_moments_count(&network->ops[0].conv);
}

void moments_add(Pass *pass, Thread *thread, const Slot *slot) {
  double *own = thread->sums;
  image_moments(own, activation_of(pass, slot, 0), conv_of(pass), thread->piece);
  for (size_t i = 0; i < pass->n_moments; i++)
    thread->out_of_range |= exact_add(&thread->moments[i], own[i], pass->term_limit);
}

void moments_exchange(Pass *pass) {
  ExactSum *total = pass->threads[0].moments;
  for (int t = 1; t < pass->n_threads; t++) {
    ExactSum *part = pass->threads[t].moments;
    for (size_t i = 0; i < pass->n_moments; i++) total[i] += part[i], part[i] = 0;
  }
  if (is_recording(pass)) {
    profile_record(pass, 0, ACTIVITY_COMBINE, 1);
    profile_meet(pass, 1);
  }
  dist_sum_exact(total, pass->n_moments, pass->work);
  if (is_recording(pass)) profile_record(pass, 0, ACTIVITY_COMMUNICATE, 1);
  for (size_t i = 0; i < pass->n_moments; i++) {
    pass->moments[i] = exact_value(total[i]);
    total[i] = 0;
  }
}

static double product(const Pass *pass, int a, int b) {
  return pass->moments[a < b ? image_moments_place(a, b) : image_moments_place(b, a)];
}

static double sum_of(const Pass *pass, int tap) {
  return pass->moments[image_moments_place(tap, taps_of(pass))];
}

/* sum_l w_ol G_lk */
static double times_products(const Pass *pass, const float *w, int tap) {
  double sum = 0;
  for (int l = 0; l < taps_of(pass); l++) sum += (double)w[l] * product(pass, l, tap);
  return sum;
}

void moments_sums(const Pass *pass, int channel, double *sum, double *square) {
  const float *w = weights_of(pass, channel);
  *sum = *square = 0;
  for (int k = 0; k < taps_of(pass); k++) {
    *sum += (double)w[k] * sum_of(pass, k);
    *square += (double)w[k] * times_products(pass, w, k);
  }
}

int moments_finish(Pass *pass) {
  const Op *conv = pass->network->ops, *norm = conv + 1;
  const double *mean = pass->group_mean[norm->norm], *rstd = pass->group_rstd[norm->norm];
  int64_t *gradient = pass->gradient + pass->network->tensors[conv->weight].offset;
  int out_of_range = 0;
  for (int o = 0; o < conv->conv.out.c; o++) {
    const float *w = weights_of(pass, o);
    for (int k = 0; k < taps_of(pass); k++, gradient++) {
      double s = sum_of(pass, k);
      double xhat_p = rstd[o] * (times_products(pass, w, k) - mean[o] * s);
      double dw = rstd[o] * (exact_gradient_value(*gradient) - pass->group_d[o] * s -
                             pass->group_dx[o] * xhat_p);
      *gradient = 0;
      out_of_range |= exact_gradient_add(gradient, dw);
    }
  }
  return out_of_range;
}
