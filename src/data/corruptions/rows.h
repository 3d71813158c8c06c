#ifndef NORMLAB_DATA_CORRUPTIONS_ROWS_H
#define NORMLAB_DATA_CORRUPTIONS_ROWS_H
/* What the rows of several files share: where levels are from, and an image moved as training moves
 * it. */
#include "data/augment.h"
#include "data/corruption.h"

#define MNIST_C "MNIST-C"
#define MNIST_C_CODE "the code of MNIST-C, and ImageNet-C"
#define CIFAR_10_C "CIFAR-10-C"

/* Returns the scratch memory that augment_apply() needs for an image. */
size_t moved_scratch(int c, int h, int w);

#endif
