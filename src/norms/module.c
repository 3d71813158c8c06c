#include "norms/norms.h"

#include <stdio.h>

/* Statistics of channels, and a scale and a shift for each of them, or neither. */
static int of_channels(char text[NORM_WORDS_TEXT], NormSpec spec, Shape s) {
  const NormAxes over = spec.over;
  const int is_plain = spec.affine == NORM_AFFINE_NONE;
  const int is_single = over.channels == NORM_SINGLE && !over.channel_parts;
  const char *affine = is_plain ? ", affine=False" : "";
  if (!over.rows || !spec.is_centred) return 0;
  if (!is_plain && (spec.affine != NORM_AFFINE_CHANNEL || !spec.has_shift)) return 0;
  if (over.samples == NORM_ALL && is_single) {
    snprintf(text, NORM_WORDS_TEXT, "BatchNorm2d(%d%s)", s.c, affine);
    return 1;
  }
  if (over.samples != NORM_SINGLE) return 0;
  int n_groups = over.channel_parts ? over.channel_parts : 1;
  if (over.channels > 0) n_groups = s.c / over.channels;
  if (is_single)
    snprintf(text, NORM_WORDS_TEXT, "InstanceNorm2d(%d%s)", s.c, is_plain ? "" : ", affine=True");
  else
    snprintf(text, NORM_WORDS_TEXT, "GroupNorm(%d, %d%s)", n_groups, s.c, affine);
  return 1;
}

/* Statistics of the last axes, and a scale for each of their elements, or none. RMSNorm has no
 * shift, and its own epsilon by default. */
static int of_last_axes(char text[NORM_WORDS_TEXT], NormSpec spec, Shape s) {
  const NormAxes over = spec.over;
  char axes[40];
  if (over.samples != NORM_SINGLE || over.channel_parts || (!spec.is_centred && spec.has_shift))
    return 0;
  const int is_sample = over.channels == NORM_ALL && over.rows;
  const int is_row = over.channels == NORM_SINGLE && over.columns && !over.rows;
  const NormAffine affine = is_sample ? NORM_AFFINE_ELEMENT : NORM_AFFINE_COLUMN;
  if (!is_sample && !is_row) return 0;
  if (spec.affine != affine && spec.affine != NORM_AFFINE_NONE) return 0;
  if (is_sample)
    snprintf(axes, sizeof axes, "[%d, %d, %d]", s.c, s.h, s.w);
  else
    snprintf(axes, sizeof axes, "%d", s.w);
  const char *without = spec.affine == NORM_AFFINE_NONE      ? ", elementwise_affine=False"
                        : spec.is_centred && !spec.has_shift ? ", bias=False"
                                                             : "";
  snprintf(text, NORM_WORDS_TEXT, "%s(%s%s%s)", spec.is_centred ? "LayerNorm" : "RMSNorm", axes,
           spec.is_centred ? "" : ", eps=1e-05", without);
  return 1;
}

void norm_module_words(char text[NORM_WORDS_TEXT], NormSpec spec, Shape shape) {
  const char *own = "Identity()";
  if (spec.kind && !spec.kind->formula) {
    if (of_channels(text, spec, shape) || of_last_axes(text, spec, shape)) return;
    own = NULL;
  } else if (spec.kind) {
    own = spec.kind->module;
  }
  snprintf(text, NORM_WORDS_TEXT, "%s", own ? own : "-");
}
