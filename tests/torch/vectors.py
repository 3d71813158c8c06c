"""What is stored of PyTorch's computations, for comparisons without it.

A file for each network and size of images: the images, and for each norm a group with the first
weights' seed, losses, gradient, running statistics and last weights of 20 steps on all images.
"""
import hashlib
import json

import numpy

CASES = [("s6", (1, 28, 28)), ("relu-first", (1, 28, 28)), ("wide", (1, 28, 28)),
         ("skip", (1, 28, 28)), ("skip", (3, 32, 32))]
SPECS = ["none", "batch", "batch:6", "layer", "layer:chw", "layer:w", "group:2", "group:c/4",
         "instance"]
N_IMAGES, N_STEPS, RATE = 20, 20, 1e-4
MOMENTUM, WEIGHT_DECAY, L1 = 0.9, 0.05, 0.01
SETTINGS = [f"training.batch={N_IMAGES}", "training.label_smoothing=0",
            f"optimizer={{type: sgd, momentum: {MOMENTUM}, nesterov: true, "
            f"weight_decay: {WEIGHT_DECAY}, l1: {L1}, lr: %s}}"]
# Of a larger tensor, some elements and sums of all with random signs are stored.
WHOLE, N_ELEMENTS, N_SUMS = 32, 16, 4


def file_name(network, shape):
    return f"{network}-{'x'.join(map(str, shape))}.h5"


def settings(rate):
    return [*SETTINGS[:-1], SETTINGS[-1] % rate]


def split(names):
    """(trained tensors, running statistics), in the order in which they are stored."""
    names = sorted(name for name in names if not name.endswith("num_batches_tracked"))
    return ([name for name in names if ".running_" not in name],
            [name for name in names if ".running_" in name])


def reduce(arrays):
    """(elements, sums) of a list of arrays. A sum of n terms is divided by the root of n: where the
    terms are rounding errors it is as large as one of them, and it shows an error in any term."""
    elements, sums = [], []
    for array in arrays:
        flat = numpy.asarray(array, numpy.float64).ravel()
        random = numpy.random.RandomState(flat.size)
        kept = slice(None) if flat.size <= WHOLE else random.permutation(flat.size)[:N_ELEMENTS]
        elements.append(flat[kept])
        if flat.size > WHOLE:
            signs = 2 * random.randint(0, 2, (N_SUMS, flat.size)) - 1
            sums.append(signs @ flat / numpy.sqrt(flat.size))
    return numpy.concatenate(elements), numpy.concatenate(sums)


def everything(arrays):
    """For the running statistics, which are all stored."""
    return numpy.concatenate([numpy.asarray(array, numpy.float64).ravel() for array in arrays])


def describe(shapes):
    return json.dumps({name: list(shape) for name, shape in sorted(shapes.items())})


def fingerprint(arrays):
    """Of the first weights: that they are those that PyTorch began with."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        digest.update(numpy.ascontiguousarray(arrays[name]).tobytes())
    return digest.hexdigest()[:16]
