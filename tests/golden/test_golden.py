"""Result files of all formats so far are compared, resumed, predicted from, watched and digested.

What files hold is compared bit by bit. What a program of today computes has the bits of today (golden_bits.json),
which may be others than those of the program that wrote a file, but not other values: the order of sums and the
algorithms of convolutions have changed, not what they compute. All of it is done with the portable instruction set,
whose bits are the same on all processors."""

import glob
import json
import os
import re
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "program"))
from harness import SKIPPED, Test, read_idx, table_rows  # noqa: E402

try:
    import facts
except ImportError as missing:
    print(f"SKIPPED: {missing}")
    sys.exit(SKIPPED)

GROUPS = ["model", "optimizer", "metrics", "predictions", "layers"]
# Differences of rounding, as twenty steps of training make them grow: 3e-7 of the largest weight were seen. A step more
# or less, another order of samples or another mask of dropout change weights by percents.
NEAR = 1e-5
# Rows of images are constant in places; a norm over one divides by its epsilon alone, and rounding grows until two
# runs have nothing in common. Their first losses do.
GROWS = {"layerw"}
STATUS = {"finished": 0, "stopped": 75, "diverged": 5}
ADAMW = ["--set", "optimizer={type: adamw, lr: 0.03}", "--set", "training.ema=0.9",
         "--set", "schedule={type: one-cycle}", "--norm", "group:2"]
FRESH = {"batch-s1": ["--norm", "batch"], "layer-s2": ["--norm", "layer", "--seed", 2],
         "group-2-s1": ["--norm", "group:2"], "batch7": ["--norm", "batch:7"],
         "layerchw": ["--norm", "layer:chw"], "layerw": ["--norm", "layer:w"],
         "groupc2": ["--norm", "group:c/2"], "instance": ["--norm", "instance"],
         "none": ["--norm", "none"], "adamw-ema": ADAMW,
         "validation": ["--set", "data.validation=16"]}


def same(text, number):
    return text == "" if number is None else text != "" and float(text) == number


def train(out, *options, **more):
    return test.run("train", f"{HERE}/tiny.yaml", "--data", "digits", "--out", out, *options,
                    NORMLAB_ISA="portable", **more)


def compared(folder, expected):
    """Each run as what it is, in text, CSV and JSON; the seeds of a norm as one variant."""
    table = test.run_well("compare", "--csv-runs", folder).out
    rows = {os.path.basename(row["file"]): row for row in table_rows(table)}
    test.check(rows.keys() == expected.keys(), f"{folder}: compares {sorted(rows)}")
    for name, run in expected.items():
        row = rows.get(name, {})
        for key in ("status", "norm", "seed", "evaluated"):
            test.check(row.get(key) == run[key], f"{name}: {key} {row.get(key)}, not {run[key]}")
        test.check(row.get("epochs") == str(run["epochs"]), f"{name}: epochs {row.get('epochs')}")
        for key in facts.METRICS:
            test.check(same(row.get(key, "-"), run[key]), f"{name}: {key} {row.get(key)}")
    seeds = {variant["name"]: variant["seeds"]
             for variant in json.loads(test.run_well("compare", "--json", folder).out)["variants"]}
    pairs = [name for name, found in seeds.items() if found == ["1", "2"]]
    norms = sorted(name.split()[0] for name in pairs)
    test.check(norms == ["batch", "group:2", "layer"], f"{folder}: variants {seeds}")
    for name in ("batch-s1", "layer-s1"):
        test.check(f"{name}.h5" in test.run_well("compare", "--runs", folder).out, f"no {name}")


def digested(folder, expected):
    for name, run in expected.items():
        digest = test.digest(f"{folder}/{name}")
        test.check(digest == run["digest"], f"{name}: digest {digest}, not {run['digest']}")


def unchanged(folder, expected):
    for name, run in expected.items():
        found = facts.read(f"{folder}/{name}")
        test.check({**found, "digest": run["digest"]} == run, f"{name}: is not what it was")


def predicted(folder, expected):
    """The classes and probabilities that were stored for the test images."""
    n = read_idx("digits/t10k-labels-idx1-ubyte")[1][0]
    for name, run in expected.items():
        if run["evaluated"] != "test":
            continue
        outcome = test.run_well("predict", f"{folder}/{name}", "digits/t10k-images-idx3-ubyte",
                                NORMLAB_ISA="portable")
        found = re.findall(r":  (\d+)(?: \w+)?  (\d\.\d+)", outcome.out)
        with facts.h5py.File(f"{folder}/{name}") as file:
            if run["epochs"] == 0:
                continue
            stored = file["predictions/prediction"][:]
            share = file["predictions/probability"][:].max(axis=1)
            if run["status"] == "stopped":  # the weights are younger than the predictions
                test.check(len(found) == n, f"{name}: {len(found)} predictions")
                continue
        good = len(found) == n and all(
            int(k) == stored[i] and abs(float(p) - share[i]) <= 0.00006
            for i, (k, p) in enumerate(found))
        test.check(good, f"{name}: predictions differ: {outcome.out[:300]}")


