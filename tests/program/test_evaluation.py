"""Evaluation by the three statistics of norms that cross samples: what a run stores and what
`normlab evaluate` and `predict` say, against a network in NumPy, in double precision, with the
stored weights. The same bits on all ranks and threads and after an interruption.

Exit status: 0 passed, 1 failed, 77 skipped.
"""

import json
import os
import re
import shutil
import sys

try:
    import h5py
    import numpy
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

from harness import Test, idx, read, table_rows, write

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden")
WAYS = ["running", "population", "batch"]
N_TRAIN, N_TEST = 190, 137
# Of a loss, of its size or of 1: floats in the program, and mean and variance rounded to floats.
NEAR = 1e-5


def convolve(x, weight, stride=1, padding=0):
    x = numpy.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    k = weight.shape[2]
    windows = numpy.lib.stride_tricks.sliding_window_view(x, (k, k), (2, 3))[:, :, ::stride, ::stride]
    return numpy.einsum("nchwkl,ockl->nohw", windows, weight, optimize=True)


def pool(x, size, reduce):
    n, c, h, w = x.shape
    x = x[:, :, :h // size * size, :w // size * size]
    return reduce(x.reshape(n, c, h // size, size, w // size, size), (3, 5))


class Network:
    """Blocks of convolution, norm and ReLU, pools, and a convolution at the end."""

    def __init__(self, layers, file, epsilon=1e-5):
        self.layers, self.epsilon = layers, epsilon
        self.value = {name: item[()].astype(float) for name, item in file["model"].items()
                      if isinstance(item, h5py.Dataset)}

    def forward(self, x, normalize):
        for i, layer in enumerate(self.layers):
            if layer["type"] == "max-pool":
                x = pool(x, layer["size"], numpy.max)
            elif layer["type"] == "avg-pool":
                x = pool(x, layer["size"], numpy.mean)
            elif layer["type"] == "conv":
                x = convolve(x, self.value[f"layers.{i}.conv.weight"])
            else:
                name = f"layers.{i}"
                x = convolve(x, self.value[f"{name}.conv.weight"], layer.get("stride", 1))
                mean, variance = normalize(f"{name}.norm", x)
                x = (x - mean) / numpy.sqrt(variance + self.epsilon)
                shape = (1, -1, 1, 1)
                x = x * self.value[f"{name}.norm.weight"].reshape(shape)
                x = numpy.maximum(x + self.value[f"{name}.norm.bias"].reshape(shape), 0)
        return x.reshape(len(x), -1)


def whole(x):
    return x.mean((0, 2, 3), keepdims=True), x.var((0, 2, 3), keepdims=True)


def grouped(x, size):
    """Groups of `size` samples, of which the last one takes up the rest."""
    n_groups = max(len(x) // size, 1)
    parts = [whole(x[g * size:(g + 1) * size if g < n_groups - 1 else None])
             for g in range(n_groups)]
    counts = [size] * (n_groups - 1) + [len(x) - size * (n_groups - 1)]
    return [numpy.repeat(numpy.concatenate(part), counts, 0) for part in zip(*parts)]


def logits(network, way, images, train, batch, group):
    """By one of the statistics; group: of the norm, 0 for the whole batch."""
    shape = (1, -1, 1, 1)
    if way == "running":
        return network.forward(images, lambda name, x: (
            network.value[f"{name}.running_mean"].reshape(shape),
            network.value[f"{name}.running_var"].reshape(shape)))
    if way == "population":
        found = {}

        def keep(name, x):
            found[name] = whole(x)
            return found[name]

        network.forward(train, keep)
        return network.forward(images, lambda name, x: found[name])
    if group == 0 or batch // group <= 1:
        group = batch
    result = []
    n_batches = max(len(images) // batch, 1)
    for i in range(n_batches):
        part = images[i * batch:(i + 1) * batch if i < n_batches - 1 else None]
        result.append(network.forward(part, lambda name, x: grouped(x, group)))
    return numpy.concatenate(result)


def losses(z, labels):
    z = z - z.max(1, keepdims=True)
    return numpy.log(numpy.exp(z).sum(1)) - z[numpy.arange(len(z)), labels]


def load(name):
    with open(f"digits/{name}-images-idx3-ubyte", "rb") as file:
        pixels = numpy.frombuffer(file.read()[16:], numpy.uint8).reshape(-1, 1, 28, 28)
    with open(f"digits/{name}-labels-idx1-ubyte", "rb") as file:
        labels = numpy.frombuffer(file.read()[8:], numpy.uint8).astype(int)
    return pixels, labels


def yaml(layers, batch, **sections):
    lines = ["network:", "  dropout: 0.1", "  layers:"]
    lines += ["    - {" + ", ".join(f"{k}: {v}" for k, v in layer.items()) + "}" for layer in layers]
    lines.append(f"training: {{epochs: 2, batch: {batch}, ema: {sections.get('ema', 0)}}}")
    return "\n".join(lines) + "\noptimizer: {lr: 0.05}\nconv: {backend: direct}\n"


def random_layers(random):
    kernel = random.choice([3, 5])
    layers = [{"type": "block", "channels": random.randint(2, 5), "kernel": kernel,
               "stride": random.choice([1, 2])}]
    side = (28 - kernel) // layers[0]["stride"] + 1
    if side > 14:
        layers.append({"type": "max-pool", "size": 2})
        side //= 2
    for _ in range(random.randint(1, 2)):
        layers.append({"type": "block", "channels": random.randint(2, 7), "kernel": 3})
        side -= 2
    return layers + [{"type": "avg-pool", "size": side}, {"type": "conv", "channels": 10, "kernel": 1}]


def agree(name, layers, batch, group, held_out):
    """What a run has stored is what NumPy computes."""
    pixels, labels = load("train")
    tested = load("t10k")
    if held_out:
        tested = pixels[-held_out:], labels[-held_out:]
        pixels = pixels[:-held_out]
    with h5py.File(name) as file:
        mean, deviation = file["data/mean"][0], file["data/deviation"][0]
        train, images = [(x / 255 - mean) / deviation for x in (pixels, tested[0])]
        network = Network(layers, file)
        used = file["evaluation"].attrs["used"].decode()
        names = [text.decode() for text in file["evaluation/statistics"][()]]
        test.check(names == WAYS and used == "running", f"{name}: {names}, {used}")
        for i, way in enumerate(WAYS):
            expected = losses(logits(network, way, images, train, min(batch, len(train)), group),
                              tested[1])
            found = file["evaluation/loss"][i]
            error = (abs(found - expected) / numpy.maximum(expected, 1)).max()
            test.check(error <= NEAR, f"{name}, {way}, batch {batch}: losses differ by {error}")
            share = file["evaluation/probability"][i][numpy.arange(len(found)), tested[1]]
            error = abs(share - numpy.exp(-expected)).max()
            test.check(error <= NEAR, f"{name}, {way}: probabilities differ by {error}")
            loss = file[f"metrics/epoch/test_loss_{way}"][-1]
            test.check(abs(loss - expected.mean()) <= NEAR, f"{name}, {way}: loss {loss}")
            right = (file["evaluation/prediction"][i] == tested[1]).mean()
            accuracy = file[f"metrics/epoch/test_accuracy_{way}"][-1]
            test.check(abs(accuracy - right) < 1e-12, f"{name}, {way}: accuracy {accuracy}, {right}")
            test.check(numpy.isnan(file[f"metrics/epoch/test_loss_{way}"][0]) == (way != "running"),
                       f"{name}, {way}: of the first epoch there is "
                       f"{file[f'metrics/epoch/test_loss_{way}'][0]}")
        test.check((file["evaluation/prediction"][0] == file["predictions/prediction"][:]).all()
                   and (file["evaluation/loss"][0] == file["predictions/loss"][:]).all()
                   and file["metrics/epoch/test_loss_running"][-1]
                   == file["metrics/epoch/test_loss"][-1], f"{name}: running is another one")


def stored_is_numpy():
    random = test.random
    cases = [("batch", 0, 64), ("batch:2", 2, 16), ("batch:3", 3, 70), ("batch:7", 7, 10)]
    for k in range(12 if test.long else 3):
        group = random.choice([0, 1, 2, 3, 5, 8])
        cases.append((f"batch:{group}" if group else "batch", group, random.randint(1, 70)))
    for k, (norm, group, batch) in enumerate(cases):
        layers, held_out = random_layers(random), random.choice([0, 0, 41])
        write("net.yaml", yaml(layers, batch, ema=random.choice([0, 0.9])).encode())
        outcome = test.run_well("train", "net.yaml", "--data", "digits", "--norm", norm, "--out",
                                f"run{k}.h5", "--set", f"data.validation={held_out}",
                                threads=random.randint(1, 3))
        test.check(re.search(r"running [\d.]+ %, population [\d.]+ %, batch [\d.]+ %; used: running",
                             outcome.out), f"{norm}: {outcome.out[-400:]}")
        agree(f"run{k}.h5", layers, batch, group, held_out)


def evaluated(file, *options, **more):
    outcome = test.run_well("evaluate", file, "--json", *options, **more)
    return {e["statistics"]: (e["accuracy"], e["loss"])
            for e in json.loads(outcome.out)["evaluations"]} if outcome.out else {}


def last(file):
    with h5py.File(file) as f:
        return {way: (f[f"metrics/epoch/test_accuracy_{way}"][-1],
                      f[f"metrics/epoch/test_loss_{way}"][-1]) for way in WAYS}


def anew_is_the_same():
    """`normlab evaluate` gives what the run has stored, and leaves the file as it is; without what is
    stored it takes the same statistics of the population."""
    tiny = f"{GOLDEN}/tiny.yaml"
    test.run_well("train", tiny, "--data", "digits", "--norm", "batch:3", "--set",
                  "training.ema=0.9", "--set", "data.validation=30", "--out", "anew.h5")
    before, expected = read("anew.h5"), last("anew.h5")
    for layout in ({}, {"threads": 3}, {"ranks": 2}, {"ranks": 3, "threads": 2}):
        found = evaluated("anew.h5", "--data", "digits", **layout)
        test.check(found == expected, f"{layout}: {found}, not {expected}")
    for way in WAYS:
        found = evaluated("anew.h5", "--statistics", way, NORMLAB_DATA="digits")
        test.check(found == {way: expected[way]}, f"{way}: {found}")
    test.check(read("anew.h5") == before, "evaluate has changed the file")
    stripped = "stripped.h5"
    shutil.copy("anew.h5", stripped)
    with h5py.File(stripped, "r+") as file:
        del file["evaluation/population"]
    test.run_well("note", stripped, "why=a test", "--reseal")
    found = evaluated(stripped, "--data", "digits", ranks=2)
    test.check(found == expected, f"taken anew: {found}, not {expected}")
    outcome = test.run("predict", stripped, "--statistics", "population",
                       "digits/t10k-images-idx3-ubyte:0-9")
    test.check(outcome.status == 4 and "holds no statistics of all training images" in outcome.err,
               f"predict: {outcome}")


def altered_is_found_out():
    """What somebody has changed in a file, with its checksum repaired, is not repeated: all is computed
    anew, and where the file contradicts that, the exit status says so."""
    expected = last("anew.h5")

    def change(path, factor):
        def of(file):
            file[path][...] = file[path][()] * factor
        return of

    cases = [("population", change("evaluation/population/layers.0.norm.running_var", 4), WAYS, None)]
    for i, way in enumerate(WAYS):
        cases += [(f"accuracy-{way}", change(f"metrics/epoch/test_accuracy_{way}", 0.5), WAYS, way),
                  (f"loss-{way}", change(f"metrics/epoch/test_loss_{way}", 1.01), WAYS, way)]
    cases.append(("weights", change("model/layers.0.conv.weight", -2), [], "running"))
    for name, alter, same, named in cases:
        out = f"altered-{name}.h5"
        shutil.copy("anew.h5", out)
        with h5py.File(out, "r+") as file:
            alter(file)
        outcome = test.run("evaluate", out, "--data", "digits", "--json")
        test.check(outcome.status == 4 and not outcome.out, f"{name}, checksum of before: {outcome}")
        test.run_well("note", out, "why=a test", "--reseal")
        outcome = test.run("evaluate", out, "--data", "digits", "--json")
        found = {e["statistics"]: (e["accuracy"], e["loss"])
                 for e in json.loads(outcome.out)["evaluations"]}
        test.check(all(found[way] == expected[way] for way in same) and list(found) == WAYS,
                   f"{name}: {found}, not {expected}")
        test.check(outcome.status == (4 if named else 0) and
                   (not named or f"% ({named}), but its weights give" in outcome.err),
                   f"{name}: {outcome}")
        outcome = test.run("evaluate", out, "--data", "digits", "--json", ranks=2)
        test.check(outcome.status == (4 if named else 0), f"{name}, 2 ranks: {outcome}")
    # Of a run that has not ended its weights are not those that were evaluated last.
    outcome = test.run("train", f"{GOLDEN}/tiny.yaml", "--data", "digits", "--norm", "batch:3", "--out",
                       "early.h5", "--epochs", 3, "--time-limit", "0.0001s", "--resume")
    for _ in range(5):
        test.run("train", f"{GOLDEN}/tiny.yaml", "--data", "digits", "--norm", "batch:3", "--out",
                 "early.h5", "--epochs", 3, "--time-limit", "0.0001s", "--resume")
    test.run_well("evaluate", "early.h5", "--data", "digits")


def stored_population_is_checked():
    """Statistics of the population that no network can have are not taken, by no command, and cannot be
    sealed; nor does a network whose numbers leave their range predict."""
    variance = "evaluation/population/layers.0.norm.running_var"

    def put(value):
        def of(file):
            file[variance][0] = value
        return of

    def shorten(file):
        values = file[variance][()]
        del file[variance]
        file[variance] = values[:-1]

    def drop(file):
        del file[variance]

    def enlarge(file):
        for name in ("conv", "norm"):
            weight = file[f"model/layers.0.{name}.weight"]
            weight[...] = weight[()] * 1e36

    for name, alter, says in (("negative", put(-1), "a variance below 0: [0] is -1"),
                              ("nan", put(numpy.nan), "not finite as a float: [0] is nan"),
                              ("short", shorten, variance), ("dropped", drop, variance)):
        shutil.copy("anew.h5", f"{name}.h5")
        with h5py.File(f"{name}.h5", "r+") as file:
            alter(file)
        outcome = test.run("note", f"{name}.h5", "why=a test", "--reseal")
        test.check(outcome.status == 4 and says in outcome.err, f"{name}: {outcome}")
        for command in (["predict", "--statistics", "population"], ["evaluate", "--data", "digits"]):
            outcome = test.run(command[0], f"{name}.h5", *command[1:],
                               *(["digits/t10k-images-idx3-ubyte:0-9"] if command[0] == "predict" else []))
            test.check(outcome.status == 4 and not outcome.out, f"{name}: {outcome}")
    shutil.copy("anew.h5", "large.h5")
    with h5py.File("large.h5", "r+") as file:
        enlarge(file)
    test.run_well("note", "large.h5", "why=a test", "--reseal")
    outcome = test.run("predict", "large.h5", "digits/t10k-images-idx3-ubyte:0-9")
    test.check(outcome.status == 5 and not outcome.out and "large.h5: " in outcome.err
               and "digits/t10k-images-idx3-ubyte:0" in outcome.err, f"large weights: {outcome}")


def other_images():
    test.run_well("data", "synthesize", "other", "--train", 64, "--test", 50, "--seed", 77)
    old = f"{GOLDEN}/format-1/batch7.h5"
    for name in ("format-1", "format-2", "format-3"):
        outcome = test.run("evaluate", f"{GOLDEN}/{name}/batch7.h5", "--data", "other",
                           "--statistics", "population")
        test.check(outcome.status == 2 and "--train DIR" in outcome.err, f"{name}: {outcome}")
        found = evaluated(f"{GOLDEN}/{name}/batch7.h5", "--data", "other", "--train", "gold")
        test.check(list(found) == WAYS, f"{name}: {found}")
    outcome = test.run("evaluate", old, "--data", "other", "--train", "digits", "--statistics",
                       "population")
    test.check(outcome.status == 4 and "other images than it was trained on" in outcome.err,
               f"other train set: {outcome}")
    outcome = test.run("evaluate", old, "--data", "other", "--train", "digits")
    test.check(outcome.status == 0 and "running" in outcome.out and "population" not in outcome.out
               and "other images than it was trained on" in outcome.err, f"all but one: {outcome}")
    outcome = test.run("evaluate", old, NORMLAB_DATA="other")
    test.check(outcome.status == 2 and "--data DIR" in outcome.err, f"no --data: {outcome}")
    whole = evaluated(old, "--data", "other", "--adapt")
    test.check(list(whole) == ["running", "adapted", "batch"], f"--adapt: {whole}")
    outcome = test.run("evaluate", old, "--adapt", "--statistics", "batch", "--data", "other")
    test.check(outcome.status == 2 and "--adapt" in outcome.err, f"--adapt of batch: {outcome}")
    outcome = test.run("evaluate", old, "--statistics", "other")
    test.check(outcome.status == 2 and "running, population or batch" in outcome.err, f"{outcome}")


def folder(name, side, n_classes, n=20):
    """A data set of random images."""
    os.mkdir(name)
    for part in ("train", "t10k"):
        write(f"{name}/{part}-images-idx3-ubyte",
              idx(test.random.randbytes(n * side * side), n, side, side))
        write(f"{name}/{part}-labels-idx1-ubyte", idx(bytes(i % n_classes for i in range(n)), n))


def sizes_must_fit():
    old = f"{GOLDEN}/format-3/batch7.h5"
    folder("small", 20, 10)
    folder("classes", 28, 12)
    folder("random", 28, 10)
    for name, text in (("small", "images of 1 x 20 x 20; the network of"),
                       ("classes", "12 classes; the network of")):
        outcome = test.run("evaluate", old, "--data", name, "--adapt", ranks=2)
        test.check(outcome.status == 4 and text in outcome.err, f"{name}: {outcome}")
    found = evaluated(old, "--data", "random", "--adapt")
    test.check(list(found) == ["running", "adapted", "batch"], f"random images: {found}")
    outcome = test.run("evaluate", "missing.h5", "--data", "random", ranks=2)
    test.check(outcome.status == 3 and "missing.h5" in outcome.err, f"no file: {outcome}")


def only_one_knows():
    """Ranks to which no variable says where images are are named, and none waits for ever."""
    write("others.sh", b'#!/bin/sh\n[ "$OMPI_COMM_WORLD_RANK" = 0 ] || unset NORMLAB_DATA\n'
                       b'exec "$PROGRAM" "$@"\n')
    os.chmod("others.sh", 0o755)
    old = f"{GOLDEN}/format-2/batch7.h5"
    if not os.path.isdir("other"):
        test.run_well("data", "synthesize", "other", "--train", 64, "--test", 50, "--seed", 77)
    for options in ([], ["--data", "other", "--statistics", "population"]):
        for program, status in ((test.program, 0), (os.path.abspath("others.sh"), 2)):
            outcome = test.run("evaluate", old, *options, ranks=2, seconds=60, program=program,
                               PROGRAM=test.program, NORMLAB_DATA="gold")
            test.check(outcome.status == status, f"{options} {program}: {outcome}")
            test.check(("rank 1 on" in outcome.err and "the data set is none" in outcome.err)
                       == (status == 2), f"{options} {program}: {outcome.err}")


def adapted_is_numpy():
    """Statistics of the evaluated images, all together: the whole test set as one group."""
    layers = [{"type": "block", "channels": 3, "kernel": 5, "stride": 2},
              {"type": "avg-pool", "size": 12}, {"type": "conv", "channels": 10, "kernel": 1}]
    write("net.yaml", yaml(layers, 20).encode())
    test.run_well("train", "net.yaml", "--data", "digits", "--norm", "batch:2", "--out", "adapt.h5")
    found = evaluated("adapt.h5", "--data", "digits", "--adapt")
    images, labels = load("t10k")
    with h5py.File("adapt.h5") as file:
        x = (images / 255 - file["data/mean"][0]) / file["data/deviation"][0]
        z = Network(layers, file).forward(x, lambda name, y: whole(y))
    error = abs(losses(z, labels).mean() - found["adapted"][1])
    test.check(error <= NEAR, f"--adapt: the loss differs by {error}")


def same_bits():
    """Any layout, and any interruption: a run that stops before its end is not evaluated three
    ways, and ends with the same digest."""
    tiny = f"{GOLDEN}/tiny.yaml"
    for way, each in (("running", "false"), ("population", "true"), ("batch", "false")):
        options = ["--data", "digits", "--norm", "batch:2", "--epochs", 2, "--set",
                   f"evaluate.statistics={way}", "--set", f"evaluate.each_epoch={each}"]
        digests = set()
        for k, layout in enumerate([{}, {"threads": 3}, {"ranks": 2}, {"ranks": 4, "threads": 2}]):
            test.run_well("train", tiny, *options, "--out", f"{way}{k}.h5", **layout)
            digests.add(test.digest(f"{way}{k}.h5"))
        status, n = 75, 0
        while status == 75 and n < 40:
            status = test.run("train", tiny, *options, "--out", f"{way}.h5", "--resume",
                              "--time-limit", "0.0001s", ranks=n % 3).status
            n += 1
            if status == 75:
                with h5py.File(f"{way}.h5") as file:
                    early = "prediction" in file["evaluation"]
                    done = len(file["metrics/epoch/epoch"])
                    is_inside = file["optimizer/step"][()] > 0
                    test.check(not (is_inside and "population" in file["evaluation"]),
                               f"{way}: statistics of other weights, in epoch {done + 1}")
                    test.check(early == (each == "true" and done > 0), f"{way}: {done} epochs, {early}")
        test.check(status == 0 and n > 5, f"{way}: {n} starts, status {status}")
        digests.add(test.digest(f"{way}.h5"))
        test.check(len(digests) == 1, f"{way}: digests {digests}")
        expected = last(f"{way}0.h5")
        with h5py.File(f"{way}0.h5") as file:
            used = file["evaluation"].attrs["used"].decode()
            loss = file["metrics/epoch/test_loss"][-1]
            known = ~numpy.isnan(file["metrics/epoch/test_loss_batch"][:])
        test.check(used == way and loss == expected[way][1], f"{way}: {used}, {loss}")
        test.check(list(known) == [each == "true" or way == "batch", True], f"{way}: {known}")
        outcome = test.run_well("train", tiny, *options, "--out", f"{way}0.h5", "--resume")
        test.check(last(f"{way}0.h5") == expected and test.digest(f"{way}0.h5") in digests,
                   f"{way}: resumed when finished: {outcome.out}")


def predicted():
    """By the statistics of the run, or those that are asked for; batch: of the whole test set."""
    test.run_well("train", f"{GOLDEN}/tiny.yaml", "--data", "digits", "--norm", "batch:5", "--set",
                  "evaluate.statistics=population", "--out", "predict.h5")
    with h5py.File("predict.h5") as file:
        stored = file["evaluation/prediction"][:]
    for options, row in (([], 1), (["--statistics", "running"], 0), (["--statistics", "batch"], 2)):
        outcome = test.run_well("predict", "predict.h5", *options, "digits/t10k-images-idx3-ubyte")
        found = [int(k) for k in re.findall(r":  (\d+)  \d\.\d+", outcome.out)]
        test.check(found == list(stored[row]), f"predict {options}: {found}")
    outcome = test.run_well("predict", "predict.h5", "--statistics", "batch",
                            "digits/t10k-images-idx3-ubyte:0-4")
    test.check("5 images are a batch of their own" in outcome.err, f"predict: {outcome.err}")


def compared():
    """By any of the stored evaluations; a mixture is named; an old file has one alone."""
    tiny = f"{GOLDEN}/tiny.yaml"
    os.mkdir("runs")
    for seed, way in ((1, "running"), (2, "batch")):
        test.run_well("train", tiny, "--data", "digits", "--norm", "batch:4", "--seed", seed, "--set",
                      f"evaluate.statistics={way}", "--out", f"runs/batch-s{seed}.h5")
    test.run_well("train", tiny, "--data", "digits", "--norm", "group:2", "--out", "runs/group.h5")
    for way in WAYS:
        outcome = test.run_well("compare", "runs", "--statistics", way, "--csv-runs")
        rows = {os.path.basename(row["file"]): row for row in table_rows(outcome.out)}
        for seed in (1, 2):
            row, expected = rows[f"batch-s{seed}.h5"], last(f"runs/batch-s{seed}.h5")[way]
            found = float(row["test_accuracy"]), float(row["test_loss"])
            test.check(found == expected and row["statistics"] == way,
                       f"compare --statistics {way}: {row}, not {expected}")
        test.check(rows["group.h5"]["statistics"] == "none" and "different ways" not in outcome.err,
                   f"compare --statistics {way}: {outcome}")
        found = json.loads(test.run_well("compare", "runs", "--statistics", way, "--json").out)
        variants = {v["name"]: (v["n_seeds"], v["statistics"]) for v in found["variants"]}
        test.check(variants == {"batch:4": (2, way), "group:2": (1, "none")}, f"{way}: {variants}")
        test.check(f"({way})." in found["data"], f"{way}: {found['data']}")
        test.check(not any("its last accuracy" in note for note in found["notes"]), f"{found}")
    outcome = test.run_well("compare", "runs")
    test.check("(running) in some runs, in others with" in " ".join(outcome.out.split())
               and "evaluated in different ways" in " ".join(outcome.out.split()),
               f"a mixture: {outcome.out}")
    shutil.copy(f"{GOLDEN}/format-3/batch-s1.h5", "runs/old.h5")
    outcome = test.run("compare", "runs", "--statistics", "population")
    test.check(outcome.status == 4 and "no evaluation by population" in outcome.err, f"{outcome}")
    test.run_well("compare", "runs", "--statistics", "running")


def without_such_norms():
    """They are one network by all statistics, and say so."""
    for norm in ("none", "group:2", "instance"):
        out = f"{norm.replace(':', '')}.h5"
        outcome = test.run_well("train", f"{GOLDEN}/tiny.yaml", "--data", "digits", "--norm", norm,
                                "--set", "evaluate.each_epoch=true", "--out", out)
        test.check("by the statistics" not in outcome.out, f"{norm}: {outcome.out}")
        with h5py.File(out) as file:
            test.check(file["evaluation"].attrs["used"] == b"none" and not list(file["evaluation"])
                       and "test_loss_batch" not in file["metrics/epoch"], f"{norm}: stored more")
        text = test.run_well("evaluate", out, "--data", "digits", "--statistics", "batch").out
        test.check("the same by all statistics" in text, f"{norm}: {text}")


def too_few_images():
    """One element a group: refused where it is asked for."""
    write("one.yaml", b"network: {layers: [{type: conv, channels: 4, kernel: 28}, {type: norm}, "
                      b"{type: conv, channels: 10, kernel: 1}]}\n"
                      b"training: {epochs: 1, batch: 4}\ndata: {validation: 1}\n")
    outcome = test.run("train", "one.yaml", "--data", "gold", "--set", "evaluate.statistics=batch",
                       "--out", "one.h5", "--set", "training.batch=9")
    test.check(outcome.status == 2 and "one element" in outcome.err, f"one image: {outcome}")


test = Test(__doc__)
test.run_well("data", "synthesize", "digits", "--train", N_TRAIN, "--test", N_TEST, "--seed", 3)
test.run_well("data", "synthesize", "gold", "--train", 64, "--test", 20, "--seed", 5)
for case in test.chosen([stored_is_numpy, anew_is_the_same, altered_is_found_out,
                         stored_population_is_checked, other_images, sizes_must_fit, only_one_knows,
                         adapted_is_numpy, same_bits, predicted, compared, without_such_norms, too_few_images]):
    case()
test.finish()
