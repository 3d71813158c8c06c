/* The first convolution and its batch norm, with sums from moments of the images. The norm's input
 * is never kept: it is made again for the backward pass, which takes less time than to write it to
 * memory and to read it from there. */
#include "classes.h"
#include "moments.h"

/* The moments cost about K^2 / 2 multiply-adds of doubles a pixel. For each channel's value there,
 * they save visits that take as long as so many. */
enum { VISITS = 8 };

static int fits(NormGroup *group, const Network *network, const int *n_readers, int batch) {
  (void)network;
  if (!moments_fit(group, batch) || !group->is_again) return 0;
  const ConvShape *conv = conv_shape(group->before);
  if (n_readers[group->before->out] != 1) return 0;
  if (moments_taps(conv) * moments_taps(conv) > 2 * VISITS * conv->out.c) return 0;
  moments_take(group);
  return 1;
}

static void make_input(const Context *context, const NormGroup *group) {
  group->before->kind->forward(context, group->before);
}

static void sizes(Sizes *sizes, const Network *network, const NormGroup *group) {
  (void)network;
  moments_sizes(sizes, group);
}

const NormHead CONV_NORM = {.fits = fits,
                            .append = moments_append,
                            .make_input = make_input,
                            .finish = moments_finish,
                            .sizes = sizes};
