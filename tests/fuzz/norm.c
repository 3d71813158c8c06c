#include "fuzz.h"
#include "norms/norms.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  char text[NORM_SPEC_TEXT], other[NORM_SPEC_TEXT], *given = strndup((const char *)data, n);
  NormSpec spec, again;
  Status status = norm_spec_parse(&spec, given);
  fuzz_expect(status, STATUS_USAGE, STATUS_USAGE, "");
  free(given);
  if (status.code != STATUS_OK) return 0;
  norm_spec_text(text, spec);
  if (norm_spec_parse(&again, text).code != STATUS_OK) fuzz_fail(text);
  norm_spec_text(other, again);
  if (strcmp(text, other) != 0 || spec.kind != again.kind || spec.n != again.n ||
      spec.is_centred != again.is_centred || spec.affine != again.affine ||
      spec.has_shift != again.has_shift || memcmp(&spec.over, &again.over, sizeof spec.over) != 0)
    fuzz_fail(text);
  return 0;
}
