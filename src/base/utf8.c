#include "base/utf8.h"

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

static void print_character(FILE *out, const char *text, int n) {
  if (n > 0)
    fwrite(text, 1, (size_t)n, out);
  else
    fputs(UTF8_REPLACEMENT, out);
}

void utf8_print(FILE *out, const char *text) {
  for (int n; *text; text += n ? n : 1) {
    n = utf8_length(text);
    print_character(out, text, n);
  }
}

void utf8_print_json(FILE *out, const char *text) {
  fputc('"', out);
  for (int n; *text; text += n ? n : 1) {
    n = utf8_length(text);
    unsigned char c = (unsigned char)*text;
    if (c == '"' || c == '\\')
      fprintf(out, "\\%c", c);
    else if (c < ' ' || c == 127)
      fprintf(out, "\\u%04x", c);
    else
      print_character(out, text, n);
  }
  fputc('"', out);
}
