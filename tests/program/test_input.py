"""Damaged and wrong input: exit status, one message that names the culprit, nothing changed."""

import gzip
import os
import shutil
import struct

from harness import IDX_FILES, S6, Test, errors, idx, png, read, read_idx, write
from wrong_input import CONFIGS, NET, OPTIONS, SHAPES

USAGE, FILE, DATA = 2, 3, 4
RUN = ["train", "s6.yaml", "--epochs", "1", "--out", "new/out.h5", "--data"]


def snapshot():
    """Every file below, with what would change if it were written."""
    found = {}
    for folder, _, names in os.walk("."):
        found[folder] = None
        for name in names:
            path = os.path.join(folder, name)
            info = os.lstat(path)
            found[path] = (info.st_size, info.st_mtime_ns, info.st_ino)
    return found


def refused(test, status, texts, arguments, ranks=0, n_errors=1, **environment):
    """The command fails so, with that in its message, and leaves all files as they were."""
    before = snapshot()
    outcome = test.run(*arguments, ranks=ranks, **environment)
    after = snapshot()
    lines = errors(outcome.err)
    what = f"{' '.join(str(a)[:60] for a in arguments)} [{ranks} ranks]"
    test.check(outcome.status == status and len(lines) == n_errors,
               f"{what}: status {outcome.status} and {len(lines)} errors, not {status} and "
               f"{n_errors}\n{outcome.err[-1500:]}")
    for text in [texts] if isinstance(texts, str) else texts:
        test.check(any(text in line for line in lines), f"{what}: {text!r} is not in {lines}")
    changed = [p for p in {**before, **after} if before.get(p, 0) != after.get(p, 0)]
    test.check(not changed, f"{what}: changed {changed}")


def sometimes(test, rows, refuse):
    """All rows in one process; a few of them under two ranks."""
    chosen = set(range(len(rows))) if test.long else set(
        test.random.sample(range(len(rows)), min(2, len(rows))))
    for i, row in enumerate(rows):
        refuse(*row)
        if i in chosen:
            refuse(*row, ranks=2)


def configurations(test):
    rows = []
    for i, (text, name) in enumerate(CONFIGS):
        path = write(f"config-{i}.yaml", text.encode("latin-1"))
        both = [["train", path, "--data", "good"], ["summary", path]]
        rows += [(test, USAGE, [path, name], command)
                 for command in (both if test.long else [both[i % 2]])]
    for i, (layers, name) in enumerate(SHAPES):
        path = write(f"shape-{i}.yaml", f"network:\n  layers: [{layers}]\n")
        rows.append((test, USAGE, [path, name], ["train", path, "--data", "good"]))
    rows.append((test, FILE, "none.yaml", ["train", "none.yaml", "--data", "good"]))
    rows.append((test, FILE, "good: ", ["train", "good", "--data", "good"]))
    rows.append((test, FILE, "none.yaml", ["summary", "none.yaml"]))
    write("huge.yaml", NET + "#" * (2 << 20))
    rows.append((test, USAGE, "huge.yaml", ["train", "huge.yaml", "--data", "good"]))
    write("nested.yaml", "a: " + "[" * 100000)
    rows.append((test, USAGE, "nested.yaml", ["train", "nested.yaml", "--data", "good"]))
    sometimes(test, rows, refused)


def options(test):
    rows = []
    for arguments, name in OPTIONS:
        data = ["--data", "good"]
        has_data = arguments[:1] != ["train"] or arguments[-1] in ("--norm", "--threads", "--out")
        has_data = has_data or "--data" in arguments
        rows.append((test, USAGE, name, arguments + ([] if has_data else data)))
    sometimes(test, rows, refused)
    for name in ("sse", "AVX512", "9"):
        refused(test, USAGE, "NORMLAB_ISA", RUN + ["good"], NORMLAB_ISA=name)
        refused(test, USAGE, "NORMLAB_ISA", ["--version"], NORMLAB_ISA=name)


def damaged_folder(name, file, content, suffix=""):
    """A good data folder with one file replaced."""
    shutil.copytree("good", name)
    os.unlink(os.path.join(name, file))
    if content is not None:
        write(os.path.join(name, file + suffix), content)
    return name


