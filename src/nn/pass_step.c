#include "fusion.h"
#include "moments.h"

#include "kernels/gemm.h"
#include "kernels/loss.h"
#include "kernels/pointwise.h"
#include "kernels/pool.h"
#include <string.h>

const Dropout *step_dropout(const Pass *pass, const Slot *slot, const Op *op, Dropout *place) {
  if (!pass->is_training || op->threshold == 0) return NULL;
  RandomKey key = pass->dropout_key[op - pass->network->ops];
  *place = (Dropout){op->threshold, {key.word[0], key.word[1]}, pass->step, slot->lane};
  return place;
}

NormCall step_norm_call(const Pass *pass, const Slot *slot, const Op *norm, Band band,
                        Dropout *place) {
  return (NormCall){.shape = pass->network->shapes[norm->out],
                    .band = band,
                    .unit = norm->map.unit,
                    .affine = norm->map.affine,
                    .mean = stats_mean(pass, slot, norm),
                    .rstd = stats_rstd(pass, slot, norm),
                    .gamma = parameter_of(pass, norm->weight),
                    .beta = parameter_of(pass, norm->bias),
                    .dropout = step_dropout(pass, slot, norm, place),
                    .relu = norm->relu};
}

/* The training image to load for a sample. */
static const uint8_t *augmented(const Pass *pass, const Thread *thread, const uint8_t *image,
                                size_t pixels, int lane, uint32_t sample) {
  if (!pass->is_training || !pass->augment.run) return image;
  uint8_t *out = thread->images + (size_t)lane * pixels;
  pass->augment.run(pass->augment.context, out, image, thread->augment_scratch, pass->step, sample);
  return out;
}

void step_load(Pass *pass, Thread *thread, Slot *slot, int block) {
  const ImageSet *set = pass->set;
  size_t pixels = (size_t)set->c * (size_t)set->h * (size_t)set->w;
  const uint8_t *pixel[LANES];
  slot->first = block * LANES;
  slot->n_valid = pass->count - slot->first < LANES ? pass->count - slot->first : LANES;
  for (int l = 0; l < LANES; l++) {
    if (l >= slot->n_valid) {
      pixel[l] = NULL, slot->label[l] = 0, slot->lane[l] = 0;
      continue;
    }
    uint32_t sample = (uint32_t)(slot->first + l);
    if (pass->index) sample = pass->index[sample];
    pixel[l] = augmented(pass, thread, set->pixels + pixels * sample, pixels, l, sample);
    slot->label[l] = set->labels[sample];
    slot->lane[l] = sample;
  }
  load_images(activation_of(pass, slot, 0), pixel, pass->table, pass->network->shapes[0]);
}

/* Statistics of a norm whose groups lie within a sample: lane by lane. */
static void own_statistics(const Network *network, const NormMap *map, double *mean, double *rstd,
                           double *sum, double *square) {
  double n = map->group_elements;
  for (int first = 0, end; first < map->n_units; first = end) {
    double s[LANES] = {0}, q[LANES] = {0};
    for (end = first; end < map->n_units && map->group[end] == map->group[first]; end++)
      for (int l = 0; l < LANES; l++) {
        s[l] += sum[end * LANES + l];
        q[l] += square[end * LANES + l];
      }
    for (int l = 0; l < LANES; l++) {
      double m = s[l] / n, r = norm_rstd(network, q[l] / n - m * m);
      for (int u = first; u < end; u++) mean[u * LANES + l] = m, rstd[u * LANES + l] = r;
    }
  }
}

static const Fusion *fusion_of(const Pass *pass, const Op *op) {
  return &pass->plan.fusion[op - pass->network->ops];
}

/* The sums of a norm's input came with the convolution before it. */
static int has_sums(const Pass *pass, const Op *norm) {
  return norm > pass->network->ops && fusion_of(pass, norm - 1)->n_channels > 0;
}

