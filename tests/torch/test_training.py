"""20 steps of each recipe against PyTorch in double precision, from the same weights."""
import copy
import tempfile

from twin import *
from torch.optim.swa_utils import AveragedModel

STEPS, BATCH, N_TEST = 20, 20, 37  # neither is a multiple of 16
N_TRAIN = STEPS * BATCH - 3        # and the last batch is not full

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


def train(start, config, x, labels):
    """Losses of the steps, the network, and the one to evaluate."""
    trained, losses = copy.deepcopy(start), []
    ema = float(config["training.ema"])
    average = average_of(trained, ema) if ema > 0 else None
    criterion = nn.CrossEntropyLoss(label_smoothing=float(config["training.label_smoothing"]))
    steps = optimizer(config, list(trained.parameters()))
    for first in range(0, len(x), BATCH):
        loss = criterion(trained(x[first:first + BATCH]), labels[first:first + BATCH])
        losses.append(loss.item())
        steps.zero_grad()
        with_l1(loss, config, trained).backward()
        steps.step()
        if average:
            average.update_parameters(trained)
    return losses, trained, average.module if average else trained


def distance(got, network, start):
    """Of weights and running statistics from where they should be, by how far they have moved."""
    wanted, origin = network.state_dict(), start.state_dict()
    if set(got) != set(wanted):
        sys.exit(f"names differ: {set(got) ^ set(wanted)}")
    names = [name for name in wanted if not name.endswith("num_batches_tracked")]
    off = sum(((got[name].double() - wanted[name]) ** 2).sum().item() for name in names)
    moved = sum(((wanted[name] - origin[name]) ** 2).sum().item() for name in names)
    return (off / moved) ** 0.5


def check(what, value, limit):
    print(f"  {what} {value:.2e}")
    if not value <= limit:
        sys.exit(f"{what}: {value} is above {limit}")


def compare(folder, name, norm, changes):
    print(name, norm, changes)
    options = ["--norm", norm, "--batch", BATCH, "--data", folder, "--overwrite",
               *change(data__shuffle="false", augment__rotation=0, data__mean=f"[{MEAN}]",
                       data__deviation=f"[{DEVIATION}]", network__dropout=0,
                       schedule="{type: constant}", **changes)]
    for epochs, out in ((0, "start"), (1, "end")):
        run("train", f"{CONFIGS}/{name}.yaml", *options, "--epochs", epochs, "--out",
            f"{folder}/{out}.h5")
    with h5py.File(f"{folder}/start.h5") as file:
        start = network(file)
    x, labels = images(folder, "train")
    with h5py.File(f"{folder}/end.h5") as file:
        config = config_of(file)
        losses, trained, evaluated = train(start, config, x, labels)
        steps = torch.tensor(file["metrics/step/loss"][:])
        check("loss of most steps", (steps - torch.tensor(losses)).abs().median().item(), 1e-5)
        check("evaluated weights", distance(state(file), evaluated, start), 1e-2)
        if float(config["training.ema"]) > 0:
            check("trained weights", distance(state(file, "optimizer/weights"), trained, start),
                  1e-2)
            if not distance(state(file), trained, start) > 0.02:
                sys.exit("the average is the weights")
        evaluated.eval()
        x, labels = images(folder, "t10k")
        loss = nn.functional.cross_entropy(evaluated(x), labels).item()
        check("test loss", abs(loss - file["metrics/epoch/test_loss"][0]), 2e-3)
        if file["optimizer/updates"][()] != STEPS:
            sys.exit(f"{file['optimizer/updates'][()]} updates, expected {STEPS}")


with tempfile.TemporaryDirectory() as scratch:
    make_data(scratch, N_TRAIN, N_TEST)
    for case in CASES:
        compare(scratch, *case)
