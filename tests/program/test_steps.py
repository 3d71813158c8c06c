"""training.steps ends a run within an epoch: what is in the file, the schedule, resuming, ranks, what
other commands say of it, and what is refused.

Exit status: 0 passed, 1 failed, 77 skipped.
"""

import math
import re
import shutil
import sys

try:
    import h5py
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

from harness import MIXED, Test, write

USAGE = 2
N_TRAIN, N_TEST, BATCH, STEPS = 95, 21, 20, 7  # an epoch has 5 steps, the last one of 15 images
LR = 0.05


def train(test, out, *options, ranks=0, threads=1):
    return test.run_well("train", "mixed.yaml", "--data", "digits", "--batch", BATCH, "--epochs", 9,
                         "--set", f"training.steps={STEPS}", "--set", "schedule={type: cosine}",
                         "--set", "checkpoint.every=1", "--out", out, *options, ranks=ranks,
                         threads=threads)


def check_file(test, path):
    with h5py.File(path) as file:
        epochs, steps, timing = file["metrics/epoch"], file["metrics/step"], file["timing"]
        test.check(file.attrs["status"] in (b"finished", "finished"), file.attrs["status"])
        test.check(list(epochs["epoch"]) == [1, 2]
                   and list(steps["step"]) == list(range(1, STEPS + 1)),
                   f"{path}: {list(epochs['epoch'])}, {list(steps['step'])}")
        test.check(len(epochs["test_accuracy"]) == 2 and len(timing["epoch_seconds"]) == 2,
                   f"{path}: rows of epochs")
        test.check(len(file["predictions/prediction"]) == N_TEST, f"{path}: predictions")
        test.check(file["optimizer/epoch"][()] == 2 and file["optimizer/step"][()] == 0
                   and file["optimizer/updates"][()] == STEPS, f"{path}: position")
        for step, rate in enumerate(steps["learning_rate"]):
            wanted = LR * (1 + math.cos(math.pi * step / STEPS)) / 2
            test.check(abs(rate - wanted) < 1e-12,
                       f"{path}: step {step + 1}: rate {rate}, not {wanted}")
        # The means of the last epoch are those of its two steps alone.
        for name in ("loss", "accuracy"):
            mean = (steps[name][5] + steps[name][6]) / 2
            test.check(abs(epochs[f"train_{name}"][1] - mean) < 1e-9 * (1 + mean),
                       f"{path}: train_{name} {epochs[f'train_{name}'][1]}, not {mean}")


def check_refused(test):
    """More steps than all epochs have, said alike by all who know the images."""
    many = ["--batch", BATCH, "--epochs", 2, "--set", "training.steps=11"]
    said = r"training.steps: 11, but training.epochs: 2 over 95 images in batches of 20 are 10 steps"
    for words in (["train"], ["train", "--check"], ["summary"]):
        outcome = test.run(*words[:1], "mixed.yaml", *words[1:], "--data", "digits", *many)
        test.check(outcome.status == USAGE and re.search(said, outcome.err),
                   f"{words}: status {outcome.status}: {outcome.err}")
    outcome = test.run("study", "study.yaml", "list", "--data", "digits", *many)
    test.check(outcome.status == USAGE and re.search(said, outcome.err), f"study: {outcome.err}")
    held_out = [*many[:-1], "training.steps=8", "--set", "data.validation=35"]
    outcome = test.run("train", "mixed.yaml", "--check", "--data", "digits", *held_out)
    test.check(outcome.status == USAGE
               and "over 60 images in batches of 20 are 6 steps" in outcome.err,
               f"of the split: {outcome.err}")


def check_others(test, out, text):
    note = rf"^# training.steps ends the run after {STEPS} steps, in epoch 2 of 9$"
    test.check(re.search(note, text, re.M), f"no note of the end: {text}")
    test.check(re.search(r"^epoch 1/2 .*\nepoch 2/2 ", text, re.M), f"lines of epochs: {text}")
    shown = test.run_well("watch", "--once", out).out
    test.check("2/2" in shown or "2 of 2" in shown, f"watch: {shown}")
    test.check(test.run("compare", out).status == 0, "compare refuses it")
    again = test.run("train", "mixed.yaml", "--data", "digits", "--out", out)
    test.check("after 2 of 2 epochs" in again.err, f"of what is there: {again.err}")
    measured = test.run_well("train", "mixed.yaml", "--check", "--measure", 2, "--data", "digits",
                             "--batch", BATCH, "--set", f"training.steps={STEPS}").out
    test.check(re.search(r" for 2 epochs", measured), f"--measure: {measured}")


def check_study(test):
    test.run_well("study", "study.yaml", "run", "--data", "digits", "--out", "runs")
    listed = test.run_well("study", "study.yaml", "list", "--data", "digits", "--out", "runs").out
    test.check(re.search(r"finished +2/2 ", listed), f"study list: {listed}")


def check_last_batch(test):
    """What is kept of the last batch is of its own samples: the same as if there were no others."""
    alone = {}
    for name, setting in (("cut.h5", "training.steps=1"),
                          ("all.h5", f"data.validation={N_TRAIN - BATCH}")):
        changes = [setting, "data.shuffle=false", "data.mean=[0.2]", "data.deviation=[0.3]",
                   "schedule={type: constant}"]
        test.run_well("train", "mixed.yaml", "--data", "digits", "--batch", BATCH, "--epochs", 1,
                      "--out", name, *[word for change in changes for word in ("--set", change)])
        with h5py.File(name) as file:
            alone[name] = [file["layers"][key][()].tolist() for key in
                           ("mean_before", "deviation_after", "gradient_norm")]
    test.check(alone["cut.h5"] == alone["all.h5"], f"layers: {alone}")


test = Test(__doc__)
write("mixed.yaml", MIXED)
write("study.yaml", f"base: mixed.yaml\nset: {{training.batch: {BATCH}, training.epochs: 9, "
      f"training.steps: {STEPS}}}\naxes: {{norm: [batch], seed: [1]}}\n")
test.run_well("data", "synthesize", "digits", "--train", N_TRAIN, "--test", N_TEST)
text = train(test, "whole.h5").out
check_file(test, "whole.h5")
whole = test.digest("whole.h5")
# The generation before the end: after the first step of the epoch that is cut short.
shutil.copy("whole.h5.prev", "stopped.h5")
with h5py.File("stopped.h5") as file:
    test.check(file["optimizer/epoch"][()] == 1 and file["optimizer/step"][()] == 1, "not within")
train(test, "stopped.h5", "--resume", ranks=2)
test.check(whole and test.digest("stopped.h5") == whole, "other bits after resuming")
train(test, "whole.h5", "--resume")
test.check(test.digest("whole.h5") == whole, "other bits where nothing was left to do")
train(test, "ranks.h5", ranks=3)
test.check(test.digest("ranks.h5") == whole, "other bits on 3 ranks")
check_others(test, "whole.h5", text)
check_refused(test)
check_study(test)
check_last_batch(test)
test.finish()
