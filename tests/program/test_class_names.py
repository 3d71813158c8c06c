"""Names of classes: where they come from, in the result file, and in all that shows a class. No
result depends on them, and pictures are prepared as the data set says."""

import csv
import io
import json
import os
import re
import shutil
import sys

try:
    import h5py
    import numpy
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

from harness import S6, Test, errors, idx, png, read, write

DATA = 4
ODD = ["7", "a \"b\" <b>&amp;' c\\", "x, y", "ä" * 100]  # in the order of their bytes
NET = "network: {layers: [{type: linear, channels: %d}]}\ntraining: {epochs: 1, batch: 8}\n"
test = Test(__doc__)
draw = numpy.random.default_rng(test.seed)


def names_in(file):
    with h5py.File(file) as f:
        group = f["data"]
        return [name.decode() for name in group["class"][()]] if "class" in group else None


def train(data, out, n_classes, *options):
    write("net.yaml", NET % n_classes)
    return test.run_well("train", "net.yaml", "--data", data, "--out", out, *options)


def images_of(folder, h, w, channels, n_train=24, n_test=8, n_classes=4, names=("train", "t10k")):
    """A folder in the format of MNIST, of light pictures."""
    os.makedirs(folder)
    for name, n in zip(names, (n_train, n_test)):
        pixels = draw.integers(100, 256, (n, h, w)).astype(numpy.uint8)
        write(f"{folder}/{name}-images-idx3-ubyte", idx(pixels.tobytes(), n, h, w))
        write(f"{folder}/{name}-labels-idx1-ubyte", idx(bytes(k % n_classes for k in range(n)), n))


def odd_names():
    """Each way to show them escapes and cuts them, and loses none where it is for programs."""
    for name in ODD:
        os.makedirs(f"pictures/{name}")
        for i in range(8):
            write(f"pictures/{name}/{i}.png", png(draw.integers(90, 256, 63).astype(numpy.uint8).tobytes(), 7, 9))
    test.run_well("data", "import", "pictures", "own", "--input", "1x7x9", "--name", "<own> \"images\"")
    train("own", "own.h5", 4)
    test.check(names_in("own.h5") == ODD, f"{names_in('own.h5')}")
    pictures = [f"pictures/{name}/0.png" for name in ODD]
    rows = json.loads(test.run_well("predict", "own.h5", *pictures, "--json").out)
    test.check(all(row["class_name"] == ODD[row["class"]] for row in rows), f"{rows}")
    table = list(csv.DictReader(io.StringIO(test.run_well("predict", "own.h5", *pictures, "--csv").out)))
    test.check([row["class_name"] for row in table] == [row["class_name"] for row in rows], f"{table}")
    short = [f"{k} {name[:23]}…" if len(name) > 24 else f"{k} {name}" for k, name in enumerate(ODD)]
    lines = test.run_well("predict", "own.h5", *pictures).out.splitlines()
    for line, row in zip(lines, rows):
        test.check(f":  {short[row['class']]}  0." in line, f"{line} {row['class']}")
    test.run_well("compare", "own.h5", "--html", "own.html")
    page = read("own.html").decode()
    row = '<th scope="row" title="a &quot;b&quot; &lt;b&gt;&amp;amp;&#39; c\\">1 a &quot;b&quot; &lt;b&gt;&amp;amp;&#39; c\\</th>'
    test.check(row in page and "<b>&amp;' c" not in page, "the page does not escape names of classes")
    test.check(f'title="{ODD[3]}">3 {"ä" * 23}…</th>' in page, "the page does not cut a name")
    test.check("&lt;own&gt; &quot;images&quot;" in page and "<own>" not in page, "the name of the set")
    test.run_well("export", "own.h5", "--onnx", "own.onnx", "--torch", "own_torch.py")
    test.check(json.dumps(ODD, ensure_ascii=False).encode() in read("own.onnx"), "ONNX lacks the names")
    test.run_well("export", "own.h5", "--tensorboard", "board")
    events = b"".join(read(f"board/own/{name}") for name in os.listdir("board/own"))
    lines = "".join(f"    {k} {name}\n" for k, name in enumerate(ODD))
    test.check(b"data/classes" in events and lines.encode() in events, "TensorBoard lacks the names")
    found = re.search(r"(?s)^CLASSES = (\[.*?\n\])$", read("own_torch.py").decode(), re.M)
    test.check(found and eval(re.sub("#.*", "", found[1], 1)) == ODD, "PyTorch's module lacks the names")