static void norm_statistics(Pass *pass, Thread *thread, Slot *slot, const Op *op) {
  double *mean = stats_mean(pass, slot, op), *rstd = stats_rstd(pass, slot, op);
  if (op->map.crosses_samples) {
    exchange_expand(pass, slot, op, mean, pass->group_mean[op->norm]);
    exchange_expand(pass, slot, op, rstd, pass->group_rstd[op->norm]);
    return;
  }
  double *sum = thread->sums, *square = sum + (size_t)op->map.n_units * LANES;
  if (!has_sums(pass, op))
    norm_sums(sum, square, activation_of(pass, slot, op->in), pass->network->shapes[op->in],
              op->map.unit);
  own_statistics(pass->network, &op->map, mean, rstd, sum, square);
}

static void forward(Pass *pass, Thread *thread, Slot *slot, const Op *op) {
  const Network *network = pass->network;
  const float *x = activation_of(pass, slot, op->in);
  float *y = activation_of(pass, slot, op->out);
  Shape in = network->shapes[op->in], out = network->shapes[op->out];
  Dropout place;
  NormCall call;
  switch (op->kind) {
  case OP_CONV:
    if (fusion_of(pass, op)->n_channels)
      fusion_conv_sums(pass, thread, slot, op);
    else
      network->backend->forward(y, x,
                                &(ConvCall){.shape = &op->conv,
                                            .packed = network->packed + op->packed,
                                            .scratch = thread->scratch});
    break;
  case OP_BIAS:
    bias_forward(y, x, parameter_of(pass, op->bias), out);
    break;
  case OP_NORM:
    norm_statistics(pass, thread, slot, op);
    if (fusion_of(pass, op)->n_rows) {
      fusion_norm_conv(pass, thread, slot, op);
      break;
    }
    if (fusion_of(pass, op)->pool_channels) {
      fusion_norm_pool(pass, thread, slot, op);
      break;
    }
    call = step_norm_call(pass, slot, op, band_whole(out), &place);
    norm_forward(y, x, &call);
    break;
  case OP_POINTWISE:
    pointwise_forward(y, x, step_dropout(pass, slot, op, &place), op->relu, out);
    break;
  case OP_ADD:
    add_forward(y, x, activation_of(pass, slot, op->in2), out);
    break;
  case OP_MAX_POOL:
    max_pool_forward(y, x, &(PoolShape){in, out, op->size_h, op->size_w, op->stride});
    break;
  case OP_AVG_POOL:
    avg_pool_forward(y, x, &(PoolShape){in, out, op->size_h, op->size_w, op->stride});
    break;
  case OP_LINEAR:
    linear_forward(y, x,
                   &(LinearCall){in, out.c, parameter_of(pass, op->weight),
                                 parameter_of(pass, op->bias), thread->scratch});
    break;
  }
  if (pass->is_observing) observe_forward(pass, thread, slot, op);
  if (pass->is_observing && fusion_of(pass, op)->n_rows)
    observe_forward(pass, thread, slot, op + 1);
}

static void loss(Pass *pass, Thread *thread, Slot *slot) {
  const Network *network = pass->network;
  int last = network->n_activations - 1;
  double sample_loss[LANES];
  int32_t prediction[LANES];
  smoothed_loss(sample_loss, prediction, gradient_of(pass, slot, last),
                activation_of(pass, slot, last), slot->label,
                network->config->training.label_smoothing, slot->n_valid, network->n_classes);
  for (int l = 0; l < slot->n_valid; l++) {
    thread->out_of_range |= exact_add(&thread->loss, sample_loss[l], pass->term_limit);
    thread->correct += prediction[l] == slot->label[l];
  }
}

void step_add_floats(Pass *pass, Thread *thread, int tensor, const float *term) {
  const Tensor *t = &pass->network->tensors[tensor];
  thread->out_of_range |=
      gradient_add_floats(thread->gradient + t->offset, term, t->n, pass->gradient_limit);
}

void step_add_doubles(Pass *pass, Thread *thread, int tensor, const double *term) {
  const Tensor *t = &pass->network->tensors[tensor];
  thread->out_of_range |=
      gradient_add_doubles(thread->gradient + t->offset, term, t->n, pass->gradient_limit);
}

