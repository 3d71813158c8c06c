#include "markup.h"

#include <stdarg.h>
#include <stdlib.h>

int utf8_length(const char *text) {
  const unsigned char *p = (const unsigned char *)text;
  static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
  int n = p[0] == 0 ? 0 : p[0] < 0x80 ? 1 : p[0] < 0xc0 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
  if (n < 2) return n;
  if (p[0] > 0xf4) return 0;
  unsigned code = p[0] & (0xff >> (n + 1));
  for (int i = 1; i < n; i++) {
    if ((p[i] & 0xc0) != 0x80) return 0;
    code = code << 6 | (p[i] & 0x3f);
  }
  return code < least[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? 0 : n;
}

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
      fputs("\xef\xbf\xbd", out);
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
