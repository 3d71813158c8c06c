"""predict --json and --csv: the probabilities that the run has stored, image by image."""

import csv
import io
import json

import h5py
import numpy

from harness import S6, Test, errors, png, read_idx, write


def main():
    test = Test(__doc__)
    test.run_well("data", "synthesize", "digits", "--train", "60", "--test", "20")
    test.run_well("train", S6, "--data", "digits", "--out", "s6.h5", "--epochs", "1")
    with h5py.File("s6.h5") as f:
        wanted = f["predictions/probability"][()]
    images = "digits/t10k-images-idx3-ubyte"
    found = json.loads(test.run_well("predict", "s6.h5", images, "--json").out)
    names = [f"{images}:{i}" for i in range(20)]
    test.check([row["file"] for row in found] == names, f"{found}")
    values = numpy.array([row["probabilities"] for row in found], "f4")
    test.check(numpy.array_equal(values, wanted), f"{abs(values - wanted).max()}")
    test.check([row["class"] for row in found] == list(wanted.argmax(1)), f"{found}")

    rows = list(csv.DictReader(io.StringIO(test.run_well("predict", "s6.h5", images, "--csv").out)))
    values = numpy.array([[row[f"probability_{k}"] for k in range(10)] for row in rows], "f4")
    test.check([row["file"] for row in rows] == names and numpy.array_equal(values, wanted)
               and [int(row["class"]) for row in rows] == list(wanted.argmax(1)), f"{rows[:2]}")

    items, (_, height, width) = read_idx(images)
    name = write('a "b", c.png', png(items[:height * width], height, width))
    row, = json.loads(test.run_well("predict", "s6.h5", name, "--json").out)
    test.check(row["file"] == name and row["class"] == wanted[0].argmax(), f"{row}")
    row, = csv.DictReader(io.StringIO(test.run_well("predict", "s6.h5", name, "--csv").out))
    test.check(row["file"] == name, f"{row}")
    done = test.run("predict", "s6.h5", images, "--csv", "--json")
    test.check(done.status == 2 and not done.out and len(errors(done.err)) == 1, f"{done}")
    test.finish()


if __name__ == "__main__":
    main()
