#ifndef NORMLAB_DATA_EXIF_H
#define NORMLAB_DATA_EXIF_H
/* What a camera says of a picture beside it (JEITA CP-3451, Exif 2.32). Not collective. */
#include <stddef.h>
#include <stdint.h>

/* Returns how a picture lies, 1 to 8, by the tag 0x0112 (orientation) of the first directory of an
 * APP1 marker of JPEG, whose content, "Exif" and two NULs first, is bytes [n]. Returns 1, upright,
 * if there is no such tag, or nothing that is well formed up to it; never reads beyond n bytes. */
int exif_orientation(const uint8_t *bytes, size_t n);

#endif
