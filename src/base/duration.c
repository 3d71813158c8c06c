#include "base/duration.h"

#include <stdio.h>

void duration_text(char *text, size_t bytes, double seconds) {
  long s = seconds > 0 ? (long)(seconds + 0.5) : 0;
  if (s >= 3600)
    snprintf(text, bytes, "%ld h %02ld min", s / 3600, s / 60 % 60);
  else if (s >= 60)
    snprintf(text, bytes, "%ld min %02ld s", s / 60, s % 60);
  else
    snprintf(text, bytes, "%ld s", s);
}
