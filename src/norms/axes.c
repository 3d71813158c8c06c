#include "axes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char LETTERS[] = "nchw";

typedef struct Reader {
  NormAxes *axes;
  const char *at;
  int is_row, is_given[sizeof LETTERS];
  char *problem;
} Reader;

int axes_number(const char *text, size_t length) {
  size_t n_digits = strspn(text, "0123456789");
  if (n_digits != length || *text == '0' || length == 0 || length > 7) return 0;
  long n = strtol(text, NULL, 10);
  return n <= NORM_MAX_NUMBER ? (int)n : 0;
}

__attribute__((format(printf, 2, 3))) static int wrong(const Reader *r, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(r->problem, AXES_PROBLEM, format, arguments);
  va_end(arguments);
  return 0;
}

static void skip_spaces(Reader *r) {
  while (*r->at == ' ') r->at++;
}

static int skip(Reader *r, const char *text) {
  size_t length = strlen(text);
  if (strncmp(r->at, text, length) != 0) return 0;
  r->at += length;
  skip_spaces(r);
  return 1;
}

/* The length of what stands up to the next sign, at most 20. */
static int word_length(const Reader *r) {
  size_t length = strcspn(r->at, " ,:()");
  return length < 20 ? (int)length : 20;
}

static int read_number(Reader *r, int *n, const char *axis) {
  size_t length = strcspn(r->at, " ,)");
  *n = r->is_row && length == 1 && *r->at == 'N' ? NORM_NUMBER : axes_number(r->at, length);
  if (*n == 0)
    return wrong(r, "%s%.*s: expected a number from 1 to %d", axis, word_length(r), r->at,
                 NORM_MAX_NUMBER);
  r->at += length;
  return 1;
}

/* What follows the letter of an axis: ":4" or nothing. */
static int read_extent(Reader *r, char letter) {
  NormAxes *axes = r->axes;
  if (!skip(r, ":")) {
    if (letter == 'n') axes->samples = NORM_ALL;
    if (letter == 'c') axes->channels = NORM_ALL;
    if (letter == 'h') axes->rows = 1;
    if (letter == 'w') axes->columns = 1;
    return 1;
  }
  if (letter == 'h' || letter == 'w')
    return wrong(r, "%c takes no number: alone it is all of it", letter);
  if (letter == 'n') return read_number(r, &axes->samples, "n:");
  if (skip(r, "C/")) return read_number(r, &axes->channel_parts, "c:C/");
  return read_number(r, &axes->channels, "c:");
}

static int read_axis(Reader *r) {
  const int length = word_length(r);
  const char *letter = *r->at ? strchr(LETTERS, *r->at) : NULL;
  if (length == 0 && *r->at)
    return wrong(r, "an axis is missing: name some of n, c, h and w, with commas between them");
  if (length > 0 && (length > 1 || !letter))
    return wrong(r, "%.*s is not an axis: name some of n, c, h and w, with commas between them",
                 length, r->at);
  if (length == 0) return 1; /* the end of the text */
  if (r->is_given[letter - LETTERS]++)
    return wrong(r, "%c is given twice: name each axis once", *letter);
  r->at++;
  skip_spaces(r);
  if (!read_extent(r, *letter)) return 0;
  skip_spaces(r);
  return 1;
}

const char *axes_parse(NormAxes *axes, const char *text, int is_row, char problem[AXES_PROBLEM]) {
  Reader r = {.axes = axes, .at = text, .is_row = is_row, .problem = problem};
  *axes = (NormAxes){0};
  (void)skip(&r, "over(");
  do
    if (!read_axis(&r)) return NULL;
  while (skip(&r, ","));
  if (*r.at != ')') {
    if (*r.at)
      wrong(&r, "a comma or ) is missing before %.*s", word_length(&r) + 1, r.at);
    else
      wrong(&r, "its ) is missing (between [ ] or { } of YAML it needs quotes: \"over(n,h,w)\")");
    return NULL;
  }
  if (axes->rows && !axes->columns) {
    wrong(&r, "h goes with w: take h,w for whole channels, or w for each row by itself");
    return NULL;
  }
  return r.at + 1;
}

static void extent_text(char text[24], const char *axis, int n) {
  if (n == NORM_SINGLE)
    text[0] = '\0';
  else if (n == NORM_ALL)
    snprintf(text, 24, ",%c", *axis);
  else if (n == NORM_NUMBER)
    snprintf(text, 24, ",%sN", axis);
  else
    snprintf(text, 24, ",%s%d", axis, n);
}

void axes_text(char text[NORM_SPEC_TEXT], NormAxes axes) {
  char samples[24], channels[24];
  extent_text(samples, "n:", axes.samples);
  if (axes.channel_parts)
    extent_text(channels, "c:C/", axes.channel_parts);
  else
    extent_text(channels, "c:", axes.channels);
  char all[NORM_SPEC_TEXT];
  snprintf(all, sizeof all, "%s%s%s%s", samples, channels, axes.rows ? ",h" : "",
           axes.columns ? ",w" : "");
  snprintf(text, NORM_SPEC_TEXT, "over(%.*s)", NORM_SPEC_TEXT - 8, all + 1);
}
