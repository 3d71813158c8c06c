#include "norms/norms.h"

#include <stdio.h>

static void count_text(char text[24], const char *before, int n) {
  if (n == NORM_NUMBER)
    snprintf(text, 24, "%sN", before);
  else
    snprintf(text, 24, "%s%d", before, n);
}

/* The channels of a group: "a channel", "4 channels", "all channels". */
static void channels_words(char text[40], NormAxes over) {
  char count[24];
  if (over.channels == NORM_ALL) {
    snprintf(text, 40, "all channels");
  } else if (over.channel_parts) {
    count_text(count, "C/", over.channel_parts);
    snprintf(text, 40, "%s channels", count);
  } else if (over.channels == NORM_SINGLE) {
    snprintf(text, 40, "a channel");
  } else {
    count_text(count, "", over.channels);
    snprintf(text, 40, "%s channel%s", count, over.channels == 1 ? "" : "s");
  }
}

static void samples_words(char text[120], NormAxes over) {
  char count[24];
  if (over.samples == NORM_SINGLE) {
    snprintf(text, 120, " of a sample");
  } else if (over.samples == NORM_ALL) {
    snprintf(text, 120, ", over all samples of the global batch");
  } else {
    count_text(count, "", over.samples);
    snprintf(text, 120,
             ", over %s consecutive samples of the global batch; a remainder joins the last group",
             count);
  }
}

void norm_group_words(char text[NORM_WORDS_TEXT], NormSpec spec) {
  const NormAxes over = spec.over;
  char channels[40], samples[120];
  const char *part = over.rows ? "" : over.columns ? "a row of " : "a pixel of ";
  channels_words(channels, over);
  samples_words(samples, over);
  if (!norm_has_statistics(spec))
    snprintf(text, NORM_WORDS_TEXT, "-");
  else if (over.samples == NORM_SINGLE && over.channels == NORM_ALL && over.rows)
    snprintf(text, NORM_WORDS_TEXT, "a sample");
  else
    snprintf(text, NORM_WORDS_TEXT, "%s%s%s", part, channels, samples);
}

void norm_formula_words(char text[NORM_WORDS_TEXT], NormSpec spec) {
  const char *gamma = spec.affine == NORM_AFFINE_NONE ? "" : "gamma ";
  const char *shift = spec.has_shift ? " + beta" : "";
  if (!spec.kind || spec.kind->formula)
    snprintf(text, NORM_WORDS_TEXT, "%s", spec.kind ? spec.kind->formula : "y = x");
  else if (spec.is_centred)
    snprintf(text, NORM_WORDS_TEXT, "y = %s(x - mean) / sqrt(variance + epsilon)%s", gamma, shift);
  else
    snprintf(text, NORM_WORDS_TEXT, "y = %sx / sqrt(mean square + epsilon)%s", gamma, shift);
}

void norm_statistics_words(char text[NORM_WORDS_TEXT], NormSpec spec) {
  const char *words = spec.is_centred
                          ? "variance = sum (x - mean)^2 / elements, deviation = sqrt(variance)"
                          : "mean square = sum x^2 / elements, root = sqrt(mean square)";
  if (!spec.kind || spec.kind->formula) words = spec.kind ? spec.kind->statistics : "";
  snprintf(text, NORM_WORDS_TEXT, "%s", words);
}
