#ifndef NORMLAB_DATA_DIGITS_STROKES_H
#define NORMLAB_DATA_DIGITS_STROKES_H
/* The shapes of the synthetic digits. They are made of points in the unit square, with x to the
 * right and y down. */

enum { STROKE_POINTS = 12, GLYPH_STROKES = 3, GLYPH_VARIANTS = 3 };

typedef struct Stroke {
  int n_points;
  int is_curved; /* 1: a Catmull-Rom spline through the points; 0: straight lines between them */
  float point[STROKE_POINTS][2];
} Stroke;

typedef struct Glyph {
  int n_strokes;
  Stroke stroke[GLYPH_STROKES];
} Glyph;

extern const struct DigitShapes {
  int n_variants;
  Glyph variant[GLYPH_VARIANTS];
} digit_shapes[10];

#endif
