#!/usr/bin/env python3
"""Compares training, evaluation and result files of the program with PyTorch in double precision.

    compare.py NORMLAB CONFIG [CxHxW] [PART/N]

For each norm, or for batch and every N-th of the others from the PART-th on, the loss, every gradient
and the running statistics of a step, the weights after 21 steps, and an evaluation. Images
are 1x28x28 by default, or 3x32x32.

Exit status: 0 all agree, 1 something differs, 77 PyTorch, h5py or yaml is missing. With
$NORMLAB_DATA set, images of 1x28x28 are made from those of MNIST in that folder, otherwise they are
random.
"""
import gzip
import os
import pathlib
import sys
import tempfile

try:
    import h5py
    import numpy
    import torch
    import yaml
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)
import runs
import vectors
import weights
from network import Network
from runs import DEVIATION, MEAN, fits, write_data

MORE_SPECS = ["batch:16", "group:c/4"]
# Without inputs 1,000 deviations from zero, where gradients of channels that share a mean are too
# large for the sums.
GENERAL_SPECS = ["rms-batch", "rms-layer shift", "over(n:16,c:2,h,w)", "over(c,w) affine:none"]
# Where tanh is near 1, neighbouring pixels are alike to rounding, and a maximum over them is at an edge
# whatever the images: in a network where that is so, these are left out.
SATURATING = ["dyt"]
N_BATCH, N_TEST = 21, 50
# Of gradients: a share of the largest, and times the error of PyTorch in single precision: the largest
# of some draws of rounding errors, as a row of nearly equal pixels can stretch one by hundreds.
GRADIENT_TOLERANCE, SINGLE_FACTOR, N_ROUNDINGS = 2e-6, 6, 4
LOSS_TOLERANCE, RUNNING_TOLERANCE = 1e-6, 2e-6
# Of images: see Network.margin.
MARGIN = 2e-6
# After training, in how far numbers move. Rounding pushes a ReLU over its edge in one run of ten;
# that is a step aside, which does not grow at a rate this low, as it would at higher ones.
RATE, FLIP_SHARE, ABLE_TO_TELL, N_DRAWS = 1e-4, 0.01, 0.05, 4

failures = []


class AtEdge(Exception):
    pass


def check(error, tolerance, what):
    """Not a number fails, too."""
    if not error <= tolerance:
        failures.append(f"{what}: {error:.3g} is not below {tolerance:.3g}")
        print("FAILED", failures[-1])
    return error


def read_mnist(name):
    path = pathlib.Path(os.environ["NORMLAB_DATA"]) / name
    data = path.read_bytes() if path.exists() else gzip.open(f"{path}.gz").read()
    n_dims = data[3]
    return numpy.frombuffer(data, numpy.uint8, offset=4 + 4 * n_dims)


class Source:
    """Images and labels by number, always the same."""

    def __init__(self, shape):
        self.shape = shape
        self.is_mnist = bool(os.environ.get("NORMLAB_DATA")) and shape == (1, 28, 28)
        if self.is_mnist:
            self.pixels = read_mnist("train-images-idx3-ubyte").reshape(-1, *shape)
            self.labels = read_mnist("train-labels-idx1-ubyte")

    def draw(self, n, number):
        """Noise is added to MNIST: where rows are constant, LayerNorm(W) hangs on the sign of 0. The
        first ten images have labels 0 .. 9, so that no set lacks a class that another has."""
        random = numpy.random.RandomState(number)
        if self.is_mnist:
            some = slice(number * n, number * n + n)
            noise = random.randint(0, 128, (n, *self.shape), numpy.uint8)
            pixels, labels = self.pixels[some] // 2 + noise, self.labels[some].copy()
        else:
            pixels = random.randint(0, 256, (n, *self.shape), numpy.uint8)
            labels = random.randint(0, 10, n, numpy.uint8)
        labels[:10] = range(10)
        return pixels, labels


def inputs(pixels, mean=MEAN, deviation=DEVIATION):
    return torch.from_numpy(runs.network_inputs(pixels, mean, deviation))


def tensors(group):
    return {name: torch.from_numpy(numpy.asarray(value)) for name, value in group.items()}


