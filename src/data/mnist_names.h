#ifndef NORMLAB_DATA_MNIST_NAMES_H
#define NORMLAB_DATA_MNIST_NAMES_H
/* What the images of a folder in the format of MNIST are, as the files do not say it. Not
 * collective. */
#include "data/imported.h"

/* Finds the names of n_classes classes: by names.txt in the folder; otherwise those of
 * Fashion-MNIST (H. Xiao, K. Rasul, R. Vollgraf, 2017), if the folder is FashionMNIST or
 * FashionMNIST/raw, as torchvision makes it, and has as many images and classes as that.
 * note->n_classes is 0 if nothing tells. Returns STATUS_DATA if names.txt is damaged or has fewer
 * classes; it may have more. */
Status mnist_names(ImportedNote *note, const char *folder, DataCounts counts,
                   int n_classes) MUST_CHECK;

#endif
