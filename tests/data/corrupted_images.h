#ifndef NORMLAB_TESTS_DATA_CORRUPTED_IMAGES_H
#define NORMLAB_TESTS_DATA_CORRUPTED_IMAGES_H
/* Images for the tests of corruptions. What is returned is to be freed, sets by set_free(). */
#include "data/corruption.h"

/* The seed of all. */
enum { CORRUPTION_SEED = 3 };

void *bytes(size_t n); /* zeros */
size_t size_of(const ImageSet *set);

/* Digits; of three channels with other digits in each, on 32 x 32 pixels. */
ImageSet digits(int n, int c);
/* Images that have one value everywhere. */
ImageSet flat(int n, int c, int h, int w, int value);
void set_free(ImageSet *set);

const Corruption *kind_named(const char *name);
/* The images after a corruption; of the named kind with the one seed. */
uint8_t *corrupted_by(const ImageSet *set, const Corruption *kind, int severity, uint64_t seed);
uint8_t *corrupted(const ImageSet *set, const char *name, int severity);
/* The first value of a severity. */
double value_of(const char *name, int c, int severity);

#endif