def pictures_as_the_set_says():
    """Light pictures of a set of such are not taken for handwriting, and digits are."""
    shutil.rmtree("png", ignore_errors=True)
    test.run_well("data", "export", "own", "png")
    with h5py.File("own.h5") as f:
        wanted = f["predictions/probability"][()]
        test.check(f["data"].attrs["fit"] == b"crop", f"{f['data'].attrs['fit']}")
    files = {}
    for folder, _, names in os.walk("png/test"):
        files.update({int(name[:7]): f"{folder}/{name}" for name in names})
    asked = [files[k] for k in sorted(files)]
    rows = json.loads(test.run_well("predict", "own.h5", *asked, "--json").out)
    found = numpy.array([row["probabilities"] for row in rows], "f4")
    test.check(found.shape == wanted.shape and numpy.abs(found - wanted).max() < 1e-6, "pictures are others than images")
    done = test.run("predict", "own.h5", "--fit", "digit", *asked)
    test.check(done.status == DATA and "expected a digit on even paper" in done.err, done.err)
    done = test.run("predict", "own.h5", "--fit", "round", *asked)
    test.check(done.status == 2 and "--fit round: expected crop, pad, stretch or digit" in done.err, done.err)


def no_result_depends_on_them():
    """Other names for the same images: the digest stays, a run goes on, and a note says so."""
    images_of("a", 7, 7, 1)
    shutil.copytree("a", "b")
    shutil.copytree("a", "c")
    for folder, first in (("a", "one"), ("b", "other")):
        write(f"{folder}/names.txt", f"# ours\nname: set {folder}\n"
              + "".join(f"class: {name}\n" for name in [first, "two", "three", "four", "more"]))
        out = train(folder, f"{folder}.h5", 4).out
        test.check(f"data: set {folder} ({folder})" in out, out)
    train("c", "c.h5", 4)
    test.check(names_in("a.h5") == ["one", "two", "three", "four"], f"{names_in('a.h5')}")
    test.check(names_in("c.h5") is None, f"{names_in('c.h5')}")
    test.check(test.digest("a.h5") == test.digest("b.h5") == test.digest("c.h5"), "names are in the digest")
    train("b", "b2.h5", 4, "--seed", 2)
    out = test.run_well("compare", "a.h5", "b2.h5").out
    text = " ".join(out.split())
    note = "a.h5 and b2.h5 were evaluated on the same images, by their hash, but call the classes by other names."
    test.check(text.count(note) == 1, text)
    test.check("other names" not in test.run_well("compare", "a.h5", "c.h5").out, "none are no others")
    write("net.yaml", NET % 4)
    done = test.run("train", "net.yaml", "--data", "b", "--out", "a.h5", "--resume", "--epochs", 2)
    test.check(done.status == 0 and done.err.count("b calls the classes by other names") == 1, done.err)
    test.check(names_in("a.h5")[0] == "other", f"{names_in('a.h5')}")
    test.check(" ".join(test.run_well("data", "check", "a").out.split()).count("0 6 2 one 1 6 2 two") == 1, "data check")


