#ifndef NORMLAB_REPORT_MARKUP_H
#define NORMLAB_REPORT_MARKUP_H
/* Text from files on its way into HTML and SVG. */
#include <stdio.h>

/* Escaped for content and quoted attributes. Line feeds stay; other control characters become "?",
 * bytes that are no UTF-8 U+FFFD. */
void html_text(FILE *out, const char *text);
/* printf-style; what comes out is escaped as a whole. */
void html_print(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* <caption>, whose text stays in sight where the table is scrolled. */
void html_caption(FILE *out, const char *text);

/* One character of UTF-8 from text: bytes it has, or 0 if they are none (also for NUL). */
int utf8_length(const char *text);

#endif