def flip(content, bit):
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def data_damages(test):
    """(file, content, suffix) for damages that a reader must notice."""
    choice = test.random
    n_random = 20 if test.long else 1
    for file in IDX_FILES:
        whole = read(os.path.join("good", file))
        header = 16 if "images" in file else 8
        packed = gzip.compress(whole, mtime=0)
        sizes = [0, 1, 3, 4, header - 1, header, len(whole) - 1]
        for size in sizes if test.long else choice.sample(sizes, 3):
            yield file, whole[:size], ""
        yield file, whole + b"\0", ""
        for bit in choice.sample(range(8 * header), n_random):
            yield file, flip(whole, bit), ""
        sizes = [1, 2, 10, len(packed) - 1, len(packed) - 8] if test.long else [len(packed) - 8]
        for size in sizes + choice.sample(range(11, len(packed) - 8), n_random):
            yield file, packed[:size], ".gz"
        for bit in choice.sample(range(8 * 18, 8 * len(packed)), n_random):
            yield file, flip(packed, bit), ".gz"
        yield file, packed + b"more", ".gz"
        yield file, gzip.compress(whole + b"\0"), ".gz"
        yield file, gzip.compress(whole[:-1]), ".gz"
        items, sizes = read_idx(os.path.join("good", file))
        one = len(items) // sizes[0]
        yield file, idx(items[one:], sizes[0] - 1, *sizes[1:]), ""
        yield file, idx(items, *(2 ** 31 - 1 for _ in sizes)), ""
        yield file, idx(b"", 0, *sizes[1:]), ""
    labels = read(os.path.join("good", IDX_FILES[3]))
    yield IDX_FILES[3], labels[:-1] + b"\x0a", ""
    images, sizes = read_idx(os.path.join("good", IDX_FILES[2]))
    yield IDX_FILES[2], idx(images, sizes[0], 14, 56), ""
    images, sizes = read_idx(os.path.join("good", IDX_FILES[0]))
    yield IDX_FILES[0], idx(bytes(len(images)), *sizes), ""


def data_files(test):
    for i, (file, content, suffix) in enumerate(data_damages(test)):
        name = f"data-{i}"
        damaged_folder(name, file, content, suffix)
        stem = "ubyte"  # a count that does not fit may be blamed on either file of the pair
        refused(test, DATA, [name, stem], RUN + [name], ranks=2 if i % 40 == 7 else 0)
        if i % 5 == 0:
            outcome = test.run("data", "check", name)
            test.check(outcome.status == DATA and errors(outcome.err), f"check {name}: {outcome}")
        shutil.rmtree(name)
    labels = read(os.path.join("good", IDX_FILES[1]))
    damaged_folder("label", IDX_FILES[1], labels[:-1] + b"\x0a")
    refused(test, USAGE, ["s6.yaml", "network.layers", "11 classes"], RUN + ["label"])
    refused(test, USAGE, ["s6.yaml", "network.layers", "11 classes"], RUN + ["label"], ranks=2)
    for file in IDX_FILES:
        damaged_folder("missing", file, None)
        refused(test, FILE, ["missing", file], RUN + ["missing"])
        os.mkdir(os.path.join("missing", file))
        refused(test, FILE, ["missing", file], RUN + ["missing"])
        shutil.rmtree("missing")
    os.mkdir("empty")
    rows = [(test, FILE, "empty", RUN + ["empty"]), (test, FILE, "none", RUN + ["none"]),
            (test, FILE, "s6.yaml", RUN + ["s6.yaml"]),
            (test, FILE, "none", ["data", "check", "none"])]
    sometimes(test, rows, refused)
    refused(test, FILE, "none", RUN[:-1], NORMLAB_DATA="none")
    for folder in ("label", "empty"):
        shutil.rmtree(folder)


def result_damages(test, whole):
    choice = test.random
    n_random = 30 if test.long else 1
    sizes = [0, 1, 100, 511, 512, 520] if test.long else [0, choice.randrange(1, 513)]
    for size in sizes + [len(whole) - 1] + choice.sample(range(513, len(whole)), n_random):
        yield whole[:size]
    for bit in choice.sample(range(8 * 100), n_random) + choice.sample(
            range(8 * 512, 8 * len(whole)), n_random):
        yield flip(whole, bit)
    yield whole + b"\0"
    if test.long:
        yield whole[512:]
        yield struct.pack("<Q", 0) * 1000
    yield b"not a result file\n" * 100


RESUME = ["train", "s6.yaml", "--epochs", "1", "--data", "good", "--resume", "--out"]


def result_files(test):
    """Each damage: digest, predict, compare and train --resume refuse it, or take FILE.prev."""
    whole, digest = read("run.h5"), test.digest("run.h5")
    image = "good/t10k-images-idx3-ubyte:0"
    for i, content in enumerate(result_damages(test, whole)):
        ranks = 2 if i == 2 or (test.long and i % 6 == 0) else 0
        write("bad.h5", content)
        refused(test, DATA, "bad.h5", ["digest", "bad.h5"], ranks=ranks)
        refused(test, DATA, "bad.h5", ["predict", "bad.h5", image], ranks=ranks)
        refused(test, DATA, "bad.h5", ["compare", "bad.h5", "run.h5"], ranks=ranks)
        refused(test, DATA, "bad.h5", RESUME + ["bad.h5"], ranks=ranks)
        write("bad.h5.prev", content[:-7])
        refused(test, DATA, ["bad.h5", "bad.h5.prev"], RESUME + ["bad.h5"], ranks=ranks)
        write("bad.h5.prev", whole)
        outcome = test.run_well(*RESUME, "bad.h5", ranks=ranks)
        test.check(outcome.err.count("bad.h5.prev") == 1 and not errors(outcome.err),
                   f"does not say once that it reads bad.h5.prev: {outcome.err}")
        test.check(test.digest("bad.h5") == digest, "from bad.h5.prev: another digest")
        write("bad.h5", content)
        write("bad.h5.prev", whole)
        outcome = test.run_well("predict", "bad.h5", image)
        test.check("bad.h5.prev" in outcome.err, "predict does not say that it reads bad.h5.prev")
        os.unlink("bad.h5.prev")
        os.unlink("bad.h5")
    for command in (["digest"], ["compare"], ["predict"]):
        more = [image] if command == ["predict"] else []
        refused(test, FILE, "none.h5", command + ["none.h5"] + more)
        refused(test, FILE, "good", command + ["good"] + more)


