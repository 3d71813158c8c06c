"""The networks of result files in PyTorch, in double precision, and runs to compare with."""
import os
import subprocess
import sys

try:
    import h5py
    import numpy
    import torch
    from torch import nn
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

PROGRAM, CONFIGS = sys.argv[1:3]
MEAN, DEVIATION = 0.2, 0.35
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


def run(*arguments, expect=0):
    """Runs normlab; its output, errors included."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run([PROGRAM, *map(str, arguments)], env=environment, timeout=120,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != expect:
        sys.exit(f"{' '.join(map(str, arguments))}: status {done.returncode}, expected {expect}\n"
                 f"{done.stdout}")
    return done.stdout


def change(**values):
    """Options that set keys; __ in a name is a dot."""
    return [word for key, value in values.items()
            for word in ("--set", f"{key.replace('__', '.')}={value}")]


def make_data(folder, n_train, n_test, seed=1):
    """Noise, brighter or darker by class. Digits have areas of one colour, all of whose maxima and
    zeros are decided by the last bit at once."""
    random = numpy.random.default_rng(seed)
    for part, n in ("train", n_train), ("t10k", n_test):
        labels = random.integers(0, 10, n)
        pixels = numpy.clip(random.normal(60 + 10 * labels[:, None, None], 40, (n, 28, 28)), 0, 255)
        for kind, dims, values in (("images-idx3", (n, 28, 28), pixels),
                                   ("labels-idx1", (n,), labels)):
            with open(f"{folder}/{part}-{kind}-ubyte", "wb") as file:
                file.write(bytes([0, 0, 8, len(dims)]) + numpy.array(dims, ">u4").tobytes())
                file.write(values.astype(numpy.uint8).tobytes())


def images(folder, part):
    """Normalized images and labels of "train" or "t10k"."""
    with open(f"{folder}/{part}-images-idx3-ubyte", "rb") as file:
        pixels = numpy.frombuffer(file.read()[16:], numpy.uint8).reshape(-1, 1, 28, 28)
    with open(f"{folder}/{part}-labels-idx1-ubyte", "rb") as file:
        labels = numpy.frombuffer(file.read()[8:], numpy.uint8)
    return (torch.tensor((pixels / 255.0 - MEAN) / DEVIATION), torch.tensor(labels.astype("int64")))


def flow(text):
    """{type: conv, channels: 8} as a dictionary of texts."""
    return dict(item.split(": ") for item in text.strip("{}").split(", "))


def config_of(file):
    """Values by their paths, as the resolved configuration writes them, and facts of --init."""
    values = {key: value for key, value in file["config"].attrs.items()
              if key in ("init", "init_hash")}
    section = n_layers = 0
    for line in file["/config/resolved"].asstr()[()].splitlines():
        key, _, value = line.strip().partition(": ")
        if line.startswith("    - "):
            values[f"network.layers.{n_layers}"] = line[len("    - "):]
            n_layers += 1
        elif line.startswith(" "):
            values[f"{section}.{key}"] = value
        elif value:
            values[key] = value
        else:
            section = line.rstrip(":")
    return {key: value.decode() if isinstance(value, bytes) else value
            for key, value in values.items()}


def norm_of(spec, channels):
    if spec == "batch":
        return nn.BatchNorm2d(channels)
    kind, _, n = spec.partition(":")
    groups = {"layer": 1, "instance": channels}.get(kind)
    if kind == "group":
        groups = channels // int(n[2:]) if n.startswith("c/") else int(n)
    return nn.GroupNorm(groups, channels)


class StandardizedConv2d(nn.Conv2d):
    """As the authors of weight standardization have it."""

    def forward(self, x):
        weight = self.weight - self.weight.mean((1, 2, 3), keepdim=True)
        deviation = weight.flatten(1).std(1)[:, None, None, None] + 1e-5
        return nn.functional.conv2d(x, weight / deviation, None, self.stride, self.padding)


class Layer(nn.Module):
    def __init__(self, keys, order, spec, channels, conv):
        super().__init__()
        self.keys, self.order, self.channels = keys, order, channels
        if keys["type"] in ("block", "conv"):
            self.channels = int(keys["channels"])
            self.conv = conv(channels, self.channels, int(keys["kernel"]),
                             padding=int(keys["padding"]), bias=False)
        if keys["type"] == "block":
            self.norm = norm_of(spec, self.channels)

    def forward(self, x):
        kind, y = self.keys["type"], x
        if kind == "max-pool":
            return nn.functional.max_pool2d(x, int(self.keys["size"]))
        if kind == "avg-pool":
            return nn.functional.avg_pool2d(x, int(self.keys["size"]))
        if kind == "global-avg-pool":
            return x.mean((2, 3), keepdim=True)
        for operation in self.order if kind == "block" else ["conv"] if kind == "conv" else []:
            if operation == "conv":
                y = self.conv(y)
            elif operation == "norm":
                y = self.norm(y)
            elif operation == "relu":
                y = y.relu()
        return x + y if self.keys.get("skip") == "true" else y


class Network(nn.Module):
    """As the configuration in the result file says; dropout is not there."""

    def __init__(self, file):
        super().__init__()
        config, channels = config_of(file), 1
        order = config["network.order"].strip("[]").split(", ")
        conv = {"plain": nn.Conv2d, "standardized": StandardizedConv2d}[config["network.weights"]]
        self.layers = nn.ModuleList()
        while f"network.layers.{len(self.layers)}" in config:
            keys = flow(config[f"network.layers.{len(self.layers)}"])
            self.layers.append(Layer(keys, order, config["network.norm"], channels, conv))
            channels = self.layers[-1].channels

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x.flatten(1)


def state(file, group="model"):
    return {name: torch.tensor(array[()]) for name, array in file[group].items()}


def network(file):
    """With the weights of the file; their names must be those of PyTorch."""
    made = Network(file)
    made.load_state_dict(state(file))
    return made
