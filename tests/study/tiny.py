"""Small studies, and looking at what is left of them."""

import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "program"))
from harness import PATIENT, Test, errors, litter, read, write  # noqa: E402, F401

CONFIG = """
network:
  norm: batch
  layers:
    - {type: block, channels: 4, stride: 2}
    - {type: block, channels: 6, stride: 2}
    - {type: avg-pool, size: 6}
    - {type: conv, channels: 10, kernel: 1}
training: {epochs: %d, batch: 50}
optimizer: {lr: 0.05}
"""

STUDY = """
base: ../tiny.yaml
variants:
  - {name: "Batch, L1", norm: batch, set: {optimizer.l1: 0.001}}
  - {norm: layer}
axes: {seed: 1..2}
"""
RUNS = ["batch-l1-s1", "layer-s1", "batch-l1-s2", "layer-s2"]
# What the command line of a run says of it, besides base, folder and seed.
CHANGES = {"batch-l1": ["--norm", "batch", "--set", "optimizer.l1=0.001"],
           "layer": ["--norm", "layer"]}


def begin(description, epochs=2, n_train=300):
    test = Test(description, lonely=False)
    test.run_well("data", "synthesize", "digits", "--train", n_train, "--test", 100)
    os.makedirs("configs/studies")
    write("configs/tiny.yaml", CONFIG % epochs)
    write("configs/studies/tiny.yaml", STUDY)
    return test


def study(action, *options, name="tiny"):
    return ["study", f"configs/studies/{name}.yaml", action, "--data", "digits", *options]


def train(run, out, *options):
    """The run as a command by itself, for what a study's run must equal."""
    variant, seed = run.rsplit("-s", 1)
    return ["train", "configs/tiny.yaml", *CHANGES[variant], "--seed", seed, "--data", "digits",
            "--out", out, *options]


def digests(test, folder, names=RUNS):
    return {name: test.digest(f"{folder}/{name}.h5") for name in names}


def states(test, *options, name="tiny"):
    """State of each run as `list` tells it."""
    text = test.run_well(*study("list", *options, name=name)).out
    rows = re.findall(r"(?m)^(\S+-s\d+) +([a-z ]+?) +(?:-|\d+/\d+) ", text)
    return dict(rows)


def processes(run, command):
    """Of the program, with this command, whatever name they go by."""
    found = []
    for pid in run.members():
        try:
            words = read(f"/proc/{pid}/cmdline").split(b"\0")
        except OSError:
            continue
        if len(words) > 1 and words[1] == command.encode():
            found.append(pid)
    return found


def wait_until(condition, seconds=PATIENT):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.01)
    return None
