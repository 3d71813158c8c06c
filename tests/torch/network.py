"""The network of a resolved configuration, in PyTorch: names as in state_dict, double precision."""
import math
import re

import torch
from torch import nn
from torch.nn import functional


class GroupedBatchNorm(nn.BatchNorm2d):
    """batch:N: each N consecutive samples by themselves, a remainder joins the last group."""

    def __init__(self, channels, samples, **options):
        super().__init__(channels, **options)
        self.samples = samples

    def forward(self, x):
        if not self.training:
            return super().forward(x)
        n_groups = max(1, len(x) // self.samples)
        ends = [g * self.samples for g in range(n_groups)] + [len(x)]
        groups = [x[begin:end] for begin, end in zip(ends, ends[1:])]
        new = [torch.zeros_like(self.running_mean), torch.zeros_like(self.running_var)]
        out = []
        for group in groups:
            # A momentum of 1 leaves the statistics of this group alone.
            mean, var = torch.zeros_like(new[0]), torch.ones_like(new[1])
            out.append(functional.batch_norm(group, mean, var, self.weight, self.bias, True, 1.0,
                                             self.eps))
            new[0] += mean / n_groups
            new[1] += var / n_groups
        with torch.no_grad():
            self.running_mean += self.momentum * (new[0] - self.running_mean)
            self.running_var += self.momentum * (new[1] - self.running_var)
            self.num_batches_tracked += 1
        return torch.cat(out)


class DynamicTanh(nn.Module):
    """As its authors have it, for channels that come first."""

    def __init__(self, channels):
        super().__init__()
        self.alpha = nn.Parameter(torch.full((1,), 0.5))
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        return self.weight[:, None, None] * torch.tanh(self.alpha * x) + self.bias[:, None, None]


# What names are short for that PyTorch has no module for.
NAMES = [("position", "over(c)"), ("batch-group:", "over(n,c:C/{},h,w)"), ("batch:", "over(n:{},h,w)"),
         ("batch", "over(n,h,w)"), ("layer:chw", "over(c,h,w) affine:element"),
         ("layer:w", "over(w) affine:column"), ("layer", "over(c,h,w)"),
         ("group:c/", "over(c:{},h,w)"), ("group:", "over(c:C/{},h,w)"), ("instance", "over(h,w)")]


def in_general(spec):
    """A spec that begins with over(AXES)."""
    name, _, modifiers = spec.partition(" ")
    for start, general in NAMES:
        if name.startswith(start) and not name.startswith("over("):
            general = general.format(name[len(start):])
            return f"{general} {modifiers}"  # a modifier behind another counts
    return spec


class Over(nn.Module):
    """over(AXES), from its words alone: statistics along the axes that are named."""

    def __init__(self, spec, shape, eps, momentum):
        super().__init__()
        self.is_rms = spec.startswith("rms-")
        axes, *modifiers = re.sub(r", +", ",", in_general(spec.removeprefix("rms-"))).split()
        found = dict(axis.partition(":")[::2] for axis in axes[5:-1].split(","))
        channels, height, width = shape
        self.samples = int(found["n"] or 0) if "n" in found else None
        size = found.get("c", "1") or str(channels)
        self.size = channels // int(size[2:]) if size.startswith("C/") else int(size)
        self.axes = ([0] if "n" in found else []) + [2] + [3] * ("h" in found) + [4] * ("w" in found)
        self.shape = [1 if axis + 1 in self.axes else n for axis, n in
                      enumerate([channels // self.size, self.size, height, width])]
        self.eps, self.momentum = eps, momentum
        affine = [word[7:] for word in modifiers if word.startswith("affine:")] or ["channel"]
        dims = {"channel": [channels], "element": shape, "column": [width]}.get(affine[-1])
        has_shift = "shift" in modifiers or not (self.is_rms or "no-shift" in modifiers)
        self.along = {"channel": [channels, 1, 1], "column": [width]}.get(affine[-1], list(shape))
        self.weight = nn.Parameter(torch.ones(dims)) if dims else None
        self.bias = nn.Parameter(torch.zeros(dims)) if dims and has_shift else None
        if "n" in found:
            n_groups = math.prod(self.shape)
            self.register_buffer("running_mean", torch.zeros(n_groups))
            self.register_buffer("running_var", torch.ones(n_groups))
            self.register_buffer("num_batches_tracked", torch.tensor(0))

    def statistics(self, x):
        mean = 0 * x.mean(self.axes, True) if self.is_rms else x.mean(self.axes, True)
        return mean, ((x - mean) ** 2).mean(self.axes, True)

    def track(self, found):
        """found: elements of a group, mean and variance of each group of samples."""
        with torch.no_grad():
            means = sum(mean for _, mean, _ in found) / len(found)
            spreads = sum(v * (1 if self.is_rms else n / (n - 1)) for n, _, v in found) / len(found)
            for old, new in (self.running_mean, means), (self.running_var, spreads):
                old += self.momentum * (new.flatten() - old)
            self.num_batches_tracked += 1

    def normalize(self, x):
        if self.samples is None:
            mean, variance = self.statistics(x)
            return (x - mean) / (variance + self.eps).sqrt()
        if not self.training:
            mean, variance = (s.view(1, *self.shape) for s in (self.running_mean, self.running_var))
            return (x if self.is_rms else x - mean) / (variance + self.eps).sqrt()
        size = self.samples or len(x)
        ends = [g * size for g in range(max(1, len(x) // size))] + [len(x)]
        out, found = [], []
        for begin, end in zip(ends, ends[1:]):
            part = x[begin:end]
            mean, variance = self.statistics(part)
            out.append((part - mean) / (variance + self.eps).sqrt())
            found.append((part.numel() // mean.numel(), mean, variance))
        self.track(found)
        return torch.cat(out)

    def forward(self, x):
        n, channels, height, width = x.shape
        y = self.normalize(x.view(n, channels // self.size, self.size, height, width)).view(x.shape)
        y = y if self.weight is None else y * self.weight.view(self.along)
        return y if self.bias is None else y + self.bias.view(self.along)


class FilterResponseNorm(nn.Module):
    """As its paper has it, with the thresholded linear unit."""

    def __init__(self, channels, eps):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.tau = nn.Parameter(torch.zeros(channels))

    def values(self, x):
        """What the threshold is for."""
        x = x * torch.rsqrt((x ** 2).mean((2, 3), keepdim=True) + self.eps)
        return self.weight[:, None, None] * x + self.bias[:, None, None]

    def forward(self, x):
        return torch.maximum(self.values(x), self.tau[:, None, None])


class BatchRenorm(Over):
    """renorm and renorm:N, with limits that stay; (1, 0) is batch norm."""

    def __init__(self, samples, limits, shape, eps, momentum):
        super().__init__(f"over(n{samples and ':'}{samples},h,w)", shape, eps, momentum)
        self.r_max, self.d_max = limits

    def normalize(self, x):
        if not self.training:
            return super().normalize(x)
        old_mean, old_variance = (s.view(1, *self.shape).clone() for s in
                                  (self.running_mean, self.running_var))
        size = self.samples or len(x)
        ends = [g * size for g in range(max(1, len(x) // size))] + [len(x)]
        out, found = [], []
        for begin, end in zip(ends, ends[1:]):
            part = x[begin:end]
            mean, variance = self.statistics(part)
            sigma, running = ((v + self.eps).sqrt() for v in (variance, old_variance))
            r = (sigma / running).clamp(1 / self.r_max, self.r_max).detach()
            d = ((mean - old_mean) / running).clamp(-self.d_max, self.d_max).detach()
            out.append((part - mean) / sigma * r + d)
            found.append((part.numel() // mean.numel(), mean, variance))
        self.track(found)
        return torch.cat(out)


def make_norm(spec, shape, eps, momentum, limits=(1, 0)):
    channels, _, width = shape
    kind, _, detail = spec.partition(":")
    if " " in spec or spec.startswith(("rms-", "over(", "position", "batch-group")):
        return Over(spec, shape, eps, momentum)
    if kind == "batch" and detail:
        return GroupedBatchNorm(channels, int(detail), eps=eps, momentum=momentum)
    if kind == "batch":
        return nn.BatchNorm2d(channels, eps=eps, momentum=momentum)
    if kind == "instance":
        return nn.InstanceNorm2d(channels, eps=eps, affine=True)
    if kind == "group" and detail.startswith("c/"):
        return nn.GroupNorm(channels // int(detail[2:]), channels, eps=eps)
    if kind == "group":
        return nn.GroupNorm(int(detail), channels, eps=eps)
    if spec == "layer":
        return nn.GroupNorm(1, channels, eps=eps)
    if spec == "layer:chw":
        return nn.LayerNorm(shape, eps=eps)
    if spec == "layer:w":
        return nn.LayerNorm(width, eps=eps)
    if kind == "renorm":
        return BatchRenorm(detail, limits, shape, eps, momentum)
    if spec == "dyt":
        return DynamicTanh(channels)
    if spec == "frn":
        return FilterResponseNorm(channels, eps)
    raise ValueError(f"no norm {spec}")


class Layer(nn.Module):
    """One entry of network.layers for inputs of `shape`; sets out_shape."""

    def __init__(self, config, order, default_norm, eps, momentum, shape, dropout, limits):
        super().__init__()
        self.config, self.steps, self.edges = config, [], None
        self.dropout = float(config.get("dropout", dropout))
        kind = config["type"]
        norm = str(config.get("norm", default_norm))
        for step in order if kind == "block" else [kind]:
            if step == "conv":
                self.conv = nn.Conv2d(shape[0], config["channels"], config["kernel"],
                                      config["stride"], config["padding"], bias=config["bias"])
                side = [(s + 2 * config["padding"] - config["kernel"]) // config["stride"] + 1
                        for s in shape[1:]]
                shape = (config["channels"], *side)
            elif step == "norm":
                if norm == "none":
                    continue
                self.norm = make_norm(norm, shape, eps, momentum, limits)
            elif step in ("max-pool", "avg-pool"):
                stride = config.get("stride", config["size"])
                shape = (shape[0], *((s - config["size"]) // stride + 1 for s in shape[1:]))
            elif step == "global-avg-pool":
                shape = (shape[0], 1, 1)
            elif step == "linear":
                self.linear = nn.Linear(shape[0] * shape[1] * shape[2], config["channels"],
                                        config["bias"])
                shape = (config["channels"], 1, 1)
            elif step == "relu" and isinstance(getattr(self, "norm", None), FilterResponseNorm):
                continue  # its threshold is in that place
            elif step not in ("relu", "dropout"):
                raise ValueError(f"no layer {step}")
            self.steps.append(step)
        self.out_shape = shape

    def run(self, step, x):
        if step == "norm" and self.edges is not None and hasattr(self.norm, "tau"):
            distance = (self.norm.values(x) - self.norm.tau[:, None, None]).abs()
            self.edges.append((distance.min() / x.std()).item())
        if step in ("conv", "norm"):
            return getattr(self, step)(x)
        if step == "relu":
            if self.edges is not None:
                # Zeros come from a ReLU before this one, and are zeros in single precision too.
                distance = x.detach().abs()
                self.edges.append((distance[distance > 0].min() / x.std()).item())
            return functional.relu(x)
        if step in ("max-pool", "avg-pool"):
            size, stride = self.config["size"], self.config.get("stride", self.config["size"])
            if step == "avg-pool":
                return functional.avg_pool2d(x, size, stride)
            if self.edges is not None:
                maps = x.detach().flatten(0, 1).unsqueeze(1)
                best = functional.unfold(maps, size, stride=stride).topk(2, dim=1).values
                gap = best[:, 0] - best[:, 1]
                self.edges.append((gap[gap > 0].min() / x.std()).item())
            return functional.max_pool2d(x, size, stride)
        if step == "global-avg-pool":
            return x.mean((2, 3), keepdim=True)
        if step == "linear":
            return self.linear(x.flatten(1))[:, :, None, None]
        return functional.dropout(x, self.dropout, self.training) if self.dropout else x

    def forward(self, x):
        y = x
        for step in self.steps:
            y = self.run(step, y)
        return x + y if self.config.get("skip") else y


def renorm_limits(config):
    """Of a run that has them from its first step on, or else never."""
    keys = {key: float(value) for key, value in config.get("renorm", {}).items()}
    is_open = keys and keys["begin"] == keys["r_end"] == keys["d_end"] == 0
    return (keys["r_max"], keys["d_max"]) if is_open else (1, 0)


class Network(nn.Module):
    """Dropout draws other numbers than the program's: for comparisons of results there is none."""

    def __init__(self, config, shape, precision=torch.float64, with_dropout=False):
        super().__init__()
        network = config["network"]
        dropouts = [network["dropout"]] + [layer.get("dropout") for layer in network["layers"]]
        assert with_dropout or not any(dropouts)
        self.layers = nn.ModuleList()
        for layer in network["layers"]:
            self.layers.append(Layer(layer, network["order"], network["norm"],
                                     float(network["epsilon"]), float(network["momentum"]), shape,
                                     network["dropout"], renorm_limits(config)))
            shape = self.layers[-1].out_shape
        self.to(precision)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x.flatten(1)

    def margin(self, x):
        """How near a ReLU is to its edge, and a maximum to the value that would take its place, in
        standard deviations of the activation."""
        edges = []
        for layer in self.layers:
            layer.edges = edges
        with torch.no_grad():
            self(x)
        for layer in self.layers:
            layer.edges = None
        return min(edges)
