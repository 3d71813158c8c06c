"""A study that adds seeds until it is decided: looks, what is not run, stopping and going on, refusals."""

import os
import re

from tiny import begin, errors, study, write

STUDY = """
base: ../tiny.yaml
variants:
  - {norm: batch}
  - {name: slow, norm: batch, set: {optimizer.lr: 1e-6}}
  - {name: twin, norm: batch, set: {optimizer.lr: 0.0500001}}
axes: {seed: 5..6}
"""
FOLDER = "results/until"


def run(test, *options):
    return test.run(*study("run", "--until-decided", *options, name="until"))


def there(variant):
    return sorted(int(match.group(1)) for match in
                  (re.fullmatch(rf"{variant}-s(\d+)\.h5", name) for name in os.listdir(FOLDER)) if match)


def decides(test):
    write("configs/studies/until.yaml", STUDY)
    outcome = run(test, "--max-seeds", "8", "--baseline", "batch", "--jobs", "2", "--difference", "60")
    test.check(outcome.status == 0, outcome.out + outcome.err)
    looks = re.findall(r"^look (\d) of (\d), (\d+) seeds: (.*)$", outcome.out, re.M)
    test.check(looks and looks[0][:3] == ("1", "4", "3"), f"{looks}")
    last = int(looks[-1][2])
    test.check(there("batch") == list(range(5, 5 + last)), f"{there('batch')}")
    seeds = {}
    for name in ("slow", "twin"):
        row = re.search(rf"^{name} +(\w+).*? +(\d+) +([-+][\d.]+) +(\[.*\])$", outcome.out, re.M)
        test.check(row is not None, outcome.out)
        seeds[name] = int(row.group(2))
        test.check(there(name) == list(range(5, 5 + seeds[name])), f"{name}: {there(name)}")
    n = 24 - sum(seeds.values()) - last
    test.check(f"{n} of 24 runs were not needed." in outcome.out, outcome.out)
    test.check(re.search(r"^twin +equivalent", outcome.out, re.M) is not None, outcome.out)
    before = {name: os.stat(f"{FOLDER}/{name}").st_mtime_ns for name in os.listdir(FOLDER)}
    again = run(test, "--max-seeds", "8", "--baseline", "batch", "--difference", "60")
    after = {name: os.stat(f"{FOLDER}/{name}").st_mtime_ns for name in os.listdir(FOLDER)}
    test.check(before == after and looks == re.findall(r"^look (\d) of (\d), (\d+) seeds: (.*)$",
                                                       again.out, re.M), again.out)


def refuses(test):
    for options, message in (((), "needs --max-seeds N and --baseline NORM"),
                             (("--max-seeds", "4"), "needs --max-seeds N and --baseline NORM"),
                             (("--max-seeds", "4", "--baseline", "layer"),
                              'the variants are "batch", "slow", "twin"'),
                             (("--max-seeds", "4", "--baseline", "batch", "--difference", "0"),
                              "expected percentage points")):
        outcome = run(test, *options)
        test.check(outcome.status == 2 and message in outcome.err and len(errors(outcome.err)) == 1,
                   f"{options}: {outcome.status} {outcome.err}")
    outcome = test.run(*study("run", "--max-seeds", "4", name="until"))
    test.check(outcome.status == 2 and "belong to --until-decided" in outcome.err, outcome.err)
    outcome = test.run(*study("list", "--until-decided", name="until"))
    test.check(outcome.status == 2, outcome.err)


def main():
    test = begin(__doc__, epochs=1)
    decides(test)
    refuses(test)
    test.finish()


if __name__ == "__main__":
    main()