def output_files(test):
    train = ["train", "s6.yaml", "--epochs", "1", "--data", "good"]
    rows = [
        (test, FILE, "s6.yaml", train + ["--out", "s6.yaml/a.h5"]),
        (test, FILE, "s6.yaml", train + ["--out", "s6.yaml/sub/a.h5"]),
        (test, FILE, "good", train + ["--out", "good"]),
        (test, FILE, "good", train + ["--out", "good", "--overwrite"]),
        (test, FILE, "good", train + ["--out", "good", "--resume"]),
        (test, FILE, ["run.h5", "--overwrite"], train + ["--out", "run.h5"]),
        (test, FILE, "x" * 50, train + ["--out", "x" * 300 + ".h5"]),
        (test, DATA, "s6.yaml", train + ["--out", "s6.yaml", "--resume"]),
        (test, USAGE, ["run.h5", "optimizer.lr"],
         train + ["--out", "run.h5", "--resume", "--set", "optimizer.lr=0.2"]),
        (test, USAGE, ["run.h5", "network.norm"],
         train + ["--out", "run.h5", "--resume", "--norm", "layer"]),
        (test, USAGE, ["run.h5", "seed"], train + ["--out", "run.h5", "--resume", "--seed", "2"]),
        (test, USAGE, ["run.h5", "training.epochs"],
         train + ["--out", "run.h5", "--resume", "--epochs", "2"]),
        (test, USAGE, ["run.h5", "other"],
         ["train", "s6.yaml", "--epochs", "1", "--data", "other", "--out", "run.h5", "--resume"]),
    ]
    sometimes(test, rows, refused)
    if os.geteuid() != 0:
        os.mkdir("closed", 0o555)
        refused(test, FILE, "closed", train + ["--out", "closed/a.h5"])


def images(test):
    items, _ = read_idx("good/t10k-images-idx3-ubyte")
    whole = png(items[:784], 28, 28)
    rows = [(FILE, "none.png", None), (DATA, "empty.png", b""), (DATA, "text.png", b"hello"),
            (DATA, "short.png", whole[:-20]), (DATA, "header.png", whole[:20]),
            (DATA, "flip.png", flip(whole, 8 * 60)), (DATA, "zero.png", png(b"", 0, 0)),
            (DATA, "text", b"hello"), (DATA, "labels", read("good/t10k-labels-idx1-ubyte")),
            (DATA, "small", idx(bytes(100), 1, 10, 10)), (FILE, "good", None)]
    for status, path, content in rows:
        if content is not None:
            write(path, content)
        refused(test, status, path, ["predict", "run.h5", path])
    refused(test, DATA, "short.png", ["predict", "run.h5", "short.png"], ranks=2)
    for i, text in enumerate(["", "1 2", "1 1 1 x\n1", "1 1 1 2\n1", "0 1 1 1\n", "1 1 1 1\nnan",
                              "1 1 1 1\n1 2", "99999 99999 99999 99999\n1", "-1 1 1 1\n1"]):
        write(f"values-{i}", text)
        refused(test, DATA, f"values-{i}", ["explain", "--values", f"values-{i}"])
    refused(test, FILE, "none", ["explain", "--values", "none"])


def full_output(test):
    """Standard output that cannot be written is a failure, too."""
    for words in ("--help", "--version", "train --help", "summary s6.yaml", "summary --help",
                  "config", "config optimizer", "explain", "digest run.h5", "digest --help", "compare run.h5", "compare --help",
                  "predict run.h5 good/t10k-images-idx3-ubyte:0", "predict --help",
                  "data check good", "data --help"):
        outcome = test.run("-c", f'exec "$0" {words} >/dev/full', test.program,
                           program="/bin/sh")
        test.check(outcome.status == FILE and len(errors(outcome.err)) == 1,
                   f"{words} >/dev/full: {outcome}")


def main():
    test = Test(__doc__)
    shutil.copy(S6, "s6.yaml")
    test.run_well("data", "synthesize", "good", "--train", 200, "--test", 200)
    test.run_well("data", "synthesize", "other", "--train", 200, "--test", 200, "--seed", 2)
    test.run_well("train", "s6.yaml", "--epochs", 1, "--data", "good", "--out", "run.h5")
    options(test)
    configurations(test)
    data_files(test)
    result_files(test)
    output_files(test)
    images(test)
    full_output(test)
    test.finish()


main()
