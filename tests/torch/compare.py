#!/usr/bin/env python3
"""Compares training, evaluation and result files of the program with PyTorch in double precision.

    compare.py NORMLAB CONFIGS-FOLDER

Exit status: 0 all agree, 1 something differs, 77 PyTorch, h5py or yaml is missing. With
$NORMLAB_DATA set, images are made from those of MNIST in that folder, otherwise they are random.
"""
import gzip
import os
import pathlib
import subprocess
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
from network import Network

SPECS = ["none", "batch", "batch:5", "batch:16", "layer", "layer:chw", "layer:w", "group:2",
         "group:c/4", "group:c/2", "instance"]
N_BATCH, N_TEST = 21, 50
# Of gradients: a share of the largest, and times the error of PyTorch in single precision.
GRADIENT_TOLERANCE, SINGLE_FACTOR = 2e-6, 6
LOSS_TOLERANCE, RUNNING_TOLERANCE = 1e-6, 2e-6
# Where groups are small, rounding errors of nearly equal pixels are stretched the most.
STIFF = ["layer:w", "group:c/2", "instance"]
# Of images: see Network.margin. Of weights: what a few ReLUs do that are pushed over their edge.
MARGIN, FLIP_TOLERANCE = 2e-6, 2e-5
MEAN, DEVIATION = 0.35, 0.31

failures = []


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

    def __init__(self):
        self.is_mnist = bool(os.environ.get("NORMLAB_DATA"))
        if self.is_mnist:
            self.pixels = read_mnist("train-images-idx3-ubyte").reshape(-1, 28, 28)
            self.labels = read_mnist("train-labels-idx1-ubyte")

    def draw(self, n, number):
        """Noise is added to MNIST: where rows are constant, LayerNorm(W) hangs on the sign of 0."""
        random = numpy.random.RandomState(number)
        if not self.is_mnist:
            pixels = random.randint(0, 256, (n, 28, 28), numpy.uint8)
            return pixels, random.randint(0, 10, n, numpy.uint8)
        some = slice(number * n, number * n + n)
        noise = random.randint(0, 128, (n, 28, 28), numpy.uint8)
        return self.pixels[some] // 2 + noise, self.labels[some]


def write_idx(path, items):
    header = bytes([0, 0, 8, items.ndim]) + b"".join(s.to_bytes(4, "big") for s in items.shape)
    path.write_bytes(header + items.tobytes())


def write_data(folder, train, test):
    folder.mkdir(exist_ok=True)
    for name, (pixels, labels) in {"train": train, "t10k": test}.items():
        write_idx(folder / f"{name}-images-idx3-ubyte", pixels)
        write_idx(folder / f"{name}-labels-idx1-ubyte", labels)


def inputs(pixels, mean=MEAN, deviation=DEVIATION):
    """As the program sees them: single precision numbers."""
    x = ((numpy.arange(256) / 255 - mean) / deviation).astype(numpy.float32)
    return torch.from_numpy(x[pixels].astype(numpy.float64)).unsqueeze(1)


def tensors(group):
    return {name: torch.from_numpy(numpy.asarray(value)) for name, value in group.items()}


class Program:
    def __init__(self, path, config, spec, folder):
        self.path, self.config, self.spec, self.folder = path, config, spec, folder
        self.name = f"{config.stem} {spec}"
        self.start = None

    def train(self, data, *settings):
        out = self.folder / "result.h5"
        command = [self.path, "train", self.config, "--norm", self.spec, "--data", data,
                   "--out", out, "--overwrite"]
        defaults = ["network.dropout=0", "data.shuffle=false", f"data.mean=[{MEAN}]",
                    f"data.deviation=[{DEVIATION}]", "schedule.type=constant"]
        for setting in [*defaults, *settings]:
            command += ["--set", setting]
        done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=60,
                              check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{self.name}: exit status {done.returncode}: {done.stderr}")
        return h5py.File(out, "r")

    def initial(self, precision=torch.float64):
        """The network before its first step; it does not depend on the data."""
        if not self.start:
            with self.train(self.folder / "data", "training.epochs=0") as file:
                self.start = file["/config/resolved"].asstr()[()], tensors(file["/model"])
        return self.build(*self.start, precision)

    def network(self, file):
        return self.build(file["/config/resolved"].asstr()[()], tensors(file["/model"]))

    @staticmethod
    def build(config, state, precision=torch.float64):
        network = Network(yaml.safe_load(config), (1, 28, 28), precision)
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


def fits(spec, config):
    """group:c/N needs channels that N divides."""
    if not spec.startswith("group:c/"):
        return True
    layers = yaml.safe_load(config.read_text())["network"]["layers"]
    return all(layer["channels"] % int(spec[8:]) == 0 for layer in layers if layer["type"] == "block")


def gradient_of(network, x, labels):
    loss = loss_of(network, x, labels)
    loss.backward()
    return loss.item(), {name: p.grad.double() for name, p in network.named_parameters()}


def gradient_error(gradient, expected):
    assert gradient.keys() == expected.keys(), (gradient.keys(), expected.keys())
    largest = max(g.abs().max().item() for g in expected.values())
    error = max((gradient[name] - g).abs().max().item() for name, g in expected.items())
    return error / largest


def draw_off_edges(program, source):
    for number in range(200):
        train = source.draw(N_BATCH, number)
        if program.initial().margin(inputs(train[0])) > MARGIN:
            return train
    raise RuntimeError(f"{program.name}: every draw of images is at an edge")


