"""/layers and /timing of a result file: of which batch they are, and what they are the means of.

Exit status: 0 passed, 1 failed, 77 skipped.
"""

import os
import sys

try:
    import h5py
    import numpy
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

from harness import S6, Test, idx, read_idx, write

CONFIGS = os.path.dirname(S6)
BATCH, LAST = 24, 13
N_TRAIN, N_TEST = 2 * BATCH + LAST, 20
NAMES = ["mean_before", "deviation_before", "mean_after", "deviation_after", "gradient_norm"]


def train(test, config, norm, data, batch, *settings, ranks=0, epochs=1):
    out = f"{data}-{ranks}.h5"
    changes = ["network.dropout=0", "augment.rotation=0", "data.shuffle=false", "data.mean=[0.3]",
               "data.deviation=[0.4]", "optimizer.momentum=0.9", "optimizer.l1=0", *settings]
    test.run_well("train", f"{CONFIGS}/{config}.yaml", "--norm", norm, "--batch", batch,
                  "--epochs", epochs, "--data", data, "--out", out, "--overwrite",
                  *[word for change in changes for word in ("--set", change)], ranks=ranks)
    return out


def make_data(test):
    """Synthetic digits, and the last images of their train set by themselves. Labels take turns,
    so that both have all ten."""
    test.run_well("data", "synthesize", "all", "--train", N_TRAIN, "--test", N_TEST)
    os.mkdir("last")
    for name in sorted(os.listdir("all")):
        items, sizes = read_idx(f"all/{name}")
        if "labels" in name:
            items = bytes(i % 10 for i in range(sizes[0]))
            write(f"all/{name}", idx(items, *sizes))
        if name.startswith("train"):
            size = len(items) // sizes[0]
            items, sizes = items[(N_TRAIN - LAST) * size:], (LAST, *sizes[1:])
        write(f"last/{name}", idx(items, *sizes))


def layers(path):
    with h5py.File(path) as file:
        return {name: file[f"layers/{name}"][()] for name in NAMES}


def gradient_norms(path):
    """Of the gradient that a first step without a rate leaves as the momentum."""
    squares = {}
    with h5py.File(path) as file:
        for name, array in file["optimizer/momentum"].items():
            layer = int(name.split(".")[1])
            square = (array[()].astype(numpy.float64) ** 2).sum()
            squares[layer] = squares.get(layer, 0) + square
    return numpy.array([squares[layer] for layer in sorted(squares)]) ** 0.5


def last_batch_alone(test, config, norm):
    """Where no step changes a weight, what is seen in the last step of an epoch is what is seen in
    a run on the images of that step alone; and gradients are those of the mean loss of its images.
    """
    still = ["optimizer.lr=0", "optimizer.weight_decay=0"]
    alone_path = train(test, config, norm, "last", LAST, *still)
    alone = layers(alone_path)
    whole = layers(train(test, config, norm, "all", BATCH, *still, epochs=2))
    for name in NAMES:
        same = all((row == alone[name][0]).all() for row in whole[name])
        test.check(len(whole[name]) == 2 and same,
                   f"{config} {norm}: {name}: {whole[name]}, of the last batch alone {alone[name]}")
    wanted = gradient_norms(alone_path)
    # The momentum is kept in floats.
    near = numpy.abs(alone["gradient_norm"][0] - wanted) <= 2 ** -24 * wanted
    test.check(len(near) == len(wanted) and near.all(),
               f"{config} {norm}: gradient norms {alone['gradient_norm'][0]}, wanted {wanted}")


def rates(test, ranks):
    """All images of an epoch, those of the last batch as they are, over its seconds; the phases of
    a rank add up to no more than that, and means lie between the extremes."""
    path = train(test, "s6", "batch", "all", BATCH, ranks=ranks, epochs=8)
    with h5py.File(path) as file:
        timing = {name: array[()] for name, array in file["timing"].items()}
    seconds, rate = timing["epoch_seconds"], timing["images_per_second"]
    test.check(len(rate) == 8, f"images/s of eight epochs: {rate}")
    # The seconds end at a later reading of the clock than the rate: by nothing, unless the process
    # was put aside in between.
    images = rate * seconds
    test.check((images >= N_TRAIN * (1 - 1e-9)).all() and images.min() <= N_TRAIN * 1.02,
               f"{ranks} ranks: images/s times seconds: {images}, wanted {N_TRAIN}")
    phases = [name[:-len("_mean")] for name in timing if name.endswith("_mean")]
    test.check({"load", "forward", "backward", "evaluate"} <= set(phases), f"phases {phases}")
    for phase in phases:
        low, mean, high = (timing[f"{phase}_{kind}"] for kind in ("minimum", "mean", "maximum"))
        room = 1e-12 * high
        test.check((low >= 0).all() and (low <= mean + room).all() and (mean <= high + room).all(),
                   f"{ranks} ranks: {phase}: minimum {low}, mean {mean}, maximum {high}")
        if ranks == 2:
            test.check((numpy.abs(mean - (low + high) / 2) <= room).all(),
                       f"{phase}: mean {mean} of two ranks, {low} and {high}")
    return path


def main():
    test = Test(__doc__)
    make_data(test)
    for config, norm in [("s6", "batch"), ("s6", "group:2"), ("relu-first", "batch:5"),
                         ("relu-first", "layer:chw"), ("skip", "batch"), ("wide", "none")]:
        last_batch_alone(test, config, norm)
    for ranks in (0, 2):
        rates(test, ranks)
    test.finish()


main()
