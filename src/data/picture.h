#ifndef NORMLAB_DATA_PICTURE_H
#define NORMLAB_DATA_PICTURE_H
/* Pictures of any size, from PNG and JPEG files, and images of a fixed size made from them. Not
 * collective. */
#include "base/status.h"
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A side, and all pixels of a picture. */
enum { PICTURE_SIDE = 1 << 16, PICTURE_PIXELS = 1 << 26 };

typedef struct Picture {
  int rows, columns;
  int is_gray;   /* 1: red, green and blue are the same in every pixel */
  uint8_t *rgba; /* [rows][columns][4], owned; laid on white, alpha means nothing any more */
} Picture;

/* Reads a picture of any colour type and depth. JPEG's orientation tag (EXIF) is not looked at.
 * The caller frees it by picture_free(), also after a failure. Returns STATUS_FILE if the file
 * cannot be opened or read, or is not a regular file; STATUS_DATA, with the file, if it is neither
 * PNG nor JPEG, is damaged or cut off, or has more than PICTURE_PIXELS pixels. */
Status picture_read(Picture *picture, const char *path) MUST_CHECK;
void picture_free(Picture *picture);

/* Does the same with a PNG file alone. */
Status png_decode(Picture *picture, const char *path) MUST_CHECK;
/* Does the same with an open JPEG file, at its beginning. */
Status jpeg_decode(Picture *picture, FILE *file, const char *path) MUST_CHECK;

/* Gray [rows][columns] = 0.299 R + 0.587 G + 0.114 B, in place of the first bytes of the picture's
 * pixels. */
void picture_make_gray(Picture *picture);

/* Writes image [c][h][w], c = 1 or 3: the largest window of its proportions in the middle of the
 * picture, averaged over areas where it shrinks, bilinear where it grows. A picture of h x w pixels
 * is taken as it is. c = 1 makes the picture gray first, which changes it. */
Status picture_fit(uint8_t *image, int c, int h, int w, Picture *picture,
                   const char *path) MUST_CHECK;

#endif
