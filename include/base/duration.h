#ifndef NORMLAB_BASE_DURATION_H
#define NORMLAB_BASE_DURATION_H
#include <stddef.h>

/* Writes a duration, given in seconds, as a short text for people, such as "45 s", "12 min 05 s"
 * or "3 h 07 min". At most `bytes` bytes are written, the NUL at the end included. Not collective.
 */
void duration_text(char *text, size_t bytes, double seconds);

#endif
