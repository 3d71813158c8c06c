#ifndef NORMLAB_REPORT_MARKUP_H
#define NORMLAB_REPORT_MARKUP_H
/* Writes text that comes from files into HTML and SVG. Not collective. */
#include <stdio.h>

/* Writes a text that is escaped for content and for quoted attributes. Line feeds stay. Other
 * control characters become "?", and bytes that are no UTF-8 become U+FFFD. */
void html_text(FILE *out, const char *text);
/* Writes printf-style text; what comes out is escaped as a whole. */
void html_print(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Writes a <caption> whose text stays in sight when the table is scrolled. */
void html_caption(FILE *out, const char *text);

#endif