def compare_gradient(program, source, test):
    """One step at a learning rate of 0 leaves the gradient as the momentum."""
    data = program.folder / "data"
    write_data(data, source.draw(N_BATCH, 0), test)
    train = draw_off_edges(program, source)
    write_data(data, train, test)
    network, x = program.initial(), inputs(train[0])
    loss, gradient = gradient_of(network, x, train[1])
    single = gradient_of(program.initial(torch.float32), x.float(), train[1])[1]
    allowed = GRADIENT_TOLERANCE + SINGLE_FACTOR * gradient_error(single, gradient)
    worst = 0.0
    for backend in ["direct", "gemm"] if program.spec in ("none", "batch") else ["direct"]:
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
    config = yaml.safe_load(file["/config/resolved"].asstr()[()])["optimizer"]
    optimizer = torch.optim.SGD(network.parameters(), lr=1, momentum=config["momentum"],
                                nesterov=config["nesterov"], weight_decay=config["weight_decay"])
    rates, losses = file["/metrics/step/learning_rate"][:], []
    for step, rate in enumerate(rates):
        begin = step * batch % (-(-len(x) // batch) * batch)
        optimizer.param_groups[0]["lr"] = rate
        optimizer.zero_grad()
        loss = loss_of(network, x[begin:begin + batch], labels[begin:begin + batch])
        losses.append(loss.item())
        (loss + config["l1"] * sum(p.abs().sum() for p in network.parameters())).backward()
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


def difference(network, other):
    pairs = zip(network.state_dict().values(), other.state_dict().values())
    return max((a.double() - b.double()).abs().max().item() for a, b in pairs)


def compare_training(program, source, test):
    """Three epochs of seven steps, the last one of each smaller. Rounding errors grow from step to
    step, and by leaps where they push a ReLU over its edge: the tolerance is ten times what
    PyTorch's own single precision differs from its double precision."""
    batch, n = 16, 6 * 16 + 5
    train = source.draw(n, 100)
    data = program.folder / "data"
    write_data(data, train, test)
    rate = 0.0005 if program.spec in STIFF else 0.005
    settings = [f"training.batch={batch}", f"optimizer.lr={rate}", "optimizer.nesterov=true",
                "optimizer.weight_decay=0.05", "optimizer.l1=0.01", "schedule.type=one-cycle"]
    double, single = program.initial(), program.initial(torch.float32)
    with program.train(data, "training.epochs=3", *settings) as file:
        rates = file["/metrics/step/learning_rate"][:]
        check(abs(rates - one_cycle(file)).max(), 1e-15, f"{program.name}: one-cycle")
        x = inputs(train[0])
        losses = descend(double, x, train[1], file, batch)
        other_losses = descend(single, x.float(), train[1], file, batch)
        allowed = 10 * difference(double, single) + FLIP_TOLERANCE
        error = check(difference(double, program.network(file)), allowed,
                      f"{program.name}: weights after {len(rates)} steps")
        check(abs(file["/metrics/step/loss"][:] - losses).max(),
              10 * abs(other_losses - losses).max() + FLIP_TOLERANCE,
              f"{program.name}: losses of {len(rates)} steps")
        compare_evaluation(program, file, test)
    return error, allowed


def compare_far_from_zero(program, test):
    """Pixels 254 and 255, scaled to inputs whose mean is 1,000 times their deviation."""
    random = numpy.random.RandomState(5)
    pixels = random.randint(254, 256, (N_BATCH, 28, 28)).astype(numpy.uint8)
    labels = random.randint(0, 10, N_BATCH).astype(numpy.uint8)
    deviation = pixels.std() / 255
    mean = pixels.mean() / 255 - 1000 * deviation
    scaled = [f"data.mean=[{mean!r}]", f"data.deviation=[{deviation!r}]"]
    data = program.folder / "data"
    write_data(data, (pixels, labels), test)
    network, x = program.initial(), inputs(pixels, mean, deviation)
    check(abs(x.mean().item() / x.std().item() - 1000), 1, "mean of the inputs in deviations")
    loss = loss_of(network, x, labels).item()
    with program.train(data, "training.epochs=1", f"training.batch={N_BATCH}", "optimizer.lr=0",
                       *scaled) as file:
        what = f"{program.name}, 1,000 deviations from zero: "
        check(abs(file["/metrics/step/loss"][0] - loss) / loss, 1e-3, what + "loss")
        state, stored = network.state_dict(), tensors(file["/model"])
        worst = 0.0
        for name in [name for name in state if name.endswith("running_var")]:
            # Without the initial 1, of which nine tenths are left.
            new, expected = stored[name].double() - 0.9, state[name] - 0.9
            check(-new.min().item(), 1e-7, what + f"{name} below zero")
            worst = max(worst, ((new - expected).abs() / expected.clamp(min=1e-3)).max().item())
        check(worst, 1e-3, what + "running variance")
    return worst


def main():
    normlab, configs = sys.argv[1], pathlib.Path(sys.argv[2])
    torch.set_num_threads(1)
    tolerances = []
    source = Source()
    test = source.draw(N_TEST, 1000)
    own = pathlib.Path(__file__).parent / "mixed.yaml"
    with tempfile.TemporaryDirectory() as folder:
        for config in [configs / "s6.yaml", own]:
            for spec in [spec for spec in SPECS if fits(spec, config)]:
                program = Program(normlab, config, spec, pathlib.Path(folder))
                gradient = "gradient %.1e of %.1e" % compare_gradient(program, source, test)
                error, allowed = compare_training(program, source, test)
                tolerances.append(allowed)
                far = compare_far_from_zero(program, test)
                print(f"{program.name:16} {gradient}, weights after training {error:.1e} of "
                      f"{allowed:.1e}, far from zero {far:.1e}", flush=True)
    # A weight decay of 0.05 moves weights by more than 1e-3: most comparisons must be able to tell.
    check(numpy.quantile(tolerances, 0.7), 2e-4, "tolerances of the weights")
    if failures:
        print(f"{len(failures)} comparisons failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
