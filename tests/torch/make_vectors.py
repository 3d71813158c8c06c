#!/usr/bin/env python3
"""Stores what PyTorch computes in double precision, for test_vectors.py.

    make_vectors.py NORMLAB CONFIGS-FOLDER [FOLDER]

The program only says what the network is; no number is its own. FOLDER is vectors/ beside this
script by default. To be run again where a network or norm is added; the files are the same again
with the same version of PyTorch.
"""
import copy
import pathlib
import sys
import tempfile

import h5py
import numpy
import torch
import yaml

import runs
import vectors
import weights
from network import Network

MARGIN = 2e-6  # see Network.margin
# Of weights and running statistics after training, by how far they move: no ReLU is pushed over its
# edge in single precision.
SHARP = 2e-3


def draw_images(shape):
    random = numpy.random.RandomState(7)
    n = vectors.N_IMAGES
    return random.randint(0, 256, (n, *shape), numpy.uint8), random.randint(0, 10, n, numpy.uint8)


def resolved(program, config, spec, data, folder, channels):
    """(configuration, shapes of the state_dict)."""
    with runs.train(program, config, spec, data, folder / "shapes.h5", channels,
                    "training.epochs=0") as file:
        text = file["/config/resolved"].asstr()[()]
        return yaml.safe_load(text), weights.shapes_of(file)


def state_of(network):
    return {name: value.detach().double().numpy().copy()
            for name, value in network.state_dict().items()}


def descend(network, x, labels):
    """(losses, gradient of the first step, state after it, state after all)."""
    optimizer = torch.optim.SGD(network.parameters(), lr=vectors.RATE, momentum=vectors.MOMENTUM,
                                nesterov=True, weight_decay=vectors.WEIGHT_DECAY)
    losses, gradient, first = [], None, None
    for step in range(vectors.N_STEPS):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(network(x), labels)
        losses.append(loss.item())
        (loss + vectors.L1 * sum(p.abs().sum() for p in network.parameters())).backward()
        optimizer.step()
        if step == 0:
            gradient = {name: optimizer.state[p]["momentum_buffer"].double().numpy().copy()
                        for name, p in network.named_parameters()}
            first = state_of(network)
    return numpy.array(losses), gradient, first, state_of(network)


def largest(one, other, names):
    return max([abs(one[name] - other[name]).max() for name in names], default=0.0)


def measure(start, double, single, trained, running):
    """How far single precision is from double, and how far training goes."""
    zero = {name: 0 * value for name, value in double[1].items()}
    state = {name: numpy.asarray(value, numpy.float64) for name, value in start.items()}
    return {"gradient_largest": largest(double[1], zero, trained),
            "gradient_single": largest(double[1], single[1], trained),
            "losses_moved": abs(double[0] - double[0][0]).max(),
            "losses_single": abs(double[0] - single[0]).max(),
            "weights_moved": largest(double[3], state, trained),
            "weights_single": largest(double[3], single[3], trained),
            "running_moved": largest(double[3], state, running),
            "running_single": largest(double[3], single[3], running)}


def is_sharp(measured):
    return all(measured[f"{what}_single"] <= SHARP * measured[f"{what}_moved"]
               for what in ("weights", "running"))


def compute(config, shapes, shape, x, labels):
    """(seed, first weights, PyTorch's run, measures), off all edges."""
    trained, running = vectors.split(shapes)
    for seed in range(1, 300):
        start = weights.draw(shapes, seed)
        network = Network(config, shape)
        network.load_state_dict({name: torch.from_numpy(numpy.asarray(value))
                                 for name, value in start.items()})
        if not copy.deepcopy(network).margin(x) > MARGIN:
            continue
        single = descend(copy.deepcopy(network).float(), x.float(), labels)
        double = descend(network, x, labels)
        measured = measure(start, double, single, trained, running)
        if is_sharp(measured):
            return seed, start, double, measured
    raise RuntimeError("every seed is at an edge")


def store(group, spec, shapes, seed, start, run, measured):
    losses, gradient, first, last = run
    trained, running = vectors.split(shapes)
    group.attrs["norm"], group.attrs["seed"] = spec, seed
    group.attrs["state_dict"] = vectors.describe(shapes)
    group.attrs["first_weights"] = vectors.fingerprint(start)
    group.attrs.update(measured)
    group["losses"] = losses
    for what, values in (("gradient", gradient), ("weights", last)):
        elements, sums = vectors.reduce([values[name] for name in trained])
        group[f"{what}_elements"], group[f"{what}_sums"] = elements.astype(numpy.float32), sums
    if running:
        for what, values in (("running_first", first), ("running", last)):
            whole = vectors.everything([values[name] for name in running])
            group[what] = whole.astype(numpy.float32)


def main():
    program, configs = sys.argv[1], pathlib.Path(sys.argv[2])
    beside = pathlib.Path(__file__).parent / "vectors"
    target = pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else beside
    target.mkdir(exist_ok=True)
    torch.set_num_threads(1)
    for name, shape in vectors.CASES:
        config, (pixels, labels) = configs / f"{name}.yaml", draw_images(shape)
        layers = yaml.safe_load(config.read_text())["network"]["layers"]
        x = torch.from_numpy(runs.network_inputs(pixels))
        classes = torch.from_numpy(labels.astype(numpy.int64))
        path = target / vectors.file_name(name, shape)
        with tempfile.TemporaryDirectory() as folder, h5py.File(path, "w",
                                                                        libver="latest") as file:
            data = pathlib.Path(folder) / "data"
            runs.write_data(data, (pixels, labels), (pixels[:2], labels[:2]))
            file.attrs["network"], file.attrs["torch"] = name, str(torch.__version__)
            file["images"], file["labels"] = pixels, labels
            for spec in [spec for spec in vectors.SPECS if runs.fits(spec, layers)]:
                full, shapes = resolved(program, config, spec, data, pathlib.Path(folder), shape[0])
                found = compute(full, shapes, shape, x, classes)
                store(file.create_group(spec.replace("/", "-")), spec, shapes, *found)
                print(f"{name} {spec}: seed {found[0]}", flush=True)
        print(f"{path}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
