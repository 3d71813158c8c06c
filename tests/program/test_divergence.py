"""A run whose numbers leave the range ends so on every layout, with its last good state."""

import json
import re

from harness import S6, Test, errors, litter

DIVERGED = 5


def diverges(test, norm, ranks, threads, every, *options):
    """The digest of what is left, and where it happened."""
    what = f"{norm} {options}, {ranks} x {threads}, checkpoint.every={every}"
    out = "diverged.h5"
    outcome = test.run("train", S6, "--norm", norm, "--epochs", 2, "--batch", 100, "--data",
                       "digits", "--out", out, "--overwrite", "--set", f"checkpoint.every={every}",
                       *options, ranks=ranks, threads=threads)
    lines = errors(outcome.err)
    test.check(outcome.status == DIVERGED, f"{what}: status {outcome.status}\n{outcome.err}")
    where = re.search(r"epoch (\d+), step (\d+): diverged: (.*?) is not", "".join(lines))
    test.check(len(lines) == 1 and where is not None and out in lines[0], f"{what}: {lines}")
    compared = test.run("compare", "--json", out)
    test.check(compared.status == 0, f"{what}: compare: {compared.err}")
    status = json.loads(compared.out)["runs"][0]["status"] if compared.status == 0 else None
    test.check(status == "diverged", f"{what}: the file's status is {status}")
    test.check(not litter(), f"{what}: left {litter()}")
    again = test.run(*["train", S6, "--norm", norm, "--epochs", 2, "--batch", 100, "--data",
                       "digits", "--out", out, "--resume", *options], threads=threads)
    test.check(again.status == DIVERGED, f"{what}: resumed: status {again.status}")
    return test.digest(out), where and where.groups()


def measured(test, norm, *options):
    """--check --measure says what the run itself does, but for the file, which it does not write."""
    words = ["train", S6, "--norm", norm, "--epochs", 1, "--batch", 100, "--data", "digits", "--out",
             "measured.h5", "--overwrite", *options]
    checked = test.run(*words, "--check", "--measure", 4)
    trained = test.run(*words)
    said = [re.search(r"step (\d+): diverged: (.*?)(?:; the last good state is in measured.h5)?; (.*)",
                      "".join(errors(outcome.err))) for outcome in (checked, trained)]
    test.check(checked.status == trained.status == DIVERGED and None not in said
               and said[0].groups() == said[1].groups() and "measured.h5" not in checked.err,
               f"--measure, {norm} {options}: {checked} {trained}")
    return said[1].groups() if said[1] else ["", "", ""]


def main():
    test = Test(__doc__)
    test.run_well("data", "synthesize", "digits", "--train", 700, "--test", 200)
    step, what, _ = measured(test, "batch", "--set", "optimizer.lr=1e30")
    test.check(step == "2" and what.startswith("a statistic of layer 1 block"), f"{step}: {what}")
    step, what, do = measured(test, "none", "--set", "data.mean=[0]", "--set", "data.deviation=[1e-37]")
    test.check(step == "1" and what.startswith("the loss") and "no step has been taken yet" in do,
               f"{step}: {what}; {do}")
    layouts = [(0, 1), (0, 2), (2, 1), (3, 1)] + ([(4, 1), (5, 2)] if test.long else [])
    cases = [("batch", ["--set", "optimizer.lr=1e30"]),
             ("group:2", ["--set", "optimizer.lr=1e308"]),  # weights leave the range at once
             ("none", ["--set", "optimizer.lr=1e30", "--set", "conv.backend=gemm"])]
    if test.long:
        cases += [("layer", ["--set", "optimizer.lr=1e30"]),
                  ("instance", ["--set", "optimizer.weight_decay=1e30"]),
                  ("layer:w", ["--set", "optimizer.lr=1e30"])]
    for norm, options in cases:
        found = {diverges(test, norm, ranks, threads, 1, *options) for ranks, threads in layouts}
        test.check(len(found) == 1 and None not in found.pop(),
                   f"{norm}: layouts differ in what is left or where it diverged: {found}")
    diverges(test, "none", 0, 1, 0, "--set", "optimizer.lr=1e30")
    test.finish()


main()
