"""What `normlab explain` says, beside NumPy in double precision, and PyTorch where one of its
modules computes the same.

    test_explain.py NORMLAB [SEED]

Every name that the program lists, with and without rms-, and general forms, on random shapes and
batches of 1 to 70 samples. Which elements share statistics is told here in another way than in the
program: as the same label of elements. Exit status 77: NumPy is missing.
"""
import os
import random
import re
import subprocess
import sys
import tempfile

try:
    import numpy
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)
try:
    import torch
except ImportError:
    torch = None

PROGRAM = sys.argv[1]
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else 1
EPSILON, MOMENTUM = 1e-5, 0.1
DIGITS, NEAR_0 = 5.01e-6, 1e-9  # printed with six digits

# Samples, channels, rows, columns: 1 a single one, "all", or a number (of samples, of channels); a
# number G of parts of the channels is "/G". And the axes that a scale is indexed by.
NAMES = {
    "batch": ("all", 1, "all", "all", "c"),
    "batch:N": ("N", 1, "all", "all", "c"),
    "layer": (1, "all", "all", "all", "c"),
    "layer:chw": (1, "all", "all", "all", "chw"),
    "layer:w": (1, 1, 1, "all", "w"),
    "position": (1, "all", 1, 1, "c"),
    "group:N": (1, "/N", "all", "all", "c"),
    "group:c/N": (1, "N", "all", "all", "c"),
    "instance": (1, 1, "all", "all", "c"),
    "batch-group:N": ("all", "/N", "all", "all", "c"),
}
GENERAL = [  # text, meaning, centred, shift
    ("over(n:3,c:2,h,w)", (3, 2, "all", "all", "c"), 1, 1),
    ("over(n,c,h,w) affine:none", ("all", "all", "all", "all", ""), 1, 0),
    ("over(c:2) affine:element", (1, 2, 1, 1, "chw"), 1, 1),
    ("over( w , c:C/2 ) affine:column no-shift", (1, "/2", 1, "all", "w"), 1, 0),
    ("over(n)", ("all", 1, 1, 1, "c"), 1, 1),
    ("over(n:7,c,w)", (7, "all", 1, "all", "c"), 1, 1),
    ("rms-over(c,w) shift", (1, "all", 1, "all", "c"), 0, 1),
    ("rms-over(n:5,c:C/3,h,w) affine:element", (5, "/3", "all", "all", "chw"), 0, 0),
    ("rms-over(c) affine:none", (1, "all", 1, 1, ""), 0, 0),
    ("rms-over(n:2,w) affine:column", (2, 1, 1, "all", "w"), 0, 0),
    ("layer affine:none", (1, "all", "all", "all", ""), 1, 0),
    ("instance affine:none", (1, 1, "all", "all", ""), 1, 0),
    ("group:3 affine:none", (1, "/3", "all", "all", ""), 1, 0),
    ("batch affine:none", ("all", 1, "all", "all", ""), 1, 0),
    ("layer:w affine:none", (1, 1, 1, "all", ""), 1, 0),
    ("rms-layer:chw", (1, "all", "all", "all", "chw"), 0, 0),
]
# What follows the statistics, its parameters of a channel and their first value. renorm begins as batch.
OWN = [
    ("frn", (1, 1, "all", "all", "c"), 0, 2, lambda y: numpy.maximum(y, 0), "tau = 0"),
    ("renorm", ("all", 1, "all", "all", "c"), 1, 1, None, "beta = 0"),
    ("renorm:3", (3, 1, "all", "all", "c"), 1, 1, None, "beta = 0"),
]

failures = []
n_checks = n_modules = n_refused = 0


def check(good, text):
    global n_checks
    n_checks += 1
    if not good:
        failures.append(text)
        print("FAILED", text)


def near(printed, value):
    """Also of arrays; not a number is near nothing."""
    return bool(numpy.all(numpy.abs(printed - value) <= DIGITS * numpy.abs(value) + NEAR_0))


