#ifndef NORMLAB_BASE_UTF8_H
#define NORMLAB_BASE_UTF8_H
/* Texts of unknown origin, such as names of files, which may hold any bytes. Not collective. */
#include <stdio.h>

/* Returns how many bytes the first character of a UTF-8 text has; 0 for NUL and for bytes that are
 * no character. */
int utf8_length(const char *text);

/* U+FFFD, in place of bytes that are no character. */
#define UTF8_REPLACEMENT "\xef\xbf\xbd"

/* Writes a text as UTF-8: bytes that are no character become U+FFFD. */
void utf8_print(FILE *out, const char *text);

/* Writes a text as a string of JSON, with its quotation marks. Bytes that are no character become
 * U+FFFD, so that what comes out is JSON for every reader; two names may then look the same. */
void utf8_print_json(FILE *out, const char *text);

#endif
