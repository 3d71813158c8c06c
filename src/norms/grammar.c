#include "axes.h"

#include "base/log.h"
#include <stdio.h>
#include <string.h>

/* A norm that is written over(AXES). */
static const NormKind OVER = {.affine = NORM_AFFINE_CHANNEL};

static const char RMS[] = "rms-";

static const char *const AFFINES[] = {[NORM_AFFINE_CHANNEL] = "affine:channel",
                                      [NORM_AFFINE_ELEMENT] = "affine:element",
                                      [NORM_AFFINE_COLUMN] = "affine:column",
                                      [NORM_AFFINE_NONE] = "affine:none"};
enum { N_AFFINES = sizeof AFFINES / sizeof *AFFINES };

/* Goes through the forms of all norms in their order; 0 after the last. */
typedef struct Forms {
  int i, k;
  const NormKind *kind;
  const NormForm *form;
} Forms;

static int next_form(Forms *forms) {
  while ((forms->kind = norm_kind(forms->i))) {
    if (forms->k < NORM_FORMS && forms->kind->forms[forms->k].text) {
      forms->form = &forms->kind->forms[forms->k++];
      return 1;
    }
    forms->i++;
    forms->k = 0;
  }
  return 0;
}

void norm_spec_accepted(char *text, size_t bytes) {
  size_t used = 0;
  for (Forms at = {0}; used < bytes && next_form(&at);)
    used += (size_t)snprintf(text + used, bytes - used, "%s%s, ", at.form->text,
                             at.form->example ? "N" : "");
  if (used < bytes)
    snprintf(text + used, bytes - used,
             "over(AXES) of n, n:N, c, c:N, c:C/N, h, w; rms- before it; behind it affine:channel, "
             "affine:element, affine:column, affine:none, shift, no-shift");
}

/* The axes that a row's text gives, with the number. */
static NormAxes axes_of(const NormForm *form, int number) {
  NormAxes axes = {0};
  char problem[AXES_PROBLEM];
  if (!form->over) return axes;
  const char *rest = axes_parse(&axes, form->over, 1, problem);
  if (!rest || *rest) log_bug(__FILE__, __LINE__, "the axes of a norm's row cannot be read");
  if (axes.samples == NORM_NUMBER) axes.samples = number;
  if (axes.channels == NORM_NUMBER) axes.channels = number;
  if (axes.channel_parts == NORM_NUMBER) axes.channel_parts = number;
  return axes;
}

static NormSpec spec_of(const NormKind *kind, const NormForm *form, int number) {
  return (NormSpec){.kind = kind,
                    .n = number,
                    .over = axes_of(form, number),
                    .is_centred = !kind->is_about_0,
                    .affine = kind->affine,
                    .has_shift = 1};
}

NormSpec norm_spec_example(int i) {
  Forms at = {0};
  for (int k = 0; next_form(&at); k++)
    if (k == i) return spec_of(at.kind, at.form, at.form->example);
  return (NormSpec){0};
}

const NormForm *norm_spec_form(NormSpec spec) {
  for (int i = 0; i < NORM_FORMS; i++) {
    const NormForm *form = &spec.kind->forms[i];
    if (form->text && (form->example > 0) == (spec.n != 0)) return form;
  }
  return NULL;
}

NormSpec norm_spec_with(NormSpec spec, int number) {
  const NormForm *form = norm_spec_form(spec);
  BUG_IF(!form || !form->example);
  spec.n = number;
  spec.over = axes_of(form, number);
  return spec;
}

static int same_axes(NormAxes a, NormAxes b) {
  return a.samples == b.samples && a.channels == b.channels && a.channel_parts == b.channel_parts &&
         a.rows == b.rows && a.columns == b.columns;
}

/* The number with which a form has these axes, 0 for a form without one; -1 if it has others. */
static int number_for(const NormForm *form, NormAxes axes) {
  const NormAxes general = axes_of(form, NORM_NUMBER);
  int number = 0;
  if (general.samples == NORM_NUMBER) number = axes.samples;
  if (general.channels == NORM_NUMBER) number = axes.channels;
  if (general.channel_parts == NORM_NUMBER) number = axes.channel_parts;
  if (form->example && number <= 0) return -1;
  return same_axes(axes_of(form, number), axes) ? number : -1;
}

