#ifndef NORMLAB_TESTS_NORM_SPECS_H
#define NORMLAB_TESTS_NORM_SPECS_H
/* The norms that a test goes through: each form of each norm that the program has, so that a new
 * one is tested without being named here, and more numbers of some of them. */
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

#endif
