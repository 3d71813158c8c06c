#include "report/markup.h"

#include "base/utf8.h"

#include <stdarg.h>
#include <stdlib.h>

static const char *entity(char c) {
  switch (c) {
  case '&':
    return "&amp;";
  case '<':
    return "&lt;";
  case '>':
    return "&gt;";
  case '"':
    return "&quot;";
  case '\'':
    return "&#39;";
  default:
    return NULL;
  }
}

void html_text(FILE *out, const char *text) {
  while (*text) {
    int n = utf8_length(text);
    const char *escaped = entity(*text);
    if (escaped)
      fputs(escaped, out);
    else if (n == 0)
      fputs(UTF8_REPLACEMENT, out);
    else if (((unsigned char)*text < ' ' && *text != '\n') || *text == 127)
      fputc('?', out);
    else
      fwrite(text, 1, (size_t)n, out);
    text += n ? n : 1;
  }
}

void html_print(FILE *out, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  char *text;
  int length = vasprintf(&text, format, arguments);
  va_end(arguments);
  if (length < 0) {
    fputc('?', out); /* no memory: the stream in memory will fail, too */
    return;
  }
  html_text(out, text);
  free(text);
}

void html_caption(FILE *out, const char *text) {
  fputs("<caption><span>", out);
  html_text(out, text);
  fputs("</span></caption>\n", out);
}