def cuts(n, size, has_rest):
    """The part that each index of an axis belongs to."""
    if size == "all":
        return numpy.zeros(n, int)
    size = n // int(size[1:]) if isinstance(size, str) else size
    part = numpy.arange(n) // size
    return numpy.minimum(part, max(n // size - 1, 0)) if has_rest else part


def labels_of(meaning, shape):
    """The number of the group of each element, in the order of samples, channels, rows, columns."""
    parts = [cuts(n, size, axis == 0) for axis, (n, size) in enumerate(zip(shape, meaning))]
    label = numpy.zeros(shape, int)
    for axis, part in enumerate(parts):
        along = [1] * 4
        along[axis] = -1
        label = label * (part.max() + 1) + part.reshape(along)
    return label


def normalize(x, label, is_centred):
    """y and, for each group, its number of elements, mean and variance (mean square)."""
    y, groups = numpy.empty_like(x), []
    for k in range(label.max() + 1):
        values = x[label == k]
        mean = values.mean() if is_centred else 0.0
        variance = ((values - mean) ** 2).mean()
        y[label == k] = (values - mean) / numpy.sqrt(variance + EPSILON)
        groups.append((len(values), mean, variance))
    return y, groups


def explain(spec, x, file):
    with open(file, "w", encoding="utf-8") as out:
        out.write(" ".join(map(str, x.shape)) + "\n" + "\n".join(map(repr, x.flatten().tolist())))
    return subprocess.run([PROGRAM, "explain", "--norm", spec, "--values", file],
                          capture_output=True, text=True, timeout=120, check=False)


def tables(text):
    """Rows of each table: the first cell, and numbers."""
    found = []
    for part in re.split(r"(?m)^[- ]*---[- ]*\n", text)[1:]:
        rows = []
        for line in part.splitlines():
            match = re.match(r"(x\[[^]]*\]) +(.*)", line)
            if not match:
                break
            rows.append((match[1], [numpy.nan if cell == "-" else float(cell)
                                    for cell in match[2].split()]))
        found.append(rows)
    return found


def slices(text):
    """x[0, 2:4, :, :] as an index that keeps the axes."""
    words = text[2:-1].split(", ")
    return tuple(slice(*(int(n) if n else None for n in word.split(":"))) if ":" in word
                 else slice(int(word), int(word) + 1) for word in words)


def check_groups(what, rows, x, label, groups, is_centred):
    check(len(rows) == len(groups), f"{what}: {len(rows)} groups, not {len(groups)}")
    seen = numpy.zeros(x.shape, int)
    for place, numbers in rows:
        index = slices(place)
        seen[index] += 1
        inside = label[index]
        n, mean, variance = groups[inside.flat[0]]
        expected = [n] + ([mean] if is_centred else [])
        expected += [variance, variance ** 0.5, (variance + EPSILON) ** -0.5]
        check((inside == inside.flat[0]).all() and inside.size == n, f"{what}: {place} is no group")
        check(near(numpy.array(numbers), numpy.array(expected)),
              f"{what}: {place}: {numbers}, not {expected}")
    check((seen == 1).all(), f"{what}: groups do not cover each element once")


def check_running(what, rows, x, label, groups, is_centred):
    for place, numbers in rows:
        own = [groups[k] for k in numpy.unique(label[slices(place)])]
        mean = numpy.mean([m for _, m, _ in own])
        spread = numpy.mean([v * n / (n - 1) if is_centred else v for n, _, v in own])
        expected = [mean, spread] if is_centred else [spread]
        expected += [MOMENTUM * mean, 1 - MOMENTUM + MOMENTUM * spread]
        check(near(numpy.array(numbers), numpy.array(expected)),
              f"{what}: running statistics of {place}: {numbers}, not {expected}")
    seen = numpy.zeros(x.shape, int)
    for place, _ in rows:
        seen[slices(place)] += 1
    check((seen == 1).all(), f"{what}: running statistics do not cover each element once")


def check_parameters(what, text, axes, shape, n_shifts):
    n = numpy.prod([size for axis, size in zip("chw", shape[1:]) if axis in axes]) if axes else 0
    found = re.search(r"parameters +(?:.* = )?(\d+) \(", text)
    check(found and int(found[1]) == n * (1 + n_shifts), f"{what}: parameters: {found and found[0]}")


def check_module(what, text, x, y):
    global n_modules
    name = re.search(r"PyTorch: (.*)\)\n", text)[1]
    if name == "-" or not torch:
        return
    # Of those that this PyTorch has; an instance norm of one element it refuses.
    if not hasattr(torch.nn, name.split("(")[0]) or "bias=" in name:
        return
    module = eval(f"torch.nn.{name}").double()  # pylint: disable=eval-used
    error = (module(torch.tensor(x)).detach().numpy() - y)
    check(numpy.abs(error).max() <= 1e-9, f"{what}: {name} differs by {numpy.abs(error).max()}")
    n_modules += 1


def check_norm(spec, meaning, is_centred, n_shifts, shape, file, then=None, first=""):
    global n_refused
    x = numpy.random.default_rng(SEED).normal(0.7, 2.0, shape)
    label, what = labels_of(meaning, shape), f"{spec} on {'x'.join(map(str, shape))}"
    y, groups = normalize(x, label, is_centred)
    y = then(y) if then else y
    done = explain(spec, x, file)
    if min(n for n, _, _ in groups) == 1:
        check(done.returncode == 2 and "one element a group" in done.stderr, f"{what}: {done}")
        n_refused += 1
        return
    check(done.returncode == 0, f"{what}: {done.stderr}")
    if done.returncode != 0:
        return
    found = tables(done.stdout)
    crosses = meaning[0] != 1
    check(len(found) == 2 + crosses, f"{what}: {len(found)} tables")
    check_groups(what, found[0], x, label, groups, is_centred)
    rows = numpy.array([numbers for _, numbers in found[1]])
    width = shape[3]
    check(near(rows[:, :width].reshape(shape), x), f"{what}: x")
    check(near(rows[:, width:].reshape(shape), y), f"{what}: y")
    if crosses:
        check_running(what, found[2], x, label, groups, is_centred)
    check(f"{first}:\n" in done.stdout, f"{what}: not {first}")
    check_parameters(what, done.stdout, meaning[4], shape, n_shifts)
    check_module(what, done.stdout, x, y)


def check_tanh(shape, file):
    """dyt: nothing is averaged over."""
    x = numpy.random.default_rng(SEED).normal(0.7, 2.0, shape)
    done = explain("dyt", x, file)
    found = tables(done.stdout)
    check(len(found) == 1 and "alpha = 0.5:\n" in done.stdout, f"dyt: {done}")
    rows = numpy.array([numbers for _, numbers in found[0]])
    check(near(rows[:, shape[3]:].reshape(shape), numpy.tanh(0.5 * x)), "dyt: y")


def names():
    """The forms that the program lists, which all have a meaning here."""
    table = subprocess.run([PROGRAM, "explain", "--list"], stdout=subprocess.PIPE, text=True,
                           check=True).stdout
    forms = re.findall(r"(?m)^\| `([^`]+)` \| `over", table)
    check(len(forms) >= 8, table)
    return forms


def numbered(meaning, n):
    return tuple(n if size == "N" else f"/{n}" if size == "/N" else size for size in meaning)


def main():
    draw = random.Random(SEED)
    cases = list(GENERAL)
    for form in names():
        if form not in NAMES:
            check(form.replace("N", "3") in [own[0] for own in OWN], f"{form}: unknown here")
            continue
        n = draw.choice([2, 3])
        spec, meaning = form.replace("N", str(n)), numbered(NAMES[form], n)
        cases += [(spec, meaning, 1, 1), (f"rms-{spec}", meaning, 0, 0)]
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "values.txt")
        for case in cases + OWN:
            for n in (1, draw.randint(2, 6), draw.randint(7, 70)):
                shape = (n, draw.choice([6, 12]), draw.randint(1, 3), draw.randint(1, 4))
                check_norm(*case[:4], shape, file, *case[4:])
        check_tanh((3, 2, 4, 5), file)
    print(f"{n_checks} checks of {len(cases) + len(OWN) + 1} norms, {n_modules} beside PyTorch, {n_refused} refused, "
          f"{len(failures)} failed, seed {SEED}")
    check(n_checks > 500 and n_refused > 5 and (not torch or n_modules > 10), "too little was done")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