class Program:
    """One network on the way from weights that are no new network's."""

    def __init__(self, path, config, spec, shape, folder):
        self.path, self.config, self.spec, self.folder = path, config, spec, folder
        self.shape, self.name = shape, f"{config.stem} {spec}"
        self.first, self.start = folder / "first.h5", None

    def train(self, data, *settings, options=None, **scale):
        options = ["--init", self.first] if options is None else options
        return runs.train(self.path, self.config, self.spec, data, self.folder / "result.h5",
                          self.shape[0], *settings, options=options, **scale)

    def initial(self, precision=torch.float64):
        """The network before its first step; it does not depend on the data."""
        if not self.start:
            with self.train(self.folder / "data", "training.epochs=0", options=[]) as file:
                drawn = weights.draw(weights.shapes_of(file), 1)
                self.start = file["/config/resolved"].asstr()[()], tensors(drawn)
            weights.write(self.first, drawn)
        return self.build(*self.start, precision)

    def network(self, file):
        return self.build(file["/config/resolved"].asstr()[()], tensors(file["/model"]))

    def build(self, config, state, precision=torch.float64):
        network = Network(yaml.safe_load(config), self.shape, precision)
        network.load_state_dict(state, strict=True)
        return network


def classes(labels):
    return torch.from_numpy(labels.astype(numpy.int64))


def loss_of(network, x, labels):
    return torch.nn.functional.cross_entropy(network(x), classes(labels))


def running_error(network, file):
    """Of the means in deviations, of the variances relative."""
    worst, state, stored = 0.0, network.state_dict(), tensors(file["/model"])
    for name, variance in state.items():
        if name.endswith("running_var"):
            mean = name.replace("running_var", "running_mean")
            worst = max(worst, ((stored[name] - variance).abs() / variance).max().item(),
                        ((stored[mean] - state[mean]).abs() / variance.sqrt()).max().item())
            tracked = name.replace("running_var", "num_batches_tracked")
            check(abs((stored[tracked] - state[tracked]).item()), 0, f"{tracked}")
    return worst


def gradient_of(network, x, labels, config):
    """Of the loss with what the optimizer adds to it: the momentum after a first step."""
    loss = loss_of(network, x, labels)
    (loss + penalty(network, config)).backward()
    return loss.item(), {name: p.grad.double() for name, p in network.named_parameters()}


def penalty(network, config):
    squares = sum((p ** 2).sum() for p in network.parameters())
    return config["l1"] * l1_of(network) + config["weight_decay"] / 2 * squares


def l1_of(network):
    return sum(p.abs().sum() for p in network.parameters())


def optimizer_of(config):
    """To YAML in Python, 1e-05 is a text."""
    values = yaml.safe_load(config)["optimizer"]
    return {**values, **{key: float(values[key]) for key in ("momentum", "weight_decay", "l1")}}


def gradient_error(gradient, expected):
    assert gradient.keys() == expected.keys(), (gradient.keys(), expected.keys())
    largest = max(g.abs().max().item() for g in expected.values())
    error = max((gradient[name] - g).abs().max().item() for name, g in expected.items())
    return error / largest


def single_error(program, x, labels, config, expected):
    """Of PyTorch's gradient in single precision, with parameters and images as they are, and with all
    of them up or down by half a unit in the last place: as other orders of its sums would round."""
    errors = []
    for number in range(N_ROUNDINGS):
        random = torch.Generator().manual_seed(number)
        network, images = program.initial(torch.float32), x.float()
        if number > 0:
            with torch.no_grad():
                for values in (images, *network.parameters()):
                    signs = torch.randint(0, 2, values.shape, generator=random) * 2 - 1
                    values += (values * signs * 2.0 ** -23).to(values.dtype) / 2
        errors.append(gradient_error(gradient_of(network, images, labels, config)[1], expected))
    return max(errors)


def draw_off_edges(program, source):
    for number in range(200):
        train = source.draw(N_BATCH, number)
        if program.initial().margin(inputs(train[0])) > MARGIN:
            return train
    raise AtEdge(f"{program.name}: every draw of images is at an edge")


def compare_gradient(program, source, test):
    """One step at a learning rate of 0 leaves the gradient as the momentum."""
    data = program.folder / "data"
    write_data(data, source.draw(N_BATCH, 0), test)
    train = draw_off_edges(program, source)
    write_data(data, train, test)
    network, x = program.initial(), inputs(train[0])
    config = optimizer_of(program.start[0])
    loss, gradient = gradient_of(network, x, train[1], config)
    allowed = GRADIENT_TOLERANCE + SINGLE_FACTOR * single_error(program, x, train[1], config, gradient)
    worst = 0.0
    for backend in ["auto", "direct", "gemm"] if program.spec in ("none", "batch") else ["auto"]:
        with program.train(data, "training.epochs=1", f"training.batch={N_BATCH}", "optimizer.lr=0",
                           "optimizer.nesterov=false", f"conv.backend={backend}") as file:
            what = f"{program.name} {backend}: "
            error = gradient_error(tensors(file["/optimizer/momentum"]), gradient)
            worst = max(worst, check(error, allowed, what + "gradient"))
            check(abs(file["/metrics/step/loss"][0] - loss) / loss, LOSS_TOLERANCE, what + "loss")
            check(running_error(network, file), RUNNING_TOLERANCE, what + "running statistics")
            compare_evaluation(program, file, test)
    return worst, allowed


