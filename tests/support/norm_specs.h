#ifndef NORMLAB_TESTS_NORM_SPECS_H
#define NORMLAB_TESTS_NORM_SPECS_H
/* The norms that a test goes through: each form of each norm that the program has, so that a new
 * one is tested without being named here, and more numbers of some of them; and every division of
 * an activation. */
#include "norms/norms.h"
#include <stdio.h>
#include <stdlib.h>

enum { MAX_NORM_SPECS = 64 };
typedef struct NormSpecs {
  char text[MAX_NORM_SPECS][NORM_SPEC_TEXT];
  int n;
} NormSpecs;

/* A form with a number gets `samples` where it is of samples, 2 otherwise; more: ended by NULL. */
static inline NormSpecs norm_specs(int samples, const char *const more[]) {
  NormSpecs specs = {.n = 0};
  NormSpec spec;
  for (int i = 0; (spec = norm_spec_example(i)).kind; i++) {
    if (spec.n > 0) spec = norm_spec_with(spec, spec.over.samples > 0 ? samples : 2);
    if (specs.n == MAX_NORM_SPECS) abort();
    norm_spec_text(specs.text[specs.n++], spec);
  }
  for (int i = 0; more[i]; i++) {
    if (specs.n == MAX_NORM_SPECS) abort();
    snprintf(specs.text[specs.n++], NORM_SPEC_TEXT, "%s", more[i]);
  }
  return specs;
}

/* Every division of samples, channels, rows and columns that has more than one element a group,
 * with affine and modifiers in turn. */
static inline NormSpecs norm_specs_of_axes(void) {
  static const char *const samples[] = {"", ",n", ",n:5"}, *const channels[] = {"", ",c:C/2", ",c"},
                           *const places[] = {"", ",w", ",h,w"},
                           *const affine[] = {"", " affine:element", " affine:column",
                                              " affine:none", ""};
  NormSpecs specs = {.n = 0};
  for (int i = 1; i < 27; i++) {
    char axes[NORM_SPEC_TEXT], text[2 * NORM_SPEC_TEXT];
    NormSpec spec;
    snprintf(axes, sizeof axes, "%s%s%s", samples[i / 9], channels[i / 3 % 3], places[i % 3]);
    snprintf(text, sizeof text, "%sover(%s)%s%s", i % 2 ? "" : "rms-", axes + 1, affine[i % 5],
             i % 5 == 4 && i % 2 == 0 ? " shift" : "");
    Status status = norm_spec_parse(&spec, text);
    if (status.code != STATUS_OK || specs.n == MAX_NORM_SPECS) {
      fprintf(stderr, "%s\n", status.text);
      abort();
    }
    norm_spec_text(specs.text[specs.n++], spec);
  }
  return specs;
}

#endif
