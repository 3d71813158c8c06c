"""The network of a resolved configuration, in PyTorch: names as in state_dict, double precision."""
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


def make_norm(spec, shape, eps, momentum):
    channels, _, width = shape
    kind, _, detail = spec.partition(":")
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
    if spec == "dyt":
        return DynamicTanh(channels)
    raise ValueError(f"no norm {spec}")


class Layer(nn.Module):
    """One entry of network.layers for inputs of `shape`; sets out_shape."""

    def __init__(self, config, order, default_norm, eps, momentum, shape, dropout):
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
                self.norm = make_norm(norm, shape, eps, momentum)
            elif step in ("max-pool", "avg-pool"):
                stride = config.get("stride", config["size"])
                shape = (shape[0], *((s - config["size"]) // stride + 1 for s in shape[1:]))
            elif step == "global-avg-pool":
                shape = (shape[0], 1, 1)
            elif step == "linear":
                self.linear = nn.Linear(shape[0] * shape[1] * shape[2], config["channels"],
                                        config["bias"])
                shape = (config["channels"], 1, 1)
            elif step not in ("relu", "dropout"):
                raise ValueError(f"no layer {step}")
            self.steps.append(step)
        self.out_shape = shape

    def run(self, step, x):
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
                                     network["dropout"]))
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
