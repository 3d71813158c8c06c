"""Some steps of each recipe against PyTorch in double precision, from the same weights."""
import copy
import tempfile
from collections import namedtuple

from twin import *
from torch.optim.swa_utils import AveragedModel

Result = namedtuple("Result", "losses trained evaluated rows")
STEPS, BATCH, N_TEST = 6, 18, 37  # neither is a multiple of 16
N_TRAIN = STEPS * BATCH - 3      # and the last batch is not full

# Of losses; of weights and of running statistics by how far they move in these steps; of what is
# seen of the last step, in deviations and relative. Three to five times what rounding costs PyTorch
# in single precision, which is printed in brackets, in the worst of the cases where that takes
# every branch that double precision takes: 4e-7, 3e-8, 2e-5, 2e-5, 7e-7, 1e-6, 1e-6. Where an
# activation is rounded to the other side of 0 it costs hundreds of times as much; that happens on
# some draws of images, and an error of the program shows on all of them.
LIMITS = {"losses": 2e-6, "test loss": 1e-7, "weights": 1e-4, "averaged weights": 1e-4,
          "running statistics": 3e-6, "moments": 4e-6, "gradient norms": 4e-6}
# Filters of n weights that are standardized are sqrt(3 n) times as large as PyTorch's first ones, and
# so are the logits and their rounding errors: of the last convolutions here, n is 10 and more.
STANDARDIZED = {**LIMITS, "losses": 5 * LIMITS["losses"], "test loss": 5 * LIMITS["test loss"]}
N_DRAWS = 8

# configuration, norm, changes
# Rates are small: an activation that is rounded to the other side of 0 is a small step aside then,
# and does not grow.
ADAM = dict(optimizer="{type: adam, lr: 0.0002, weight_decay: 0.2}")
ADAMW = dict(optimizer="{type: adamw, lr: 0.0005, beta1: 0.8, beta2: 0.95, epsilon: 0.001, "
                       "weight_decay: 5}")
SGD = dict(optimizer="{lr: 0.005, momentum: 0.9, nesterov: true, weight_decay: 0.1}")
CASES = [
    ("skip", "batch", SGD),
    ("skip", "group:2", SGD),
    ("skip", "batch", {**ADAM, "training__ema": 0.8}),
    ("skip", "group:2", {**SGD, "network__weights": "standardized", "optimizer__l1": 0.001}),
    ("wide", "group:c/4", {**ADAM, "network__weights": "standardized"}),
    ("relu-first", "batch", {**ADAMW, "training__label_smoothing": 0.2}),
    ("relu-first", "group:2", ADAM),
    ("wide", "batch", dict(optimizer="{lr: 0.002, momentum: 0.9, l1: 0.003}")),
    ("wide", "group:c/4", dict(optimizer="{lr: 0.002, momentum: 0.9, l1: 0.01, l1_on: conv}")),
    ("wide", "layer", {**ADAMW, "optimizer__decay_norm": "false", "optimizer__l1": 0.02}),
    ("s6", "batch", {**SGD, "training__label_smoothing": 0.1, "training__ema": 0.9}),
    ("s6", "group:2", {**ADAMW, "training__ema": 0.5}),
]


def optimizer(config, parameters):
    number = {key.partition(".")[2]: float(value) for key, value in config.items()
              if key.startswith("optimizer.") and value[0] in "0123456789"}
    kind = config["optimizer.type"]
    decays = config["optimizer.decay_norm"] == "true"
    groups = [{"params": [p for p in parameters if p.dim() > 1]},
              {"params": [p for p in parameters if p.dim() == 1],
               "weight_decay": number["weight_decay"] if decays else 0}]
    if kind == "sgd":
        return torch.optim.SGD(groups, number["lr"], number["momentum"], 0, number["weight_decay"],
                               config["optimizer.nesterov"] == "true")
    make = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[kind]
    return make(groups, number["lr"], (number["beta1"], number["beta2"]), number["epsilon"],
                number["weight_decay"])