static void norm_backward_first(Pass *pass, Thread *thread, Slot *slot, const Op *op, double *sum_d,
                                double *sum_dx) {
  if (fusion_of(pass, op)->n_rows) {
    fusion_norm_conv_backward(pass, thread, slot, op, sum_d, sum_dx);
    return;
  }
  if (fusion_of(pass, op)->pool_channels) {
    fusion_norm_pool_backward(pass, thread, slot, op, sum_d, sum_dx);
    return;
  }
  const Tensor *gamma = &pass->network->tensors[op->weight];
  float *dy = gradient_of(pass, slot, op->out);
  Dropout place;
  const NormCall call =
      step_norm_call(pass, slot, op, band_whole(pass->network->shapes[op->out]), &place);
  norm_backward_sums(dy, &(NormGradient){sum_d, sum_dx, thread->affine, thread->affine + gamma->n},
                     dy, activation_of(pass, slot, op->in), activation_of(pass, slot, op->out),
                     &call);
  step_add_doubles(pass, thread, op->weight, thread->affine);
  step_add_doubles(pass, thread, op->bias, thread->affine + gamma->n);
}

void step_own_means(const NormMap *map, double *sum, int first, int last) {
  for (int end; first < last; first = end) {
    double s[LANES] = {0};
    for (end = first; end < last && map->group[end] == map->group[first]; end++)
      for (int l = 0; l < LANES; l++) s[l] += sum[end * LANES + l];
    for (int u = first; u < end; u++)
      for (int l = 0; l < LANES; l++) sum[u * LANES + l] = s[l] / map->group_elements;
  }
}

static void norm_backward_second(Pass *pass, Thread *thread, Slot *slot, const Op *op, float *dx,
                                 const double *mean_d, const double *mean_dx) {
  if (op > pass->network->ops && fusion_of(pass, op - 1)->is_first) {
    fusion_conv_apply(pass, thread, slot, op, mean_d, mean_dx);
    return;
  }
  Dropout place;
  const NormCall call =
      step_norm_call(pass, slot, op, band_whole(pass->network->shapes[op->out]), &place);
  norm_backward_apply(dx, gradient_of(pass, slot, op->out), activation_of(pass, slot, op->in),
                      mean_d, mean_dx, slot->n_valid, &call);
}

static void norm_backward(Pass *pass, Thread *thread, Slot *slot, const Op *op, float *dx,
                          StepKind kind) {
  double *a = thread->sums, *b = a + (size_t)op->map.n_units * LANES;
  if (kind == STEP_NORM_BACKWARD_APPLY) {
    exchange_expand(pass, slot, op, a, pass->group_d);
    exchange_expand(pass, slot, op, b, pass->group_dx);
  } else {
    norm_backward_first(pass, thread, slot, op, a, b);
    if (fusion_of(pass, op)->is_local) return;
    step_own_means(&op->map, a, 0, op->map.n_units);
    step_own_means(&op->map, b, 0, op->map.n_units);
  }
  norm_backward_second(pass, thread, slot, op, dx, a, b);
}

static void linear_backward(Pass *pass, Thread *thread, Slot *slot, const Op *op, float *dx) {
  const Network *network = pass->network;
  Shape in = network->shapes[op->in];
  int n_out = network->shapes[op->out].c;
  const float *dy = gradient_of(pass, slot, op->out);
  float *db = thread->term + network->tensors[op->weight].n;
  const LinearCall call = {.in = in,
                           .n_out = n_out,
                           .weight = parameter_of(pass, op->weight),
                           .scratch = thread->scratch};
  linear_backward_weights(thread->term, op->bias >= 0 ? db : NULL,
                          activation_of(pass, slot, op->in), dy, &call);
  step_add_floats(pass, thread, op->weight, thread->term);
  if (op->bias >= 0) step_add_floats(pass, thread, op->bias, db);
  if (dx) linear_backward_data(dx, dy, &call);
}

static void conv_backward(Pass *pass, Thread *thread, Slot *slot, const Op *op, float *dx) {
  const Network *network = pass->network;
  const float *dy = gradient_of(pass, slot, op->out);
  const ConvCall call = {
      .shape = &op->conv, .packed = network->packed + op->packed, .scratch = thread->scratch};
  network->backend->backward_weights(thread->term, activation_of(pass, slot, op->in), dy, &call);
  step_add_floats(pass, thread, op->weight, thread->term);
  if (dx) network->backend->backward_data(dx, dy, &call);
}

