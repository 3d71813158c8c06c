#ifndef NORMLAB_TRAIN_FITS_H
#define NORMLAB_TRAIN_FITS_H
/* Whether a configuration can be trained on images of some number, size and classes. A start asks
 * in parts, as it makes things; who only wants to know asks fits_all(). Of the set, the sizes of
 * the images, n_classes and `source` are read. Not collective. */
#include "config/config.h"
#include "data/dataset.h"
#include "nn/network.h"

/* Return STATUS_USAGE (or STATUS_DATA for images of too many channels) with file, line and key: if
 * data.validation leaves no image to train on; if data.mean is not of the images' channels; if what
 * moves an image in augmentation would leave nothing of it. */
Status fits_split(const Config *config, const DataSet *set) MUST_CHECK;
Status fits_channels(const Config *config, const DataSet *set) MUST_CHECK;
Status fits_augmentation(const Config *config, const DataSet *set) MUST_CHECK;
/* Returns STATUS_USAGE if the network has fewer outputs than the set has classes, or if a norm
 * cannot do the batches of its training images (network_check); set->train is without the
 * validation split. */
Status fits_network(const Network *network, const DataSet *set) MUST_CHECK;

/* Builds the network and asks all of it, in the order of a start; the split is not yet held out of
 * set->train. Also returns what network_build returns. */
Status fits_all(const Config *config, const DataSet *set) MUST_CHECK;

#endif
