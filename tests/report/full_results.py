"""Result files with all that a page shows, made of random numbers."""

import os

import h5py
import numpy
import results

N_TEST, N_EPOCHS, N_LAYERS, N_CLASSES = 400, 5, 4, 10
PHASES = ["load", "forward", "backward", "write"]


def images(channels):
    random = numpy.random.default_rng(channels)
    return random.integers(0, 256, (N_TEST, channels, 9, 7), dtype=numpy.uint8)


# Number, operation, output, and parameters without and of the norm.
LAYERS = [(0, "conv 3x3 pad 1", "4x9x7", 36, 8), (2, "block 3x3 + skip", "8x9x7", 288, 16),
          (3, "block 1x1", "8x4x3", 64, 16), (7, "linear", "10x1x1", 80, 20)]


def layers(norms, first="0 conv 3x3 pad 1"):
    """Names and tensors of LAYERS with these norms; "" is none."""
    names, arrays = [], {}
    for (number, operation, shape, weights, parameters), norm in zip(LAYERS, norms):
        names.append(f"{number} {operation}{', ' + norm if norm else ''} {shape}")
        arrays[f"/model/layers.{number}.conv.weight"] = (numpy.zeros((weights // 4, 4, 1, 1)), "f4")
        if norm:
            for name in ("weight", "bias"):
                arrays[f"/model/layers.{number}.norm.{name}"] = (numpy.zeros(parameters // 2), "f4")
            arrays[f"/model/layers.{number}.norm.running_mean"] = (numpy.zeros(4), "f4")
    names[0] = names[0].replace("0 conv 3x3 pad 1", first)
    arrays["/layers/layer"] = (names, h5py.string_dtype())
    return arrays


def probes(random, n=5, n_layers=N_LAYERS):
    """What probes see, at n steps; the last layer has no norm."""
    arrays = {"/probes/probe": (10 * numpy.arange(n) + 1, "i8"),
              "/probes/loss": (random.uniform(0.5, 1, n), "f8"),
              "/probes/multiple": ([0.5, 1, 2], "f8")}
    for name in ("walk_loss", "walk_distance"):
        arrays["/probes/" + name] = (random.lognormal(size=(n, 3)), "f8")
    for name in ("similarity", "deviation_before", "deviation_after", "gradient_norm"):
        values = random.uniform(0.1, 0.9, (n, n_layers))
        if name != "gradient_norm":
            values[:, -1] = numpy.nan
        arrays["/probes/" + name] = (values, "f8")
    return arrays


def full(path, norm, seed, share=0.9, channels=1, n_epochs=None, arrays_too=None, **options):
    """A result file with all that a page shows."""
    n_epochs = n_epochs or N_EPOCHS
    random = numpy.random.default_rng([seed, len(norm), channels])
    labels = numpy.arange(N_TEST) % N_CLASSES
    hard = numpy.random.default_rng(channels).random(N_TEST)
    right = hard + random.normal(scale=0.1, size=N_TEST) < share
    right[:3] = False
    wrong = (labels + random.integers(1, N_CLASSES, N_TEST)) % N_CLASSES
    prediction = numpy.where(right, labels, wrong)
    probability = random.random((N_TEST, N_CLASSES))
    probability /= probability.sum(1, keepdims=True)
    index = numpy.flatnonzero(~right)
    curve = numpy.linspace(right.mean(), 0.3, n_epochs)[::-1]
    sizes = random.lognormal(size=(n_epochs, N_LAYERS))
    arrays = {"/metrics/epoch/epoch": (numpy.arange(n_epochs) + 1, "i8"),
              "/predictions/prediction": (prediction, "i4"),
              "/predictions/probability": (probability, "f4"),
              "/predictions/loss": (random.random(N_TEST), "f8"),
              "/predictions/misclassified_index": (index, "i4"),
              "/predictions/misclassified_pixels": (images(channels)[index], "u1")}
    for name in ("mean_before", "deviation_before", "mean_after", "deviation_after",
                 "gradient_norm"):
        arrays[f"/layers/{name}"] = (sizes - ("mean" in name), "f8")
    for phase in PHASES:
        arrays[f"/timing/{phase}_mean"] = (random.random(n_epochs), "f8")
    options = {"right": right, "labels": labels, "accuracy": curve,
               "loss": numpy.linspace(2, 0.2, n_epochs),
               "arrays": {**arrays, **(arrays_too or {})},
               "texts": {"/config/resolved": f"name: s6\nseed: {seed}\n"}, **options}
    return results.write_result(path, norm, seed, **options)


def study(folder, norms=("batch", "layer", "group:2"), seeds=(1, 2, 3), **options):
    os.mkdir(folder)
    for i, norm in enumerate(norms):
        for seed in seeds:
            full(f"{folder}/{i}-{seed}.h5", norm, seed, 0.9 - 0.1 * i, **options)
    return folder
