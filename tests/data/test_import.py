"""normlab data import: pictures of many kinds and sizes against Pillow and NumPy, the split, names, and
folders that are not as they should be.

Exit status: 0 passed, 1 failed, 77 skipped.
"""

import json
import os
import shutil
import sys

try:
    import numpy
    from PIL import Image, ImageOps
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "program"))
from harness import Test, errors, read, read_idx, write  # noqa: E402

USAGE, FILE, DATA = 2, 3, 4
test = Test(__doc__)
draw = numpy.random.default_rng(test.seed)


def noise(h, w, *channels):
    """Smooth enough that JPEG keeps it, with all grays."""
    coarse = draw.integers(0, 256, (h // 5 + 2, w // 5 + 2, *channels))
    rows, columns = numpy.arange(h) // 5, numpy.arange(w) // 5
    return coarse[rows][:, columns].astype(numpy.uint8)


def along(values, n):
    """Axis 0 in n parts: integrals of steps where it shrinks, straight lines between centres where it grows."""
    rows = len(values)
    step = rows / n
    if step < 1:
        at = (numpy.arange(n) + 0.5) * step - 0.5
        return numpy.array([numpy.interp(at, numpy.arange(rows), column)
                            for column in values.reshape(rows, -1).T]).T.reshape(n, *values.shape[1:])
    sums = numpy.concatenate([0 * values[:1], numpy.cumsum(values, 0)]).reshape(rows + 1, -1)
    ends = numpy.arange(n + 1) * step
    whole = numpy.array([numpy.interp(ends, numpy.arange(rows + 1), column) for column in sums.T]).T
    return (numpy.diff(whole, axis=0) / step).reshape(n, *values.shape[1:])


def fitted(pixels, h, w):
    """[rows][columns][c] to [c][h][w]"""
    rows, columns = pixels.shape[:2]
    high, wide = (rows, round(rows * w / h)) if rows * w <= columns * h else (round(columns * h / w), columns)
    high, wide = max(high, 1), max(wide, 1)
    top, left = (rows - high) // 2, (columns - wide) // 2
    window = pixels[top:top + high, left:left + wide].astype(float)
    return along(along(window, h).transpose(1, 0, 2), w).transpose(2, 1, 0)


def gray(pixels):
    return numpy.round(pixels @ [0.299, 0.587, 0.114])[..., None]


def save(kind, path, h, w):
    """Writes a picture; returns what is to be seen, [h][w][3]."""
    colour, level = noise(h, w, 3), noise(h, w)
    if kind == "rgb":
        Image.fromarray(colour).save(path, "PNG")
    elif kind == "gray":
        Image.fromarray(level).save(path, "PNG")
        return numpy.stack([level] * 3, 2)
    elif kind == "16":
        Image.fromarray(level.astype(numpy.uint16) * 257).save(path, "PNG")
        return numpy.stack([level] * 3, 2)
    elif kind == "palette":
        image = Image.fromarray(colour).quantize(16)
        image.save(path, "PNG")
        return numpy.array(image.convert("RGB"))
    elif kind == "alpha":
        image = numpy.concatenate([colour, level[..., None]], 2)
        Image.fromarray(image).save(path, "PNG")
        share = level[..., None] / 255.0
        return numpy.round(colour * share + 255 * (1 - share))
    else:
        Image.fromarray(colour if kind == "jpg" else level).save(path, "JPEG", quality=95, subsampling=0)
        return numpy.array(Image.open(path).convert("RGB"))
    return colour


def images_of(folder, name, c):
    items, (n, rows, w) = read_idx(f"{folder}/{name}-images.idx")
    labels, _ = read_idx(f"{folder}/{name}-labels.idx")
    return numpy.frombuffer(items, numpy.uint8).reshape(n, c, rows // c, w), list(labels)


def fits():
    """A class for each picture, so that labels tell which is which."""
    sizes = [(20, 30), (1, 1), (64, 64), (7, 41), (90, 33), (300, 11), (16, 12), (48, 36)]
    kinds = ["rgb", "gray", "16", "palette", "alpha", "jpg", "jpg gray"]
    seen = []
    for i in range(len(sizes) * len(kinds)):
        kind, (h, w) = kinds[i % len(kinds)], sizes[i % len(sizes)]
        os.makedirs(f"fits/train/{i:03d} {kind}")
        seen.append(save(kind, f"fits/train/{i:03d} {kind}/picture", h, w))
    shutil.copytree("fits/train/000 rgb", "fits/test/000 rgb")
    for c, h, w in ((3, 16, 12), (1, 16, 12), (3, 32, 32)):
        options = [] if (c, h, w) == (3, 32, 32) else ["--input", f"{c}x{h}x{w}"]
        test.run_well("data", "import", "fits", f"fitted{c}{h}", "--name", "all kinds", *options)
        images, labels = images_of(f"fitted{c}{h}", "train", c)
        test.check(images.shape == (len(seen), c, h, w) and sorted(labels) == list(range(len(seen))),
                   f"{images.shape} {labels}")
        for image, label in zip(images, labels):
            pixels = gray(seen[label]) if c == 1 else seen[label]
            gap = numpy.abs(image - fitted(pixels, h, w)).max()
            test.check(gap <= 1.01, f"{kinds[label % len(kinds)]} {pixels.shape} to {image.shape}: {gap}")


def placed(pixels, h, w, fit):
    """fitted() by other ways: all of a picture in the middle of black, or in other proportions."""
    rows, columns = pixels.shape[:2]
    high, wide = (h, round(columns * h / rows)) if rows * w > columns * h else (round(rows * w / columns), w)
    high, wide = (h, w) if fit == "stretch" else (max(high, 1), max(wide, 1))
    image = numpy.zeros((pixels.shape[2], h, w))
    top, left = (h - high) // 2, (w - wide) // 2
    image[:, top:top + high, left:left + wide] = along(along(pixels.astype(float), high).transpose(1, 0, 2),
                                                       wide).transpose(2, 1, 0)
    return image


def other_fits():
    """pad and stretch, gray and in colour; images.txt says it, and predict does it, too."""
    sizes = [(20, 30), (1, 1), (64, 7), (7, 41), (16, 12), (3, 300)]
    seen = []
    for i, (h, w) in enumerate(sizes):
        os.makedirs(f"ways/train/{i}")
        seen.append(save("rgb" if i else "gray", f"ways/train/{i}/picture", h, w))
    shutil.copytree("ways/train/0", "ways/test/0")
    for fit in ("pad", "stretch"):
        for c in (1, 3):
            out = test.run_well("data", "import", "ways", f"{fit}{c}", "--input", f"{c}x16x12", "--fit", fit).out
            test.check(f"fit: {fit}\n" in read(f"{fit}{c}/images.txt").decode() and "6 of other sizes were scaled" in out, out)
            for image, label in zip(*images_of(f"{fit}{c}", "train", c)):
                pixels = gray(seen[label]) if c == 1 else seen[label]
                gap = numpy.abs(image - placed(pixels, 16, 12, fit)).max()
                test.check(gap <= 1.01, f"{fit} {pixels.shape} to {image.shape}: {gap}")
    write("net.yaml", "network: {layers: [{type: linear, channels: 6}]}\ntraining: {epochs: 1, batch: 8}\n")
    test.run_well("train", "net.yaml", "--data", "pad3", "--out", "pad.h5")
    test.run_well("data", "export", "pad3", "pad-png")
    asked = [json.loads(test.run_well("predict", "pad.h5", name, "--json").out)[0]["probabilities"]
             for name in ("ways/test/0/picture", "pad-png/test/0/0000000.png")]
    test.check(asked[0] == asked[1], f"predict pads otherwise: {asked}")
    refused(USAGE, "--fit round: expected crop, pad, stretch or digit", "import", "ways", "out", "--fit", "round")
    refused(USAGE, "--fit digit: expected --input of 1 channel", "import", "ways", "out", "--fit", "digit",
            "--input", "3x9x9")


def orientations():
    """Pictures as cameras store them are those that Pillow turns; what is malformed turns nothing."""
    stored = noise(24, 16, 3)
    for k in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = k
        for place in (f"turned/train/{k}", f"upright/train/{k}"):
            os.makedirs(place)
        Image.fromarray(stored).save(f"turned/train/{k}/a.jpg", quality=95, subsampling=0, exif=exif)
        ImageOps.exif_transpose(Image.open(f"turned/train/{k}/a.jpg")).save(f"upright/train/{k}/a.png")
    for folder in ("turned", "upright"):
        shutil.copytree(f"{folder}/train/1", f"{folder}/test/1")
        test.run_well("data", "import", folder, f"{folder}-set", "--input", "3x12x12", "--fit", "stretch")
    test.check(sets_of("turned-set", 3) == sets_of("upright-set", 3), "not turned as Pillow does")
    test.check(len({image for _, image in sets_of("turned-set", 3)[0]}) == 8, "all are turned alike")
    good = read("turned/train/6/a.jpg")
    for cut in (b"Exyf", b"MM\0\x2b", b"II\x2b\0"):
        at = good.index(b"Exif") + (0 if cut[0:1] == b"E" else 6)
        write("turned/train/6/a.jpg", good[:at] + cut + good[at + 4:])
        shutil.rmtree("damaged-set", ignore_errors=True)
        test.run_well("data", "import", "turned", "damaged-set", "--input", "3x12x12", "--fit", "stretch")
        images = dict(zip(*reversed([[image.tobytes() for image in images_of("damaged-set", "train", 3)[0]],
                                     images_of("damaged-set", "train", 3)[1]])))
        test.check(images[5] == images[0], f"{cut} turns")


def sets_of(folder, c):
    """Both sets as multisets of (label, bytes)."""
    return [sorted((label, image.tobytes()) for image, label in zip(*images_of(folder, name, c)))
            for name in ("train", "test")]


def round_trips():
    """Gray and colour images, with names of classes and without, are the same after all."""
    test.run_well("data", "synthesize", "digits", "--train", 60, "--test", 30, "--seed", 3)
    test.run_well("data", "export", "digits", "digits-png/")
    test.run_well("data", "import", "digits-png", "digits2", "--input", "1x28x28")
    wanted = []
    for name in ("train", "t10k"):
        items, (n, h, w) = read_idx(f"digits/{name}-images-idx3-ubyte")
        labels, _ = read_idx(f"digits/{name}-labels-idx1-ubyte")
        wanted.append(sorted((labels[i], items[i * h * w:(i + 1) * h * w]) for i in range(n)))
    test.check(sets_of("digits2", 1) == wanted, "digits differ")
    test.run_well("data", "export", "fitted332", "kinds-png")
    test.run_well("data", "import", "kinds-png", "kinds2")
    test.check(sets_of("kinds2", 3) == sets_of("fitted332", 3), "colour images differ")
    test.check(read("kinds2/images.txt").split(b"shape")[1] == read("fitted332/images.txt").split(b"shape")[1],
               "names of classes differ")
    refused(FILE, "digits2: exists already", "export", "digits", "digits2")
    refused(FILE, "none", "export", "none", "out")
    refused(USAGE, "synthetic digits are drawn, not read", "export", "synthetic", "out")
    write("kinds2/images.txt", read("kinds2/images.txt").decode().replace("class: 000 rgb", "class: ../x"))
    refused(DATA, "class 0: expected a name that a folder can have", "export", "kinds2", "out")
    test.run_well("data", "import", "kinds-png", "kinds3")
    test.check(not test.run("data", "export", "kinds3", "no/where/out").status and os.path.isdir("no/where/out/train"),
               "folders above are not made")


def class_folder(name, n, size=(9, 9), level=None):
    os.makedirs(name)
    for i in range(n):
        Image.fromarray(noise(*size) if level is None else numpy.full(size, level, numpy.uint8)).save(
            f"{name}/{i}.png")


def splits():
    """Each class by its share, the same for the same names and seed, and all pictures in one of the sets."""
    counts = {"b ö": 10, "a": 5, "one": 1, "z": 3}
    for k, (name, n) in enumerate(counts.items()):
        class_folder(f"pets/{name}", n, level=50 * k)
    write("pets/about.txt", "x")
    write("pets/a/.hidden", "x")
    found = {}
    for out, options in (("p1", []), ("p2", []), ("p3", ["--seed", 2]), ("p4", ["--share", "0.5"])):
        outcome = test.run_well("data", "import", "pets/", out, "--input", "1x9x9", *options)
        found[out] = [read(f"{out}/{name}") for name in sorted(os.listdir(out))]
        test.check("1 file beside the folders of classes left aside" in outcome.err, outcome.err)
    test.check(found["p1"] == found["p2"] != found["p3"], "not by names and seed alone")
    names = sorted(counts, key=str.encode)
    text = read("p1/images.txt").decode()
    test.check("name: pets\nshape: 1x9x9\nfit: crop\n" + "".join(f"class: {name}\n" for name in names) in text, text)
    for out, share in (("p1", 0.2), ("p4", 0.5)):
        test_labels = images_of(out, "test", 1)[1]
        images, labels = images_of(out, "train", 1)
        for k, name in enumerate(names):
            n = min(int(share * counts[name] + 0.5), counts[name] - 1)
            test.check(test_labels.count(k) == n and labels.count(k) == counts[name] - n,
                       f"{out} {name}: {labels} {test_labels}")
        test.check(all((image == 50 * list(counts).index(names[label])).all()
                       for image, label in zip(images, labels)), "images of other classes")
        test.check(labels != sorted(labels), "class by class, so that the last ones are of one class")
    told = test.run_well("data", "check", "p1").out
    test.check("pets: images of 1 x 9 x 9" in told and all(name in told for name in names), told)


def is_used():
    """It trains, its name is in the result, and its test set can be corrupted."""
    write("net.yaml", "network: {layers: [{type: linear, channels: 4}]}\ntraining: {epochs: 1, batch: 8}\n")
    out = test.run_well("train", "net.yaml", "--data", "p1", "--out", "net.h5").out
    test.check("data: pets (p1), 15 train + 4 test images of 1 x 9 x 9" in out, out)
    test.run_well("data", "corrupt", "p1", "dark", "--kind", "invert", "--severity", 1)
    test.check("pets, invert" in test.run_well("train", "net.yaml", "--data", "dark", "--out", "d.h5").out,
               "the name of a corrupted set")
    write("p1/test-labels.idx", read("p1/test-labels.idx")[:-1] + b"\x04")
    refused(DATA, "p1/test-labels.idx: byte 11: expected a label below 4", "check", "p1")
    write("p1/images.txt", read("p1/images.txt").decode().replace("shape: 1x9x9", "shape: 3x9x9"))
    refused(DATA, "expected 27 rows (3 channels) of 9 columns", "check", "p1")
    write("p1/images.txt", "name: x\nshape: 1x9x9\nclas: a\n")
    refused(DATA, "p1/images.txt: line 3: expected what normlab data import writes", "check", "p1")
    write("p1/images.txt", "name: x\0\nshape: 1x9x9\n")
    refused(DATA, "p1/images.txt: byte 7: expected text, found a NUL", "check", "p1")
    write("p1/images.txt", "name: x\n" + "#" * 200000)
    refused(DATA, "p1/images.txt: byte 131072: expected its end, found more", "check", "p1")


def refused(status, text, *arguments):
    before = sorted(os.listdir("."))
    outcome = test.run("data", *arguments)
    found = errors(outcome.err)
    test.check(outcome.status == status and len(found) == 1 and text in found[0], f"{arguments}: {outcome}")
    test.check(sorted(os.listdir(".")) == before, f"{arguments} leaves {os.listdir('.')}")


def odd_folders():
    class_folder("odd/a", 3)
    refused(DATA, "odd: expected a folder of PNG or JPEG files for each class, at least 2, found 1",
            "import", "odd", "out")
    class_folder("odd/b", 3)
    os.mkdir("odd/empty")
    refused(DATA, "odd/empty: expected pictures of this class, found none", "import", "odd", "out")
    os.rmdir("odd/empty")
    os.makedirs("odd/b/sub")
    refused(DATA, "odd/b/sub: expected pictures in the folder of a class, found a folder", "import", "odd", "out")
    os.rmdir("odd/b/sub")
    good = read("odd/b/1.png")
    jpeg = draw.integers(0, 256, (40, 40, 3)).astype(numpy.uint8)
    Image.fromarray(jpeg).save("whole.jpg")
    for content, text in (("some text", "odd/b/1.png: byte 0: expected a PNG or JPEG file, found another"),
                          ("", "found nothing (empty)"), (good[:-20], "expected an intact PNG file"),
                          (read("whole.jpg")[:-300], "expected an intact JPEG file, found: Premature end"),
                          (read("whole.jpg")[:9], "expected an intact JPEG file")):
        write("odd/b/1.png", content)
        refused(DATA, text, "import", "odd", "out")
        test.check(not os.path.exists("out"), "half a folder is left")
    os.remove("odd/b/1.png")
    os.symlink("nowhere", "odd/b/1.png")
    refused(FILE, "odd/b/1.png: cannot be read", "import", "odd", "out")
    os.remove("odd/b/1.png")
    refused(DATA, "found 5 to train alone: give a larger --share", "import", "odd", "out", "--share", "0.01")
    refused(FILE, "odd: exists already", "import", "odd", "odd")
    refused(FILE, "none: cannot look into this folder", "import", "none", "out")
    refused(USAGE, "expected 1 or 3 channels, found 2", "import", "odd", "out", "--input", "2x8x8")
    refused(USAGE, "the name of the set", "import", "odd", "out", "--name", "a\nb")
    refused(USAGE, "expected two folders", "import", "odd")
    refused(USAGE, "--share 0: expected a share", "import", "odd", "out", "--share", "0")
    class_folder("odd/b\udcff".encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape"), 1)
    refused(DATA, "expected as the name of a class UTF-8", "import", "odd", "out")


for case in test.chosen([fits, other_fits, orientations, round_trips, splits, is_used, odd_folders]):
    case()
test.finish()
