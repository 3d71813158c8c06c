#include "config/label.h"

#include <string.h>

static const char *last_part(const char *key) {
  const char *point = strrchr(key, '.');
  return point ? point + 1 : key;
}

const char *label_key(const char *key, const char *const *keys, size_t n) {
  const char *end = last_part(key);
  for (size_t i = 0; i < n; i++)
    if (strcmp(keys[i], key) != 0 && strcmp(last_part(keys[i]), end) == 0) return key;
  return end;
}

static int is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_';
}

int label_slug(char *text) {
  char *out = text;
  int is_other = 0;
  for (const char *c = text; *c; c++) {
    char low = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
    int is_kept = is_plain(low) || (low == '-' && out > text && out[-1] != '-');
    is_other |= !is_kept || low != *c;
    if (is_kept)
      *out++ = low;
    else if (out > text && out[-1] != '-')
      *out++ = '-';
  }
  for (; out > text && out[-1] == '-'; is_other = 1) out--;
  *out = '\0';
  return is_other;
}
