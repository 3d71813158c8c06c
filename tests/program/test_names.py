"""What runs and data are called: default names, what stands in the way, synthetic digits on request."""

import json
import os
import shutil

from harness import Test, errors, write

TINY = """
network:
  layers:
    - {type: block, channels: 4, stride: 2}
    - {type: global-avg-pool}
    - {type: linear, channels: 10}
training: {epochs: 1, batch: 50}
optimizer: {lr: 0.1}
"""
USAGE, FILE = 2, 3


def refused(test, status, parts, *arguments, **environment):
    outcome = test.run(*arguments, **environment)
    test.check(outcome.status == status and len(errors(outcome.err)) == 1
               and all(part in outcome.err for part in parts),
               f"{arguments}: status {outcome.status}: {outcome.err}")


def train(*options):
    return ["train", "tiny.yaml", "--data", "digits", *options]


def names_differ(test):
    """Runs that differ make files of their own, one after another."""
    for options, name in (([], "batch"), (["--set", "optimizer.lr=0.002"], "batch-lr0.002"),
                          (["--epochs", "0"], "batch-epochs0")):
        test.run_well(*train(*options))
        test.check(os.path.exists(f"results/tiny-{name}-s1.h5"),
                   f"{options}: {os.listdir('results')}")
    printed = test.run_well("train", "tiny.yaml", "--set", "optimizer.lr=2e-3", "--print-out").out
    test.check(printed == "results/tiny-batch-lr0.002-s1.h5\n", f"without data: {printed}")


def what_is_there_is_told(test):
    """Which run it is, in what it differs, and another name before the loss of it."""
    there = "results/tiny-batch-s1.h5 exists and is "
    refused(test, FILE, [there + "this very run", "nothing is left to do", "finished after 1 of 1",
                         "seed 1, on MNIST format, 200 training images"], *train())
    write("tiny.yaml", TINY.replace("lr: 0.1", "lr: 0.2"))
    refused(test, FILE, [there + "of another run", "differs in optimizer.lr: 0.2 here, 0.1 there: "
                         "give another --out FILE; --overwrite"], *train())
    write("tiny.yaml", TINY)
    test.run_well("data", "synthesize", "others", "--train", 200, "--test", 60, "--seed", 2)
    refused(test, FILE, ["differs in the data: ", "(others) here", "(digits) there"],
            "train", "tiny.yaml", "--data", "others")
    refused(test, FILE, ["differs in the first weights: those of results/tiny-batch-lr0.002-s1.h5 "
                         "here, of the seed there"],
            *train("--init", "results/tiny-batch-lr0.002-s1.h5", "--out", "results/tiny-batch-s1.h5"))
    write("none.h5", "nothing")
    refused(test, FILE, ["none.h5 exists, but is not the result of a run that can be read"],
            *train("--out", "none.h5"))


def synthetic_is_asked_for(test):
    ask = ["no data are given", "--data DIR or NORMLAB_DATA", "--data synthetic"]
    for environment in ({}, {"NORMLAB_DATA": ""}):
        refused(test, USAGE, ask, "train", "tiny.yaml", "--out", "none.h5x", **environment)
    write("study.yaml", "base: tiny.yaml\naxes: {norm: [batch, layer]}\n")
    refused(test, USAGE, ask, "study", "study.yaml", "run")
    test.check(not os.path.exists("none.h5x") and not os.path.exists("results/study"),
               "refused, but with a file")
    refused(test, USAGE, ["./synthetic"], "data", "check", "synthetic")
    few = ["--epochs", "1", "--set", "data.validation=59900"]
    outcome = test.run_well("train", "tiny.yaml", *few, NORMLAB_DATA="synthetic")
    name = "results/tiny-synthetic-batch-validation59900-s1.h5"
    test.check(os.path.exists(name), f"{os.listdir('results')}")
    test.check("synthetic digits" in outcome.err and "synthetic digits" in
               outcome.out.splitlines()[-1], outcome.err + outcome.out)
    text = test.run_well("compare", name).out
    test.check(text.startswith("synthetic digits, validation split of 59,900 images, trained on "
                               "100. Norms"), text)
    found = json.loads(test.run_well("compare", "--json", name).out)
    test.check(found["data"].startswith("synthetic digits, validation split of 59,900")
               and found["variants"][0]["data"] == found["runs"][0]["data"] == "synthetic digits",
               f"{found}")
    test.check("synthetic digits" in test.run_well("watch", "--once", name).out, "watch of one")
    many = test.run_well("watch", "--once", name, "folder.h5").out
    test.check("2 runs: 2 finished; on synthetic digits, MNIST format, 200 training" in many, many)


def studies_say_it(test):
    write("drawn.yaml", "base: tiny.yaml\ndata: synthetic\naxes: {norm: [batch, layer]}\n")
    for file, options in (("drawn.yaml", []), ("study.yaml", ["--data", "synthetic"])):
        name = file.split(".", 1)[0]
        text = test.run_well("study", file, "list", *options, NORMLAB_DATA="digits").out
        test.check(" on synthetic digits, images of 1 x 28 x 28, in "
                   f"results/{name}-synthetic\n" in text, text)
        text = test.run_well("study", file, "list", "--commands", *options).out
        test.check(text.count(f" --data synthetic --out results/{name}-synthetic/") == 2, text)
    write("mnist.yaml", "base: tiny.yaml\ndata: mnist\naxes: {norm: [batch, layer]}\n")
    refused(test, USAGE, ["wants MNIST, but synthetic stands for synthetic digits"],
            "study", "mnist.yaml", "run", "--data", "synthetic")
    refused(test, USAGE, ["wants synthetic digits, but digits has the format of MNIST"],
            "study", "drawn.yaml", "run", "--data", "digits")


def a_folder_of_that_name(test):
    shutil.copytree("digits", "synthetic")
    outcome = test.run_well("train", "tiny.yaml", "--data", "./synthetic", "--out", "folder.h5")
    test.check("synthetic digits" not in outcome.out + outcome.err, outcome.out + outcome.err)


def main():
    test = Test(__doc__)
    write("tiny.yaml", TINY)
    test.run_well("data", "synthesize", "digits", "--train", 200, "--test", 60)
    names_differ(test)
    what_is_there_is_told(test)
    a_folder_of_that_name(test)
    synthetic_is_asked_for(test)
    studies_say_it(test)
    test.finish()


main()