def with_l1(loss, config, network):
    l1 = float(config["optimizer.l1"])
    on_conv = config["optimizer.l1_on"] == "conv" or config["optimizer.decay_norm"] == "false"
    for parameter in network.parameters():
        if parameter.dim() > 1 or not on_conv:
            loss = loss + l1 * parameter.abs().sum()
    return loss


def average_of(network, decay):
    return AveragedModel(network, use_buffers=True,
                         avg_fn=lambda average, new, _: decay * average + (1 - decay) * new)


def moments(x):
    return [x.mean().item(), x.std(unbiased=False).item()]


class Observer:
    """What a pass sees of the layers with weights: rows of mean and deviation before and after the
    norm, and of the L2 norm of the gradient of the loss."""

    def __init__(self, network):
        self.layers = [layer for layer in network.layers if hasattr(layer, "conv")]
        self.seen = {}
        self.hooks = [getattr(layer, "norm", layer.conv).register_forward_hook(self.see)
                      for layer in self.layers]

    def see(self, module, inputs, output):
        before = output if isinstance(module, nn.Conv2d) else inputs[0]
        self.seen[module] = moments(before.detach()) + moments(output.detach())

    def rows(self, loss):
        """After the forward pass of this loss."""
        for hook in self.hooks:
            hook.remove()
        rows = []
        for layer in self.layers:
            slopes = torch.autograd.grad(loss, list(layer.parameters()), retain_graph=True)
            norm = sum((slope ** 2).sum() for slope in slopes).sqrt().item()
            rows.append(self.seen[getattr(layer, "norm", layer.conv)] + [norm])
        return numpy.array(rows)


def train(start, config, x, labels):
    """Losses of the steps, the network, the one to evaluate, and what the last step saw."""
    trained, losses = copy.deepcopy(start), []
    ema = float(config["training.ema"])
    average = average_of(trained, ema) if ema > 0 else None
    criterion = nn.CrossEntropyLoss(label_smoothing=float(config["training.label_smoothing"]))
    steps = optimizer(config, list(trained.parameters()))
    for first in range(0, len(x), BATCH):
        is_last = first + BATCH >= len(x)
        observer = Observer(trained) if is_last else None
        loss = criterion(trained(x[first:first + BATCH]), labels[first:first + BATCH])
        if is_last:
            rows = observer.rows(loss)
        losses.append(loss.item())
        steps.zero_grad()
        with_l1(loss, config, trained).backward()
        steps.step()
        if average:
            average.update_parameters(trained)
    return Result(numpy.array(losses), trained, average.module if average else trained, rows)


def distance(got, wanted, origin, is_running):
    """Of weights or running statistics from where they should be, by how far they have moved."""
    names = [name for name in wanted if not name.endswith("num_batches_tracked")
             and ("running_" in name) == is_running]
    off = sum(((got[name].double() - wanted[name]) ** 2).sum().item() for name in names)
    moved = sum(((wanted[name] - origin[name]) ** 2).sum().item() for name in names)
    return (off / moved) ** 0.5 if names else 0.0


def layers_errors(got, wanted):
    """Largest of means and deviations, in deviations, and of gradient norms."""
    scale = numpy.maximum(wanted[:, [1, 1, 3, 3]], 1e-3)
    return (float((abs(got[:, :4] - wanted[:, :4]) / scale).max()),
            float((abs(got[:, 4] - wanted[:, 4]) / wanted[:, 4]).max()))


def errors_of(result, test_loss, wanted, wanted_loss, start):
    """result as of train(), but with the arrays of a state for the networks."""
    end, origin = wanted.trained.state_dict(), start.state_dict()
    seen = layers_errors(result.rows, wanted.rows)
    return {"losses": abs(result.losses - wanted.losses).max(),
            "test loss": abs(test_loss - wanted_loss),
            "weights": distance(result.trained, end, origin, False),
            "averaged weights": distance(result.evaluated, wanted.evaluated.state_dict(), origin,
                                         False),
            "running statistics": distance(result.evaluated, wanted.evaluated.state_dict(), origin,
                                           True),
            "moments": seen[0], "gradient norms": seen[1]}


