#include "pass_internal.h"

/* From the lowest bit: phase (8), layer + 1 (24), how manieth mark (32). */

void pass_set_sign(Pass *pass, PassSign *sign) {
  pass->sign = sign;
}

void pass_mark(Pass *pass, Phase phase, int layer) {
  if (!pass->sign) return;
  uint64_t value = (uint64_t)++pass->n_marks << 32 | (uint64_t)(layer + 1) << 8 | phase;
  atomic_store_explicit(pass->sign, value, memory_order_relaxed);
}

Phase pass_sign_phase(uint64_t sign) {
  return (Phase)(sign & 0xff);
}

int pass_sign_layer(uint64_t sign) {
  return (int)(sign >> 8 & 0xffffff) - 1;
}
