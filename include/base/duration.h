#ifndef NORMLAB_BASE_DURATION_H
#define NORMLAB_BASE_DURATION_H
#include <stddef.h>

/* "45 s", "12 min 05 s", "3 h 07 min". */
void duration_text(char *text, size_t bytes, double seconds);

#endif