def compare_evaluation(program, file, test):
    """What the file says about the test set, by the weights in it."""
    network = program.network(file)
    network.eval()
    with torch.no_grad():
        z = network(inputs(test[0]))
    labels = classes(test[1])
    losses = torch.nn.functional.cross_entropy(z, labels, reduction="none")
    stored = tensors(file["/predictions"])
    probability = z.softmax(1)
    best = probability.topk(2, dim=1).values
    is_clear = best[:, 0] - best[:, 1] > 1e-4
    predicted = stored["prediction"]
    what = f"{program.name}: evaluation: "
    check((stored["probability"] - probability).abs().max().item(), 1e-5, what + "probability")
    check((stored["loss"] - losses).abs().max().item(), 1e-4, what + "loss of an image")
    check((predicted != z.argmax(1))[is_clear].sum().item(), 0, what + "predictions that differ")
    check((stored["label"] != labels).sum().item(), 0, what + "labels that differ")
    accuracy = (predicted == labels).double().mean().item()
    check(abs(file["/metrics/epoch/test_accuracy"][-1] - accuracy), 1e-12, what + "accuracy")
    check(abs(file["/metrics/epoch/test_loss"][-1] - losses.mean().item()), 1e-5, what + "loss")


def descend(network, x, labels, file, batch):
    """The run of `file` in PyTorch; sets the largest difference of the losses."""
    config = optimizer_of(file["/config/resolved"].asstr()[()])
    optimizer = torch.optim.SGD(network.parameters(), lr=1, momentum=config["momentum"],
                                nesterov=config["nesterov"], weight_decay=config["weight_decay"])
    rates, losses = file["/metrics/step/learning_rate"][:], []
    for step, rate in enumerate(rates):
        begin = step * batch % (-(-len(x) // batch) * batch)
        optimizer.param_groups[0]["lr"] = rate
        optimizer.zero_grad()
        loss = loss_of(network, x[begin:begin + batch], labels[begin:begin + batch])
        losses.append(loss.item())
        (loss + config["l1"] * l1_of(network)).backward()
        optimizer.step()
    return numpy.array(losses)


def one_cycle(file):
    config = yaml.safe_load(file["/config/resolved"].asstr()[()])
    n_steps, schedule = len(file["/metrics/step/learning_rate"]), config["schedule"]
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1)
    rates = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, config["optimizer"]["lr"], total_steps=n_steps, pct_start=schedule["rise"],
        div_factor=schedule["div"], final_div_factor=schedule["final_div"], cycle_momentum=False)
    expected = []
    for step in range(n_steps):
        expected.append(rates.get_last_lr()[0])
        optimizer.step()
        if step + 1 < n_steps:
            rates.step()
    return numpy.array(expected)


def distance(state, other, names):
    return max((state[name].double() - other[name].double()).abs().max().item() for name in names)


def first_losses(network, x, labels, batch):
    """Of the batches of an epoch, without training."""
    with torch.no_grad():
        return [loss_of(network, x[i:i + batch], labels[i:i + batch]).item()
                for i in range(0, len(x), batch)]


def train_both(program, train, test):
    """Three epochs of seven steps, the last one of each smaller. Rounding errors grow from step to
    step: the tolerance is ten times what PyTorch's own single precision differs from its double
    precision, and a flip. Returns (error, tolerance) of weights, losses and running statistics by
    how far these move."""
    batch, data = 16, program.folder / "data"
    write_data(data, train, test)
    settings = [f"training.batch={batch}", f"optimizer.lr={RATE}", "optimizer.nesterov=true",
                "optimizer.weight_decay=0.05", "optimizer.l1=0.01", "schedule.type=one-cycle"]
    double, single = program.initial(), program.initial(torch.float32)
    with program.train(data, "training.epochs=3", *settings) as file:
        rates = file["/metrics/step/learning_rate"][:]
        check(abs(rates - one_cycle(file)).max(), 1e-15, f"{program.name}: one-cycle")
        x = inputs(train[0])
        start = numpy.tile(first_losses(program.initial(), x, train[1], batch), 3)
        losses = descend(double, x, train[1], file, batch)
        other_losses = descend(single, x.float(), train[1], file, batch)
        stored, state, first = tensors(file["/model"]), double.state_dict(), program.start[1]
        triples = [(abs(file["/metrics/step/loss"][:] - losses).max(),
                    abs(other_losses - losses).max(), abs(losses - start).max())]
        for names in filter(None, vectors.split(state)):
            triples.append([distance(other, state, names)
                            for other in (stored, single.state_dict(), first)])
        compare_evaluation(program, file, test)
    return [(error / moved, FLIP_SHARE + 10 * single / moved) for error, single, moved in triples]