static void copy(float *to, const float *from, Shape shape) {
  if (to != from) memcpy(to, from, shape_floats(shape) * sizeof *to);
}

/* dx: where the gradient of op->in goes; NULL for the input of the network. */
static void backward_into(Pass *pass, Thread *thread, Slot *slot, const Op *op, float *dx,
                          StepKind kind) {
  const Network *network = pass->network;
  const float *dy = gradient_of(pass, slot, op->out);
  Shape in = network->shapes[op->in], out = network->shapes[op->out];
  Dropout place;
  switch (op->kind) {
  case OP_CONV:
    conv_backward(pass, thread, slot, op, dx);
    return;
  case OP_LINEAR:
    linear_backward(pass, thread, slot, op, dx);
    return;
  case OP_NORM:
    norm_backward(pass, thread, slot, op, dx ? dx : gradient_of(pass, slot, op->out), kind);
    return;
  case OP_BIAS:
    bias_backward(thread->affine, dy, out);
    step_add_doubles(pass, thread, op->bias, thread->affine);
    break;
  default:
    break;
  }
  if (!dx) return;
  switch (op->kind) {
  case OP_POINTWISE:
    pointwise_backward(dx, dy, activation_of(pass, slot, op->out),
                       step_dropout(pass, slot, op, &place), op->relu, out);
    break;
  case OP_MAX_POOL:
    max_pool_backward(dx, dy, activation_of(pass, slot, op->in),
                      &(PoolShape){in, out, op->size_h, op->size_w, op->stride});
    break;
  case OP_AVG_POOL:
    avg_pool_backward(dx, dy, &(PoolShape){in, out, op->size_h, op->size_w, op->stride});
    break;
  default:
    copy(dx, dy, out);
    break;
  }
}

static void backward(Pass *pass, Thread *thread, Slot *slot, const Op *op, StepKind kind) {
  const Plan *plan = &pass->plan;
  int number = (int)(op - pass->network->ops);
  if (op->in2 > 0) {
    Shape shape = pass->network->shapes[op->out];
    float *dx2 = gradient_of(pass, slot, op->in2);
    const float *dy = gradient_of(pass, slot, op->out);
    if (plan->first_writer[op->in2] == number)
      copy(dx2, dy, shape);
    else
      add_forward(dx2, dx2, dy, shape);
  }
  if (op->in == 0) {
    backward_into(pass, thread, slot, op, NULL, kind);
  } else if (plan->first_writer[op->in] == number) {
    backward_into(pass, thread, slot, op, gradient_of(pass, slot, op->in), kind);
  } else {
    float *dx = gradient_of(pass, slot, op->in);
    backward_into(pass, thread, slot, op, thread->extra, kind);
    add_forward(dx, dx, thread->extra, pass->network->shapes[op->in]);
  }
}

void step_run(Pass *pass, Thread *thread, Slot *slot, const Step *step) {
  const Op *op = step->op >= 0 ? &pass->network->ops[step->op] : NULL;
  double *a = thread->sums, *b = a + (op ? (size_t)op->map.n_units * LANES : 0);
  switch (step->kind) {
  case STEP_FORWARD:
    forward(pass, thread, slot, op);
    break;
  case STEP_NORM_SUMS:
    if (fusion_of(pass, op)->by_moments) {
      moments_add(pass, thread, slot);
      break;
    }
    if (!has_sums(pass, op))
      norm_sums(a, b, activation_of(pass, slot, op->in), pass->network->shapes[op->in],
                op->map.unit);
    exchange_add(pass, thread, slot, op, a, b);
    break;
  case STEP_LOSS:
    loss(pass, thread, slot);
    break;
  case STEP_NORM_BACKWARD_SUMS:
    norm_backward_first(pass, thread, slot, op, a, b);
    exchange_add(pass, thread, slot, op, a, b);
    break;
  case STEP_BACKWARD:
  case STEP_NORM_BACKWARD_APPLY:
    backward(pass, thread, slot, op, step->kind);
    break;
  }
}
