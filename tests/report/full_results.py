"""Result files with all that a page shows, made of random numbers."""

import os

import numpy
import results

N_TEST, N_EPOCHS, N_LAYERS, N_CLASSES = 400, 5, 4, 10
PHASES = ["load", "forward", "backward", "write"]


def images(channels):
    random = numpy.random.default_rng(channels)
    return random.integers(0, 256, (N_TEST, channels, 9, 7), dtype=numpy.uint8)


def full(path, norm, seed, share=0.9, channels=1, **options):
    """A result file with all that a page shows."""
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
    curve = numpy.linspace(0.3, right.mean(), N_EPOCHS)
    layers = random.lognormal(size=(N_EPOCHS, N_LAYERS))
    arrays = {"/metrics/epoch/epoch": (numpy.arange(N_EPOCHS) + 1, "i8"),
              "/predictions/prediction": (prediction, "i4"),
              "/predictions/probability": (probability, "f4"),
              "/predictions/loss": (random.random(N_TEST), "f8"),
              "/predictions/misclassified_index": (index, "i4"),
              "/predictions/misclassified_pixels": (images(channels)[index], "u1")}
    for name in ("mean_before", "deviation_before", "mean_after", "deviation_after",
                 "gradient_norm"):
        arrays[f"/layers/{name}"] = (layers - ("mean" in name), "f8")
    for phase in PHASES:
        arrays[f"/timing/{phase}_mean"] = (random.random(N_EPOCHS), "f8")
    options = {"right": right, "labels": labels, "accuracy": curve,
               "loss": numpy.linspace(2, 0.2, N_EPOCHS), "arrays": arrays,
               "texts": {"/config/resolved": f"name: s6\nseed: {seed}\n"}, **options}
    return results.write_result(path, norm, seed, **options)


def study(folder, norms=("batch", "layer", "group:2"), seeds=(1, 2, 3), **options):
    os.mkdir(folder)
    for i, norm in enumerate(norms):
        for seed in seeds:
            full(f"{folder}/{i}-{seed}.h5", norm, seed, 0.9 - 0.1 * i, **options)
    return folder