/* Whether a norm is a choice of groups and nothing else. */
static int only_partitions(const NormKind *kind) {
  return !kind->formula;
}

static int changes_shift(NormSpec spec) {
  return spec.affine != NORM_AFFINE_NONE && spec.has_shift != spec.is_centred;
}

/* Gives the norm the name that takes the fewest modifiers, of several the first. */
static int find_name(NormSpec *spec) {
  int fewest = 1 + (spec->affine != OVER.affine), is_named = 0;
  for (Forms at = {0}; next_form(&at);) {
    if (!only_partitions(at.kind) || !at.form->over) continue;
    int number = number_for(at.form, spec->over), n_modifiers = spec->affine != at.kind->affine;
    if (number < 0 || n_modifiers >= fewest) continue;
    spec->kind = at.kind, spec->n = number;
    fewest = n_modifiers;
    is_named = 1;
  }
  return is_named;
}

/* Makes one spec of all that mean the same: c:1 is a single channel and c:C/1 all of them, unless a
 * name says it so. */
static void make_canonical(NormSpec *spec) {
  if (spec->affine == NORM_AFFINE_NONE) spec->has_shift = 0;
  if (!only_partitions(spec->kind) || find_name(spec)) return;
  if (spec->over.channels == 1) spec->over.channels = NORM_SINGLE;
  if (spec->over.channel_parts == 1) spec->over.channel_parts = 0, spec->over.channels = NORM_ALL;
  spec->kind = &OVER, spec->n = 0;
  (void)find_name(spec);
}

/* Reads a name with its number. Returns what follows it, or NULL. */
static const char *parse_name(NormSpec *spec, const char *text) {
  const size_t end = strcspn(text, " ");
  for (Forms at = {0}; next_form(&at);) {
    size_t length = strlen(at.form->text);
    if (end < length || strncmp(text, at.form->text, length) != 0) continue;
    int n = at.form->example ? axes_number(text + length, end - length) : 0;
    if (at.form->example ? n == 0 : end != length) continue;
    *spec = spec_of(at.kind, at.form, n);
    return text + end;
  }
  return NULL;
}

static int is_word(const char *text, size_t length, const char *word) {
  return strlen(word) == length && strncmp(text, word, length) == 0;
}

/* Reads the words behind a norm. */
static int parse_modifiers(NormSpec *spec, const char *text, char problem[AXES_PROBLEM]) {
  int n_affines = 0, n_shifts = 0;
  for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
    const size_t length = strcspn(text, " ");
    const int is_shift = is_word(text, length, "shift"),
              is_none = is_word(text, length, "no-shift");
    int i = 0;
    while (i < N_AFFINES && !is_word(text, length, AFFINES[i])) i++;
    if (i == N_AFFINES && !is_shift && !is_none) {
      snprintf(problem, AXES_PROBLEM,
               "%.*s cannot follow a norm: accepted are affine:channel, affine:element, "
               "affine:column, affine:none, shift and no-shift",
               length < 20 ? (int)length : 20, text);
      return 0;
    }
    if (i < N_AFFINES) spec->affine = (NormAffine)i, n_affines++;
    if (i == N_AFFINES) spec->has_shift = is_shift, n_shifts++;
    text += length;
  }
  const int is_odd = spec->affine == NORM_AFFINE_NONE && n_shifts && spec->has_shift;
  if (n_affines > 1) snprintf(problem, AXES_PROBLEM, "affine: is given twice: give it once");
  if (n_shifts > 1) snprintf(problem, AXES_PROBLEM, "shift is given twice: give it once");
  if (is_odd) snprintf(problem, AXES_PROBLEM, "affine:none has no shift: leave one of them out");
  return n_affines <= 1 && n_shifts <= 1 && !is_odd;
}

/* Reads what the text says; its parts need not go together. Returns 0 after it has written the
 * problem, "" if no norm has this name. */