def watched(folder, expected):
    for name, run in expected.items():
        outcome = test.run("watch", f"{folder}/{name}", "--once")
        test.check(outcome.status == STATUS[run["status"]] and run["status"] in outcome.out,
                   f"{name}: watch ends with {outcome.status}: {outcome.out[:300]}{outcome.err[:300]}")


def listed(folder, expected):
    """A study recognizes its runs."""
    outcome = test.run_well("study", f"{HERE}/norms.yaml", "list", "--out", folder)
    test.check(outcome.out.endswith("\n6 runs: 6 finished\n"), f"{folder}: a study lists {outcome.out}")


def near(found, wanted):
    """The names of the weights that differ by more than rounding."""
    with facts.h5py.File(found) as new, facts.h5py.File(wanted) as old:
        names = [name for name, item in old["model"].items() if isinstance(item, facts.h5py.Dataset)]
        return [name for name in names if not
                abs(new["model"][name][()] - old["model"][name][()]).max()
                <= NEAR * max(abs(old["model"][name][()]).max(), 1e-3)]


def resumed(folder, expected):
    """What was stopped ends where the run that was not does, with the same bits in any layout."""
    digests = set()
    for ranks, threads in [(0, 1), (2, 1), (0, 2)]:
        shutil.copy(f"{folder}/stopped.h5", "again.h5")
        outcome = train("again.h5", "--resume", *ADAMW, ranks=ranks, threads=threads)
        test.check(outcome.status == 0 and "resuming at epoch 2, step 3" in outcome.out,
                   f"{folder}: resuming ends with {outcome.status}: {outcome.out}{outcome.err}")
        found = facts.read("again.h5", f"{folder}/adamw-ema.h5")
        for key in ["status", "epochs"]:
            test.check(found[key] == expected["adamw-ema.h5"][key], f"{folder}: resumed: {key}")
        far = near("again.h5", f"{folder}/adamw-ema.h5")
        test.check(not far, f"{folder}: resumed, it ends elsewhere: {far}")
        digests.add(test.digest("again.h5"))
        outcome = train("again.h5", "--resume", *ADAMW, "--set", "optimizer.lr=0.02")
        test.check(outcome.status == 2 and "optimizer.lr: 0.02 here, 0.03 there" in outcome.err,
                   f"{folder}: resumes with another rate: {outcome.status} {outcome.err}")
        os.remove("again.h5")
    test.check(len(digests) == 1, f"{folder}: resumed on other ranks and threads: {digests}")
    shutil.copy(f"{folder}/init.h5", "again.h5")
    outcome = train("again.h5", "--resume", "--seed", 2)
    test.check(outcome.status == 0 and facts.read("again.h5")["model"] == expected["init.h5"]["model"],
               f"{folder}: a finished run is resumed with {outcome.status}: {outcome.err}")


def fresh(name, *options):
    """The file of a run of today, which is made once for all formats."""
    out = f"fresh-{name}.h5"
    if not os.path.exists(out):
        outcome = train(out, *options)
        test.check(outcome.status == 0, f"{name}: status {outcome.status}: {outcome.err}")
    return out


def repeated(folder, expected):
    """The same runs today end where they did."""
    for name, options in FRESH.items():
        far = near(fresh(name, *options), f"{folder}/{name}.h5")
        test.check(not far or name in GROWS, f"{name}: elsewhere than in {folder}: {far}")
        with facts.h5py.File(f"fresh-{name}.h5") as new, facts.h5py.File(f"{folder}/{name}.h5") as old:
            step = abs(new["metrics/step/loss"][:4] - old["metrics/step/loss"][:4])
        test.check(len(step) == 4 and step.max() <= NEAR, f"{name}: other losses than in {folder}: {step}")
    outcome = train("fresh.h5", "--overwrite", "--init", f"{folder}/batch-s1.h5", "--seed", 2)
    test.check(outcome.status == 0 and not near("fresh.h5", f"{folder}/init.h5"),
               f"{folder}: started from its weights, it ends elsewhere: {outcome.err}")
    os.remove("fresh.h5")


test = Test(__doc__)
test.run_well("data", "synthesize", "digits", "--train", 64, "--test", 20, "--seed", 5)
folders = sorted(glob.glob(f"{HERE}/format-*"))
test.check(folders, "no golden files")
for place in folders:
    with open(f"{place}/expected.json", encoding="utf-8") as lines:
        content = json.load(lines)
    for case in test.chosen([unchanged, compared, digested, predicted, watched, listed, resumed, repeated]):
        case(place, content)
test.finish()
