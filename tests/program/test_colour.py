"""Images of three channels in CIFAR-10's format, and augmentation: digests do not depend on ranks,
threads and interruptions."""

import os
import re
import signal

from harness import PATIENT, S6, Test, png, write

SIDE = 32
PLANE = SIDE * SIDE
CONFIG = """
network:
  norm: batch
  layers:
    - {type: block, channels: 8, stride: 2}
    - {type: block, channels: 12, stride: 2}
    - {type: global-avg-pool}
    - {type: linear, channels: 10}
training: {epochs: 2, batch: 50}
optimizer: {lr: 0.05}
"""
VARIED = {"rotation": 20, "shift": 2.5, "scale": 0.2, "shear": 10, "crop": 3, "flip": "true"}
LAYOUTS = [(1, 2), (2, 1), (3, 1)]  # ranks, threads


def options(changes):
    return [word for key, value in changes.items() for word in ("--set", f"augment.{key}={value}")]


def image(test, label):
    """A colour for each label, brighter on the left, and noise: flips and turns matter."""
    colour = [40 + 150 * (label >> c & 1) + 60 * (label >> 3) for c in range(3)]
    return bytes(max(0, min(255, int(colour[c] * (1.2 - x / SIDE) + test.random.gauss(0, 20))))
                 for c in range(3) for _ in range(SIDE) for x in range(SIDE))


def make_cifar(test, folder):
    """Returns the first test image and its label."""
    os.mkdir(folder)
    first = None
    for name, n in [("data_batch_1.bin", 170), ("data_batch_2.bin", 103), ("test_batch.bin", 60)]:
        images = [(i % 10, image(test, i % 10)) for i in range(n)]
        write(os.path.join(folder, name), b"".join(bytes([k]) + pixels for k, pixels in images))
        first = images[7]
    return first


def interleaved(pixels):
    return bytes(pixels[c * PLANE + i] for i in range(PLANE) for c in range(3))


def train(test, config, data, *more, out="run.h5", ranks=1, threads=1, **environment):
    """(digest, standard output)."""
    outcome = test.run_well("train", config, "--data", data, "--out", out, "--overwrite", *more,
                            ranks=ranks if ranks > 1 else 0, threads=threads, **environment)
    return test.digest(out), outcome.out


def layouts_agree(test, config, data, *more):
    first, _ = train(test, config, data, *more)
    test.check(first is not None, f"{config} {more}: no digest")
    for ranks, threads in LAYOUTS:
        other, _ = train(test, config, data, *more, ranks=ranks, threads=threads)
        test.check(other == first, f"{config} {data} {more}: {ranks} x {threads} gives {other}, "
                   f"1 x 1 {first}")
    for isa in ("portable", "avx2"):
        if test.run("--version", NORMLAB_ISA=isa).status == 0:
            other, _ = train(test, config, data, *more, NORMLAB_ISA=isa)
            test.check(other == first, f"{config} {data} {more}: {isa} gives {other}, not {first}")
    return first


def losses(text, which):
    return re.findall(which + r" loss ([0-9.]+)", text)


def only_training_images_vary(test, digits):
    """Weights stand still, so that a loss differs only if the images do."""
    still = ["--set", "optimizer.lr=0", "--norm", "layer", "--set", "network.dropout=0",
             "--epochs", 3, "--set", "optimizer.nesterov=false"]
    _, plain = train(test, S6, digits, *still)
    _, varied = train(test, S6, digits, *still, *options({"rotation": 90}))
    test.check(losses(plain, "test") == losses(varied, "test") and len(losses(plain, "test")) == 3,
               f"test losses {losses(plain, 'test')}, augmented {losses(varied, 'test')}")
    test.check(len(set(losses(plain, "train"))) == 1, f"train losses {losses(plain, 'train')}")
    test.check(len(set(losses(varied, "train") + losses(plain, "train"))) == 4,
               f"augmented train losses {losses(varied, 'train')}")
    _, other = train(test, S6, digits, *still, *options({"rotation": 90}), "--batch", 97, "--set",
                     "data.shuffle=false")
    test.check(losses(other, "train") == losses(varied, "train"),
               "what an image becomes depends on its place in a batch: "
               f"{losses(other, 'train')}, {losses(varied, 'train')}")


def interruptions_do_not_matter(test, config, data):
    more = ["--epochs", 30, *options(VARIED)]
    whole, _ = train(test, config, data, *more)
    arguments = ["train", config, "--data", data, "--out", "cut.h5", "--set", "checkpoint.every=1",
                 *more]
    running = test.start(*arguments)
    running.wait_file("cut.h5")
    running.signal(signal.SIGTERM, running.ranks())
    status = running.wait(PATIENT)
    running.close()
    test.check(status in (0, 75), f"a stopped run ended with {status}")
    test.run_well(*arguments, "--resume", ranks=2)
    test.check(test.digest("cut.h5") == whole, "an interrupted run with augmentation differs")


def every_change_counts(test, digits):
    plain, _ = train(test, S6, digits, "--epochs", 1)
    seen = {plain}
    for key, value in VARIED.items():
        digest, _ = train(test, S6, digits, "--epochs", 1, *options({key: value}))
        test.check(digest not in seen, f"augment.{key}={value} changes nothing")
        seen.add(digest)


def predict_in_colour(test, config, pixels, label):
    train(test, config, "cifar", "--epochs", 20, out="colour.h5")
    write("seven.png", png(interleaved(pixels), SIDE, SIDE, 3))
    outcome = test.run_well("predict", "colour.h5", "seven.png")
    test.check(outcome.out.startswith(f"seven.png:  {label}  "),
               f"label {label}: {outcome.out!r}")


def main():
    test = Test(__doc__)
    label, pixels = make_cifar(test, "cifar")
    config = write("colour.yaml", CONFIG)
    test.run_well("data", "synthesize", "digits", "--train", 310, "--test", 100)
    checked = test.run_well("data", "check", "cifar").out
    test.check("170 images" in checked and "103 images" in checked and "3 x 32 x 32" in checked,
               checked)
    _, text = train(test, config, "cifar")
    test.check("CIFAR-10 format" in text and "273 train + 60 test images of 3 x 32 x 32" in text,
               text[:300])
    layouts_agree(test, config, "cifar")
    layouts_agree(test, config, "cifar", *options(VARIED))
    layouts_agree(test, config, "cifar", "--norm", "group:2", *options({"crop": 4, "flip": "true"}))
    layouts_agree(test, S6, "digits", "--epochs", 2, "--batch", 97, *options(VARIED))
    only_training_images_vary(test, "digits")
    every_change_counts(test, "digits")
    interruptions_do_not_matter(test, config, "cifar")
    predict_in_colour(test, config, pixels, label)
    for key in ("crop", "shift"):
        outcome = test.run("train", config, "--data", "cifar", *options({key: 32}))
        test.check(outcome.status == 2 and f"augment.{key}: 32" in outcome.err, outcome.err)
    outcome = test.run("train", S6, "--data", "cifar", "--set", "data.mean=[0.5]", "--set",
                       "data.deviation=[0.5]")
    test.check(outcome.status == 2 and "3 channels" in outcome.err, outcome.err)
    test.finish()


main()
