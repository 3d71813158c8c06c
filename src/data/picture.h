#ifndef NORMLAB_DATA_PICTURE_H
#define NORMLAB_DATA_PICTURE_H
/* Pictures of any size, from PNG and JPEG files, and images of a fixed size made from them. Not
 * collective. */
#include "base/status.h"
#include "data/format.h"
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

/* Reads a picture of any colour type and depth. That of a JPEG file is turned as its orientation
 * tag (Exif) says. The caller frees it by picture_free(), also after a failure. Returns STATUS_FILE
 * if the file cannot be opened or read, or is not a regular file; STATUS_DATA, with the file, if it
 * is neither PNG nor JPEG, is damaged or cut off, or has more than PICTURE_PIXELS pixels. */
Status picture_read(Picture *picture, const char *path) MUST_CHECK;
void picture_free(Picture *picture);

/* Does the same with a PNG file alone. */
Status png_decode(Picture *picture, const char *path) MUST_CHECK;
/* Does the same with an open JPEG file, at its beginning. */
Status jpeg_decode(Picture *picture, FILE *file, const char *path) MUST_CHECK;

/* Turns or mirrors a picture that lies as Exif's orientation says, 1 (upright) to 8, so that it is
 * upright. Returns STATUS_MEMORY. */
Status picture_turn(Picture *picture, int orientation, const char *path) MUST_CHECK;

/* Gray [rows][columns] = 0.299 R + 0.587 G + 0.114 B, in place of the first bytes of the picture's
 * pixels. */
void picture_make_gray(Picture *picture);

/* Writes image [c][h][w], c = 1 or 3, as data/picture_image.h describes; the picture is changed.
 * FIT_DIGIT is for c = 1. */
Status picture_fit(uint8_t *image, int c, int h, int w, PictureFit fit, Picture *picture,
                   const char *path) MUST_CHECK;

#endif
