#ifndef NORMLAB_NORMS_AXES_H
#define NORMLAB_NORMS_AXES_H
/* The axes of a norm as they are written: "over(n:32,c:4,h,w)". Not collective. */
#include "norms/norms.h"

enum { AXES_PROBLEM = 200 };

/* Reads axes that begin with "over(". Returns what follows their ")", or NULL after it has written
 * to problem what is wrong and what to do. In the text of a row (is_row) the letter N stands for a
 * number, and is read as NORM_NUMBER. */
const char *axes_parse(NormAxes *axes, const char *text, int is_row, char problem[AXES_PROBLEM]);
/* Writes axes as they are read, in the order n, c, h, w and without spaces. */
void axes_text(char text[NORM_SPEC_TEXT], NormAxes axes);

/* Returns a number from 1 to NORM_MAX_NUMBER that is all of text [length]: digits without a sign or
 * leading zeros. Anything else is 0. */
int axes_number(const char *text, size_t length);

#endif