static int parse(NormSpec *spec, const char *text, char problem[AXES_PROBLEM]) {
  text += strspn(text, " ");
  const int is_rms = strncmp(text, RMS, strlen(RMS)) == 0;
  const char *rest = is_rms ? text + strlen(RMS) : text;
  problem[0] = '\0';
  if (strncmp(rest, "over(", strlen("over(")) == 0) {
    *spec = (NormSpec){.kind = &OVER, .is_centred = 1, .affine = OVER.affine, .has_shift = 1};
    rest = axes_parse(&spec->over, rest, 0, problem);
  } else {
    rest = parse_name(spec, rest);
  }
  if (!rest) return 0;
  if (*rest && *rest != ' ') {
    snprintf(problem, AXES_PROBLEM, "a space is missing behind )");
    return 0;
  }
  if (is_rms) spec->is_centred = spec->has_shift = 0;
  if (!only_partitions(spec->kind) && (is_rms || rest[strspn(rest, " ")])) {
    snprintf(problem, AXES_PROBLEM, "this norm takes no rms- before it and no words behind it");
    return 0;
  }
  return parse_modifiers(spec, rest, problem);
}

Status norm_spec_parse(NormSpec *spec, const char *text) {
  char problem[AXES_PROBLEM], accepted[STATUS_TEXT / 2], shown[NORM_SPEC_TEXT];
  if (parse(spec, text, problem)) {
    make_canonical(spec);
    return status_ok();
  }
  snprintf(shown, sizeof shown, "%s", text);
  if (problem[0]) return status_error(STATUS_USAGE, "'%s' is not a norm: %s", shown, problem);
  norm_spec_accepted(accepted, sizeof accepted);
  return status_error(STATUS_USAGE, "'%s' is not a norm; accepted: %s (N from 1 to %d)", shown,
                      accepted, NORM_MAX_NUMBER);
}

void norm_spec_text(char text[NORM_SPEC_TEXT], NormSpec spec) {
  char name[NORM_SPEC_TEXT], number[16] = "";
  const NormForm *form = spec.kind ? norm_spec_form(spec) : NULL;
  if (spec.n == NORM_NUMBER) snprintf(number, sizeof number, "N");
  if (spec.n > 0) snprintf(number, sizeof number, "%d", spec.n);
  if (spec.kind == &OVER)
    axes_text(name, spec.over);
  else
    snprintf(name, sizeof name, "%s%s", form ? form->text : "none", number);
  const int is_plain = !spec.kind || !only_partitions(spec.kind);
  const int is_affine = !is_plain && spec.affine != spec.kind->affine;
  const int is_shift = !is_plain && changes_shift(spec);
  snprintf(text, NORM_SPEC_TEXT, "%s%.33s%s%s%s", is_plain || spec.is_centred ? "" : RMS, name,
           is_affine ? " " : "", is_affine ? AFFINES[spec.affine] : "",
           is_shift ? spec.has_shift ? " shift" : " no-shift" : "");
}

int norm_has_statistics(NormSpec spec) {
  const NormAxes none = {0};
  return !same_axes(spec.over, none);
}

int norm_replaces_relu(NormSpec spec) {
  return spec.kind && spec.kind->has_threshold;
}

size_t norm_parameters(char text[NORM_COUNT_TEXT], NormSpec spec, Shape s) {
  static const char *const EACH[] = {"C", "CHW", "W", ""};
  const size_t c = (size_t)s.c, h = (size_t)s.h, w = (size_t)s.w;
  const size_t count[] = {c, c * h * w, w, 0};
  const NormParameter none = {NULL}, more = spec.kind ? spec.kind->parameter : none;
  if (!spec.kind || spec.affine == NORM_AFFINE_NONE) {
    snprintf(text, NORM_COUNT_TEXT, "0");
    return 0;
  }
  const int is_alike = more.name && more.is_per_channel && spec.affine == NORM_AFFINE_CHANNEL;
  const int n_alike = 1 + spec.has_shift + is_alike;
  char times[12] = "";
  if (n_alike > 1) snprintf(times, sizeof times, "%d", n_alike);
  snprintf(text, NORM_COUNT_TEXT, "%s%s%s", times, EACH[spec.affine],
           !more.name || is_alike ? ""
           : more.is_per_channel  ? " + C"
                                  : " + 1");
  return (size_t)n_alike * count[spec.affine] + (!more.name || is_alike ? 0
                                                 : more.is_per_channel  ? c
                                                                        : 1);
}

int norm_crosses_samples(NormSpec spec) {
  return spec.over.samples != NORM_SINGLE;
}

int norm_batch_group(NormSpec spec) {
  BUG_IF(!norm_crosses_samples(spec));
  return spec.over.samples > 0 ? spec.over.samples : 0;
}