def mnist_format():
    """Digits where they are known, names.txt, and torchvision's folder of Fashion-MNIST."""
    test.run_well("train", S6, "--data", "synthetic", "--out", "s.h5", "--epochs", 0)
    test.check(names_in("s.h5") == list("0123456789"), f"{names_in('s.h5')}")
    for text, words in (("class: a\nclass: b\n", "names.txt: expected names of 4 classes, as the labels have, found 2"),
                        ("class: a\nshape: 1x7x7\n", 'names.txt: line 2: expected "name: ...", "fit: ..." or'),
                        ("class: a\nclass: \n", "names.txt: line 2"), ("class: a\n", 'expected "class: ", found'),
                        ("fit: crop\nfit: crop\n", "names.txt: line 2"), ("fit: round\n", "names.txt: line 1"),
                        ("class: a\nclass: b\0\n", "names.txt: byte 17: expected text, found a NUL"),
                        ("class: a\nclass: \x7f\n", "names.txt: line 2"),
                        ("class: a\nclass: " + 256 * "n", "names.txt: line 2")):
        write("c/names.txt", text)
        done = test.run("train", "net.yaml", "--data", "c", "--out", "x.h5")
        test.check(done.status == DATA and len(errors(done.err)) == 1 and words in done.err, f"{text!r}: {done.err}")
    images_of("FashionMNIST/raw", 2, 2, 1, 60000, 10000, 10)
    shutil.copytree("FashionMNIST/raw", "other")
    train("FashionMNIST", "f.h5", 10)
    train("other", "o.h5", 10)
    test.check(names_in("f.h5")[0::9] == ["T-shirt/top", "Ankle boot"] and names_in("o.h5") is None,
               f"{names_in('f.h5')} {names_in('o.h5')}")
    with h5py.File("f.h5") as f, h5py.File("o.h5") as o:
        found = [file["data"].attrs[key] for file in (f, o) for key in ("title", "fit")]
    test.check(found == [b"Fashion-MNIST", b"crop", b"MNIST format, 60,000 training images", b"digit"], f"{found}")
    test.run_well("data", "corrupt", "FashionMNIST", "dark", "--kind", "invert", "--severity", 1)
    train("dark", "d.h5", 10)
    test.check(names_in("d.h5") == names_in("f.h5"), f"{names_in('d.h5')}")


def cifar_format():
    """By batches.meta.txt; without it, the standard ten of batches of the published length alone."""
    os.mkdir("cifar")
    records = b"".join(bytes([k % 10]) + draw.integers(0, 256, 3072).astype(numpy.uint8).tobytes() for k in range(20))
    for name in ("data_batch_1.bin", "test_batch.bin"):
        write(f"cifar/{name}", records)
    train("cifar", "c1.h5", 10)
    test.check(names_in("c1.h5") is None, f"{names_in('c1.h5')}")
    write("cifar/batches.meta.txt", "".join(f"class {k}\r\n" for k in range(10)) + "\n")
    train("cifar", "c2.h5", 10)
    test.check(names_in("c2.h5") == [f"class {k}" for k in range(10)], f"{names_in('c2.h5')}")
    test.check("9 2 2 class 9" in " ".join(test.run_well("data", "check", "cifar").out.split()), "data check")
    test.run_well("data", "corrupt", "cifar", "cifar-c", "--kind", "invert", "--severity", 1)
    test.check(read("cifar-c/batches.meta.txt") == read("cifar/batches.meta.txt"), "not corrupted with its names")
    for text, line in (("a\nb\n\nc\n", 3), ("n\n" * 11, 11), ("\xff\n".encode("latin-1"), 1)):
        write("cifar/batches.meta.txt", text)
        done = test.run("train", "net.yaml", "--data", "cifar", "--out", "x.h5")
        test.check(done.status == DATA and f"batches.meta.txt: line {line}: expected the name" in done.err, done.err)
    write("cifar/batches.meta.txt", "a\nb\n")
    done = test.run("train", "net.yaml", "--data", "cifar", "--out", "x.h5")
    test.check(done.status == DATA and "expected the name" in done.err, done.err)
    os.remove("cifar/batches.meta.txt")
    whole = records[:3073 * 10] * 1000
    for name in ("data_batch_1.bin", "test_batch.bin"):
        write(f"cifar/{name}", whole)
    train("cifar", "c3.h5", 10)
    test.check(names_in("c3.h5")[0::9] == ["airplane", "truck"], f"{names_in('c3.h5')}")


for case in test.chosen([odd_names, pictures_as_the_set_says, no_result_depends_on_them, mnist_format, cifar_format]):
    case()
test.finish()
