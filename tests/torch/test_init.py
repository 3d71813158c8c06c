"""--init and predict --config on what PyTorch has written, and on what does not fit."""
import tempfile

from twin import *

CONFIG = f"{CONFIGS}/skip.yaml"
NORMALIZED = change(data__mean=f"[{MEAN}]", data__deviation=f"[{DEVIATION}]")


def expect_equal(what, got, wanted):
    if set(got) != set(wanted):
        sys.exit(f"{what}: names differ: {set(got) ^ set(wanted)}")
    for name, value in wanted.items():
        if got[name].shape != value.shape or not torch.equal(got[name], value.to(got[name].dtype)):
            sys.exit(f"{what}: {name} differs")


def write(path, weights, group="/", **options):
    with h5py.File(path, "w") as file:
        for name, value in weights.items():
            extra = options if value.dim() else {}
            file.require_group(group).create_dataset(name, data=value.numpy(), **extra)


def train(folder, out, *options, expect=0):
    return run("train", CONFIG, "--data", folder, "--batch", 20, "--overwrite", *NORMALIZED,
               "--out", f"{folder}/{out}", *options, expect=expect)


def digest(path):
    return run("digest", path).split()[0]


def weights_of(path):
    with h5py.File(path) as file:
        return state(file)


def trained_by_torch(folder):
    """A network with weights and running statistics that no seed gives."""
    train(folder, "start.h5", "--epochs", 0)
    with h5py.File(f"{folder}/start.h5") as file:
        made = network(file)
    x, labels = images(folder, "train")
    steps = torch.optim.SGD(made.parameters(), 0.05)
    for _ in range(3):
        steps.zero_grad()
        nn.functional.cross_entropy(made(x), labels).backward()
        steps.step()
    return made.eval()


def forms_are_read(folder, weights):
    forms = {"double": (weights, "/", {}),
             "float": ({k: v.float() if v.is_floating_point() else v for k, v in weights.items()},
                       "/model", {}),
             "big-endian": (weights, "/", {"dtype": ">f8"})}
    rounded = {k: v.float() if v.is_floating_point() else v for k, v in weights.items()}
    digests = set()
    for form, (values, group, options) in forms.items():
        path = f"{folder}/{form}.h5"
        write(path, values, group, **options)
        train(folder, "end.h5", "--epochs", 0, "--init", path)
        expect_equal(form, weights_of(f"{folder}/end.h5"), rounded)
        with h5py.File(f"{folder}/end.h5") as file:
            config = config_of(file)
            if config["init"] != path or len(config["init_hash"]) != 32:
                sys.exit(f"{form}: {config['init']}, {config['init_hash']}")
            digests.add((config["init_hash"], digest(f"{folder}/end.h5")))
    if len(digests) != 1:
        sys.exit(f"the same weights, but digests {digests}")


def results_are_read(folder):
    """From a result file, and with an average that begins there."""
    train(folder, "first.h5", "--epochs", 1)
    train(folder, "second.h5", "--epochs", 0, "--seed", 9, "--init", f"{folder}/first.h5",
          *change(training__ema=0.9))
    expect_equal("result", weights_of(f"{folder}/second.h5"), weights_of(f"{folder}/first.h5"))
    train(folder, "third.h5", "--epochs", 1, "--init", f"{folder}/first.h5")
    wanted = digest(f"{folder}/third.h5")
    # Weights are those of the checkpoint, with --init or without it.
    for again in ([], ["--init", f"{folder}/second.h5"]):
        run("train", CONFIG, "--data", folder, "--batch", 20, "--epochs", 1, *NORMALIZED,
            "--resume", "--out", f"{folder}/third.h5", *again)
        if digest(f"{folder}/third.h5") != wanted:
            sys.exit("resumed with other weights")
        with h5py.File(f"{folder}/third.h5") as file:
            if config_of(file)["init"] != f"{folder}/first.h5":
                sys.exit("--init of a resumed run has replaced the first one")


def images_are_classified(folder, made, path):
    image, labels = images(folder, "t10k")
    lines = run("predict", path, "--config", CONFIG, *NORMALIZED,
                f"{folder}/t10k-images-idx3-ubyte").splitlines()
    probability = made(image).softmax(1)
    if len(lines) != len(labels):
        sys.exit(f"{len(lines)} lines for {len(labels)} images")
    for line, p in zip(lines, probability):
        digit, share = line.split(": ", 1)[1].split()[:2]
        if int(digit) != p.argmax() or not abs(float(share) - p.max()) < 2e-4:
            sys.exit(f"{line}: PyTorch says {p.argmax()} {p.max():.4f}")


def expect_refused(folder, what, weights, message, **options):
    path = f"{folder}/refused.h5"
    write(path, weights, **options)
    said = train(folder, "never.h5", "--init", path, expect=4)
    if message not in said or path not in said:
        sys.exit(f"{what}: expected '{message}' in: {said}")
    if os.path.exists(f"{folder}/never.h5"):
        sys.exit(f"{what}: a result file was written")


def misfits_are_refused(folder, weights):
    first, last = "layers.0.conv.weight", "layers.12.conv.weight"
    running = "layers.0.norm.running_mean"
    few = {k: v for k, v in weights.items() if k not in (running, last)}
    expect_refused(folder, "missing", few, f"missing, though in the network: {running} (16), {last} (10 x 10 x 1 x 1)")
    expect_refused(folder, "shape", {**weights, last: weights[last][:9]},
                   f"{last} is 9 x 10 x 1 x 1; the network's is 10 x 10 x 1 x 1")
    expect_refused(folder, "transposed", {**weights, first: weights[first].transpose(0, 1)},
                   f"{first} is 1 x 16 x 3 x 3; the network's is 16 x 1 x 3 x 3: transposed?")
    expect_refused(folder, "type", {**weights, first: weights[first].long()},
                   f"{first} does not hold floating-point numbers")
    expect_refused(folder, "infinite", {**weights, first: weights[first] * 1e60},
                   f"{first} holds a value that is not finite as a float: [0, 0, 0, 0] is ")
    expect_refused(folder, "unused", {**weights, "layers.0.conv.bias": torch.zeros(16)},
                   "not in the network: layers.0.conv.bias (16)")
    expect_refused(folder, "compressed", weights, "h5repack", compression="gzip")
    expect_refused(folder, "dimensions", {**weights, first: weights[first][None]}, "4 dimensions")
    said = run("predict", f"{folder}/double.h5", "--config", CONFIG,
               f"{folder}/t10k-images-idx3-ubyte", expect=2)
    if "data.mean" not in said:
        sys.exit(said)


with tempfile.TemporaryDirectory() as scratch:
    make_data(scratch, 120, 37)
    twin = trained_by_torch(scratch)
    forms_are_read(scratch, twin.state_dict())
    images_are_classified(scratch, twin, f"{scratch}/double.h5")
    results_are_read(scratch)
    misfits_are_refused(scratch, twin.state_dict())
