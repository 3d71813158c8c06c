#ifndef NORMLAB_DATA_CORRUPTION_H
#define NORMLAB_DATA_CORRUPTION_H
/* Corruptions of test images, by which the robustness of a network is measured: those of MNIST-C
 * (Mu and Gilmer, "MNIST-C: A robustness benchmark for computer vision", 2019) and of CIFAR-10-C
 * (Hendrycks and Dietterich, "Benchmarking neural network robustness to common corruptions and
 * perturbations", ICLR 2019), by code of this program: what is drawn at random is not theirs, and
 * values are rounded to the nearest byte.
 *
 * A kind is one constant Corruption in a file of src/data/corruptions, which list.h there names.
 * What is drawn for an image is a pure function of the seed, the kind and the image's number in the
 * test set, and is the same for all severities. Images are made by operations that every processor
 * rounds alike, so their bits do not depend on the machine or on threads. Not collective. */
#include "base/images.h"
#include "base/random.h"
#include "base/status.h"
#include <stddef.h>
#include <stdint.h>

enum { CORRUPTION_SEVERITIES = 5, CORRUPTION_VALUES = 4 };

/* What the severities 1 to 5 mean. */
typedef struct CorruptionLevels {
  double value[CORRUPTION_SEVERITIES][CORRUPTION_VALUES];
  const char *source;
} CorruptionLevels;

/* One image to corrupt. */
typedef struct CorruptionCall {
  uint8_t *out;         /* [c][h][w]; it does not overlap the image */
  const uint8_t *image; /* [c][h][w] */
  int c, h, w;
  const double *value; /* [CORRUPTION_VALUES]: those of the severity */
  RandomStream *random;
  void *scratch;     /* what Corruption.scratch asks for; it has no contents */
  const void *table; /* what Corruption.fill has made */
} CorruptionCall;

typedef struct Corruption {
  const char *name;        /* "gaussian-noise" */
  const char *about;       /* what it does, as a whole sentence */
  const char *parameters;  /* the names of the values of a severity, separated by commas; NULL: it
                             has none */
  int n_severities;        /* CORRUPTION_SEVERITIES, or 1 */
  CorruptionLevels gray;   /* for images of one channel */
  CorruptionLevels colour; /* for others; without a source they are those of gray */
  /* Returns the bytes of scratch memory for an image; NULL: none. */
  size_t (*scratch)(int c, int h, int w);
  size_t table_bytes; /* of a table that is made once for all images; 0: none */
  void (*fill)(void *table, const double *value);
  void (*apply)(const CorruptionCall *call);
} Corruption;

/* All kinds; NULL ends them. */
extern const Corruption *const CORRUPTIONS[];

/* A kind at a severity, and the seed of its random numbers. */
typedef struct CorruptionChoice {
  const Corruption *kind;
  int severity; /* 1 to kind->n_severities */
  uint64_t seed;
} CorruptionChoice;

/* Sets *kind to the kind of that name. Returns STATUS_USAGE, with the names of all, if there is
 * none. */
Status corruption_find(const Corruption **kind, const char *name) MUST_CHECK;

/* Returns the levels that a kind has for images of c channels. */
const CorruptionLevels *corruption_levels(const Corruption *kind, int c);

/* Corrupts all images of a set into pixels [n][c][h][w], with all OpenMP threads. Returns
 * STATUS_MEMORY. */
Status corrupt_images(uint8_t *pixels, const ImageSet *set,
                      const CorruptionChoice *choice) MUST_CHECK;

/* Returns the byte that is nearest to a value, which must not be NaN. */
static inline uint8_t corruption_byte(double value) {
  return (uint8_t)(value <= 0 ? 0 : value >= 255 ? 255 : value + 0.5);
}

/* Returns the number of values of an image. */
static inline size_t corruption_size(const CorruptionCall *call) {
  return (size_t)call->c * (size_t)call->h * (size_t)call->w;
}

#endif