def compare_training(program, source, test):
    """An error shows on every draw of images, a flip on few: one draw that can tell is enough."""
    for number in range(N_DRAWS):
        results = train_both(program, source.draw(6 * 16 + 5, 100 + number), test)
        if all(error <= allowed for error, allowed in results) and results[1][1] <= ABLE_TO_TELL:
            break
    for (error, allowed), what in zip(results, ("losses", "weights", "running statistics")):
        check(error, allowed, f"{program.name}: {what} of 21 steps, by how far they move")
    check(results[1][1], ABLE_TO_TELL, f"{program.name}: what is allowed of weights")
    return results[1]


def compare_far_from_zero(program, test):
    """Pixels 254 and 255, scaled to inputs whose mean is 1,000 times their deviation."""
    random = numpy.random.RandomState(5)
    pixels = random.randint(254, 256, (N_BATCH, *program.shape)).astype(numpy.uint8)
    labels = random.randint(0, 10, N_BATCH).astype(numpy.uint8)
    deviation = pixels.std() / 255
    mean = pixels.mean() / 255 - 1000 * deviation
    data = program.folder / "data"
    write_data(data, (pixels, labels), test)
    network, x = program.initial(), inputs(pixels, mean, deviation)
    check(abs(x.mean().item() / x.std().item() - 1000), 1, "mean of the inputs in deviations")
    loss = loss_of(network, x, labels).item()
    with program.train(data, "training.epochs=1", f"training.batch={N_BATCH}", "optimizer.lr=0",
                       mean=float(mean), deviation=float(deviation)) as file:
        what = f"{program.name}, 1,000 deviations from zero: "
        check(abs(file["/metrics/step/loss"][0] - loss) / loss, 1e-3, what + "loss")
        state, stored = network.state_dict(), tensors(file["/model"])
        worst = 0.0
        for name in [name for name in state if name.endswith("running_var")]:
            # Without the first one, of which nine tenths are left.
            rest = 0.9 * program.start[1][name].double()
            new, expected = stored[name].double() - rest, state[name] - rest
            check(-new.min().item(), 1e-7, what + f"{name} below zero")
            worst = max(worst, ((new - expected).abs() / expected.clamp(min=1e-3)).max().item())
        check(worst, 1e-3, what + "running variance")
    return worst


def chosen_specs(normlab, part, n_parts):
    specs = [*runs.specs(normlab, samples=5), *MORE_SPECS, *GENERAL_SPECS]
    return [spec for i, spec in enumerate(specs)
            if i % n_parts == part - 1 or (n_parts > 1 and spec == "batch")]


def main():
    normlab, config = sys.argv[1], pathlib.Path(sys.argv[2])
    shape = tuple(map(int, sys.argv[3].split("x"))) if len(sys.argv) > 3 else (1, 28, 28)
    part, n_parts = map(int, sys.argv[4].split("/")) if len(sys.argv) > 4 else (1, 1)
    torch.set_num_threads(1)
    source = Source(shape)
    test = source.draw(N_TEST, 1000)
    layers = yaml.safe_load(config.read_text())["network"]["layers"]
    with tempfile.TemporaryDirectory() as folder:
        for spec in chosen_specs(normlab, part, n_parts):
            if not fits(spec, layers):
                continue
            program = Program(normlab, config, spec, shape, pathlib.Path(folder))
            try:
                gradient = "gradient %.1e of %.1e" % compare_gradient(program, source, test)
            except AtEdge as edge:
                if spec not in SATURATING:
                    raise
                print(f"left out: {edge}", flush=True)
                continue
            training = "weights after training %.1e of %.1e" % compare_training(program, source,
                                                                                test)
            far = ""
            if spec not in GENERAL_SPECS:
                far = f", far from zero {compare_far_from_zero(program, test):.1e}"
            print(f"{program.name:20} {gradient}, {training}{far}", flush=True)
    if failures:
        print(f"{len(failures)} comparisons failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
