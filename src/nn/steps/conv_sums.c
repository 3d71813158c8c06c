/* A convolution and the sums of the norm after it: some channels at a time. If the convolution
 * reads the images, whose gradient nobody wants, its weight gradient is done with the norm's
 * second half, which then is not stored. A norm that crosses samples, all of whose blocks wait
 * between the halves, computes the gradient of its output again and stores nothing. */
#include "conv_sums.h"
#include "../ops/conv.h"
#include "classes.h"
#include "norm_apply.h"
#include "norm_conv.h"
#include "parts.h"

int conv_sums_fits(NormGroup *group, const Network *network, const int *n_readers, int batch) {
  const Op *conv = group->before;
  (void)batch;
  if (group->makes_sums || !conv || !is_conv(conv) ||
      shape_bytes(op_out(network, conv)) < LARGE_BYTES)
    return 0;
  const ConvShape *shape = conv_shape(conv);
  group->before_channels =
      part_channels(shape->out, network->backend->steps(shape, CONV_FORWARD).channels);
  if (group->before_channels == 0) return 0;
  group->is_first = conv->in == 0 && n_readers[conv->out] == 1;
  int remakes = group->n_rows > 0 && (group->is_local || group->map->crosses_samples);
  group->is_stored = !group->pooled && (!group->is_first || !remakes);
  return 1;
}

static void run(const Context *context, const Step *step) {
  const NormGroup *group = step->group;
  const Op *conv = group->before;
  const Shape out = conv_shape(conv)->out;
  float *y = activation_of(context, conv->out);
  /* Threads of a crew have channels each, of which others have a part of the units. */
  const int sums_later = group->map->unit == NORM_UNIT_PIXEL && !share_is_whole(context);
  const Band own = share_channels(context, out, group->before_channels);
  const int end = own.channel + own.n_channels;
  for (int c = own.channel; c < end; c += group->before_channels) {
    const Band band = channels_from(out, c, group->before_channels, end);
    const ConvCall call = conv_call(context, conv, &band, channels_ahead(y, out, band));
    float *to = y + band_begin(band, out);
    context->pass->network->backend->forward(to, activation_of(context, conv->in), &call);
    if (!sums_later) norm_sums_part(context, group->map, out, band, to);
  }
  if (!sums_later) return;
  const Band units = norm_sums_share(context, group->map, out);
  share_meet(context);
  if (!band_is_empty(units))
    norm_sums_part(context, group->map, out, units, y + band_begin(units, out));
}

static void name(const Network *network, const Step *step, char *text, size_t bytes) {
  (void)network;
  op_name(step->op, text, bytes);
  text_append(text, bytes, " + sums of the norm");
}

static void append(const NormGroup *group, StepList *list) {
  step_append(list, (Step){.run = run,
                           .op = group->before,
                           .group = group,
                           .activity = ACTIVITY_FORWARD,
                           .first = group->before->number,
                           .n_made = 1,
                           .name = name});
}

/* For a convolution that reads the images: from the gradient of the norm's output, stored or made
 * again, to its weight gradient. */
static void apply_first(const Context *context, const NormGroup *group, const double *mean_d,
                        const double *mean_dx) {
  const Shape s = conv_shape(group->before)->out;
  const int remakes = !group->is_stored && !group->pooled;
  const int n = remakes ? group->n_channels : group->before_channels;
  float *dx = context->thread->piece + context->pass->work.sizes.piece;
  const Band own = share_channels(context, s, n);
  const int end = own.channel + own.n_channels;
  for (int c = own.channel; c < end; c += n) {
    const Band band = channels_from(s, c, n, end);
    if (remakes) norm_conv_part_data(context, group, band, dx);
    norm_apply_part(context, group, band, dx, remakes ? dx : norm_dy(context, group, band), mean_d,
                    mean_dx);
  }
}

static void apply(const Context *context, const NormGroup *group, const double *mean_d,
                  const double *mean_dx) {
  (group->is_first ? apply_first : norm_apply)(context, group, mean_d, mean_dx);
}

void conv_sums_sizes(Sizes *sizes, const Network *network, const NormGroup *group) {
  const Shape out = op_out(network, group->before);
  raise_to(&sizes->piece, (size_t)group->before_channels * out.stride);
}

const NormHead CONV_SUMS = {
    .fits = conv_sums_fits,
    .append = append,
    .apply = apply,
    .sizes = conv_sums_sizes,
};