def evaluate(network, x, labels):
    with torch.no_grad():
        return nn.functional.cross_entropy(network.eval()(x), labels).item()


def program_result(file):
    """What errors_of takes, from a result file."""
    evaluated, config = state(file), config_of(file)
    trained = state(file, "optimizer/weights") if float(config["training.ema"]) > 0 else evaluated
    rows = [file[f"layers/{name}"][-1] for name in ("mean_before", "deviation_before", "mean_after",
                                                    "deviation_after", "gradient_norm")]
    return Result(file["metrics/step/loss"][:], trained, evaluated, numpy.array(rows).T)


def single_errors(start, config, train_set, test_set, wanted, wanted_loss):
    """Of PyTorch in single precision."""
    x, labels = train_set
    result = train(copy.deepcopy(start).float(), config, x.float(), labels)
    loss = evaluate(result.evaluated.double(), *test_set)
    result = result._replace(trained=result.trained.state_dict(),
                             evaluated=result.evaluated.state_dict())
    return errors_of(result, loss, wanted, wanted_loss, start)


def check_file(file, wanted, start):
    """What does not hang on rounding."""
    names = set(state(file))
    if names != set(wanted.evaluated.state_dict()):
        sys.exit(f"names differ: {names ^ set(wanted.evaluated.state_dict())}")
    if file["optimizer/updates"][()] != STEPS:
        sys.exit(f"{file['optimizer/updates'][()]} updates, expected {STEPS}")
    is_averaged = float(config_of(file)["training.ema"]) > 0
    if is_averaged and not distance(state(file), wanted.trained.state_dict(), start.state_dict(),
                                    False) > 0.02:
        sys.exit("the average is the weights")


def compare_draw(folder, name, norm, changes, seed):
    """(errors of the program, of PyTorch in single precision) on one draw of images."""
    make_data(folder, N_TRAIN, N_TEST, seed)
    options = ["--norm", norm, "--batch", BATCH, "--data", folder, "--overwrite",
               *change(data__shuffle="false", augment__rotation=0, data__mean=f"[{MEAN}]",
                       data__deviation=f"[{DEVIATION}]", network__dropout=0,
                       schedule="{type: constant}", **changes)]
    for epochs, out in ((0, "start"), (1, "end")):
        run("train", f"{CONFIGS}/{name}.yaml", *options, "--epochs", epochs, "--out",
            f"{folder}/{out}.h5")
    with h5py.File(f"{folder}/start.h5") as file:
        start = network(file)
    train_set, test_set = images(folder, "train"), images(folder, "t10k")
    with h5py.File(f"{folder}/end.h5") as file:
        config = config_of(file)
        wanted = train(start, config, *train_set)
        loss = evaluate(wanted.evaluated, *test_set)
        check_file(file, wanted, start)
        errors = errors_of(program_result(file), file["metrics/epoch/test_loss"][0], wanted, loss,
                           start)
        return errors, single_errors(start, config, train_set, test_set, wanted, loss)


def compare(folder, name, norm, changes):
    print(name, norm, changes)
    limits = STANDARDIZED if changes.get("network__weights") == "standardized" else LIMITS
    for seed in range(1, 1 + N_DRAWS):
        errors, single = compare_draw(folder, name, norm, changes, seed)
        wrong = [what for what, limit in limits.items() if not errors[what] <= limit]
        print(f"  images {seed}: " + ", ".join(f"{what} {errors[what]:.1e} ({single[what]:.1e})"
                                               for what in LIMITS), flush=True)
        if not wrong:
            return
    sys.exit(f"{', '.join(wrong)}: above {limits} on every draw of images")


with tempfile.TemporaryDirectory() as scratch:
    for case in CASES:
        compare(scratch, *case)
