"""Result files whose check sum is right, and on which HDF5 crashes or never ends: a message, the status of damaged
data, and all else goes on."""

import json
import os
import shutil
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from harness import Test, read, write  # noqa: E402

TINY = f"{HERE}/../golden/tiny.yaml"
FORGED = f"{HERE}/../fuzz/corpus/forged"
STUDY = """base: tiny.yaml
variants:
  - {norm: layer}
axes: {seed: 1..2}
"""


def refused(file, words, *command):
    outcome = test.run(*command)
    test.check(outcome.status == 4 and f"{file}: damaged: HDF5 fails on it ({words})" in outcome.err,
               f"{command}: {outcome.status} {outcome.err}")
    return outcome


def commands_refuse_it():
    before = read("crashes.h5")
    for command in (["digest", "crashes.h5"], ["note", "crashes.h5"], ["note", "crashes.h5", "a=1"],
                    ["note", "--reseal", "crashes.h5"], ["predict", "crashes.h5", "digits/t10k-images-idx3-ubyte"],
                    ["watch", "crashes.h5", "--once"], ["compare", "crashes.h5"],
                    ["train", TINY, "--data", "digits", "--out", "crashes.h5", "--resume"],
                    ["train", TINY, "--data", "digits", "--out", "other.h5", "--init", "crashes.h5"]):
        refused("crashes.h5", "Segmentation fault", *command)
    test.check(read("crashes.h5") == before, "a refused file is changed")


def what_never_ends_is_ended():
    start = time.monotonic()
    refused("hangs.h5", "it takes too long", "digest", "hangs.h5")
    test.check(time.monotonic() - start < 60, "it took a minute")


def the_others_are_compared():
    os.mkdir("all")
    for name in ("good.h5", "crashes.h5"):
        shutil.copy(name, "all")
    outcome = refused("all/crashes.h5", "Segmentation fault", "compare", "all", "--json")
    runs = [run["file"] for run in json.loads(outcome.out)["runs"]]
    test.check(runs == ["all/good.h5"], f"compared are {runs}")
    outcome = refused("all/crashes.h5", "Segmentation fault", "digest", "all/crashes.h5", "all/good.h5")
    test.check(outcome.out.endswith("  all/good.h5\n"), "the digest of the other file is missing")


def a_study_does_the_others():
    shutil.copy(TINY, "tiny.yaml")
    write("two.yaml", STUDY)
    os.mkdir("two")
    shutil.copy("crashes.h5", "two/layer-s1.h5")
    outcome = test.run("study", "two.yaml", "list", "--data", "digits", "--out", "two")
    test.check("unreadable" in outcome.out and "missing" in outcome.out, f"list: {outcome.out}{outcome.err}")
    outcome = test.run("study", "two.yaml", "run", "--data", "digits", "--out", "two", "--threads", 1)
    test.check(outcome.status == 4, f"run: {outcome.status} {outcome.out}{outcome.err}")
    test.check(test.run("digest", "two/layer-s2.h5").status == 0, "the other run was not made")


test = Test(__doc__)
test.run_well("data", "synthesize", "digits", "--train", 64, "--test", 20, "--seed", 5)
test.run_well("train", TINY, "--data", "digits", "--epochs", 1, "--out", "good.h5")
for file_name in ("crashes.h5", "hangs.h5"):
    shutil.copy(f"{FORGED}/{file_name}", file_name)
for case in test.chosen([commands_refuse_it, what_never_ends_is_ended, the_others_are_compared,
                         a_study_does_the_others]):
    case()
test.finish()
