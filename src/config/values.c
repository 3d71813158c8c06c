#include "values.h"

#include "config/config.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *skip_digits(const char *text) {
  while (*text >= '0' && *text <= '9') text++;
  return text;
}

int number_parse(double *value, const char *text) {
  const char *at = text + (*text == '-' || *text == '+');
  const char *after = skip_digits(at);
  long n_digits = after - at;
  if (*after == '.') {
    const char *fraction = after + 1;
    after = skip_digits(fraction);
    n_digits += after - fraction;
  }
  if (n_digits == 0) return 0;
  if (*after == 'e' || *after == 'E') {
    const char *exponent = after + 1;
    exponent += *exponent == '-' || *exponent == '+';
    after = skip_digits(exponent);
    if (after == exponent) return 0;
  }
  if (*after) return 0;
  *value = strtod(text, NULL);
  return 1;
}

static int is_whole(const char *digits) {
  return *digits && !*skip_digits(digits) && (*digits != '0' || !digits[1]);
}

int whole_parse(int64_t *value, const char *text) {
  if (!is_whole(text + (*text == '-' || *text == '+'))) return 0;
  *value = strtoll(text, NULL, 10);
  return 1;
}

int seed_parse(uint64_t *value, const char *text) {
  if (!is_whole(text)) return 0;
  errno = 0;
  *value = strtoull(text, NULL, 10);
  return errno == 0;
}

int interval_parse(int *steps, double *seconds, const char *text) {
  static const struct {
    const char *name;
    double seconds;
  } UNITS[] = {{"s", 1}, {"min", 60}, {"h", 3600}};
  enum { N_UNITS = sizeof UNITS / sizeof *UNITS };
  *steps = 0;
  *seconds = 0;
  int64_t whole;
  if (is_whole(text)) {
    if (!whole_parse(&whole, text) || whole > INT_MAX) return 0;
    *steps = (int)whole;
    return 1;
  }
  char number[NUMBER_TEXT];
  for (int i = 0; i < N_UNITS; i++) {
    size_t length = strlen(text), unit = strlen(UNITS[i].name);
    if (length <= unit || length - unit >= sizeof number ||
        strcmp(text + length - unit, UNITS[i].name) != 0)
      continue;
    memcpy(number, text, length - unit);
    number[length - unit] = '\0';
    if (strchr("+-", number[0]) || !number_parse(seconds, number)) return 0;
    *seconds *= UNITS[i].seconds;
    return *seconds <= 1e9;
  }
  return 0;
}

int config_duration(double *seconds, const char *text) {
  int steps;
  return interval_parse(&steps, seconds, text) && steps == 0;
}

int name_is_fine(const char *text) {
  static const char FIRST[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
  static const char MORE[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-";
  return *text && strchr(FIRST, *text) && strlen(text) <= 64 && !text[strspn(text, MORE)];
}

void number_text(char text[NUMBER_TEXT], double value) {
  for (int digits = 15; digits <= 17; digits++) {
    snprintf(text, NUMBER_TEXT, "%.*g", digits, value);
    if (strtod(text, NULL) == value) return;
  }
}

void interval_text(char text[NUMBER_TEXT], int steps, double seconds) {
  if (!(seconds > 0)) {
    snprintf(text, NUMBER_TEXT, "%d", steps);
    return;
  }
  number_text(text, seconds);
  size_t used = strlen(text);
  snprintf(text + used, NUMBER_TEXT - used, "s");
}
