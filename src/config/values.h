#ifndef NORMLAB_CONFIG_VALUES_H
#define NORMLAB_CONFIG_VALUES_H
/* Single values of a configuration, from text and to text. Stricter than strtod and strtoll, which
 * take 0x10, 010 for eight, nan, and what precedes garbage. The parsers return 1 if the text is
 * such a value, and 0 otherwise. */
#include <stddef.h>
#include <stdint.h>

/* Decimal: 3, -0.5, .5, 1e-5. Infinite if too large. */
int number_parse(double *value, const char *text);
/* Decimal digits without leading zeros, maybe a sign. Too large ones give the largest. */
int whole_parse(int64_t *value, const char *text);
/* The same without a sign; 0 if it does not fit. */
int seed_parse(uint64_t *value, const char *text);
/* "50" (steps), "30s", "10min", "2h": one of the two becomes that, the other 0. */
int interval_parse(int *steps, double *seconds, const char *text);
/* A name that can be part of a file name. */
int name_is_fine(const char *text);

enum { NUMBER_TEXT = 32 };
/* The shortest text that reads back as the same number. */
void number_text(char text[NUMBER_TEXT], double value);
void interval_text(char text[NUMBER_TEXT], int steps, double seconds);

#endif
