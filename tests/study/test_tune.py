"""Tuning in a study: equal budgets on the validation split, the choice, fresh seeds, and what is refused."""

import os
import re

from tiny import begin, errors, study, write

STUDY = """
base: ../tiny.yaml
variants:
  - {norm: batch}
  - {norm: layer}
axes: {seed: 1..2}
tune:
  keys: {optimizer.lr: [0.001, 0.05, 1e30]}
  validation: 60
  seeds: 2
"""
FOLDER = "results/tuned"
RATES = ["0.001", "0.05", "1e30"]


def run(test, action, *options):
    return test.run(*study(action, *options, name="tuned"))


def rows(out):
    """{run: (state, accuracy)} of the tables of runs."""
    found = re.findall(r"^(\S+-s\d+) +(\w+) +(?:-|\S+/\S+) +(\S+)", out, re.M)
    return {name: (state, None if accuracy == "-" else float(accuracy))
            for name, state, accuracy in found}


def expected_choice(table, norm):
    """The best mean; a rate of which a run diverged comes last."""
    best = None
    for rate in RATES:
        runs = [table[f"{norm}-lr{rate}-s{seed}"] for seed in (1001, 1002)]
        diverged = sum(state == "diverged" for state, _ in runs)
        done = [accuracy for state, accuracy in runs if state == "finished"]
        key = (diverged == 0, sum(done) / len(done) if done else 0)
        if best is None or key > best[0]:
            best = key, rate
    return best[1]


def tunes_and_compares(test):
    write("configs/studies/tuned.yaml", STUDY)
    before = run(test, "list")
    test.check(before.status == 0 and "16 runs in all, 32 epochs: 12 to tune (2 variants x 3 choices "
               "x 2 seeds), 4 to compare (2 variants x 2 seeds); these wait" in before.out,
               before.out + before.err)
    test.check(len(rows(before.out)) == 12, before.out)
    stopped = run(test, "run", "--jobs", "2")
    test.check(stopped.status == 0, stopped.out + stopped.err)
    after = run(test, "list")
    table = rows(after.out)
    test.check(len(table) == 16 and all(table[f"{norm}-lr1e30-s1001"][0] == "diverged"
                                        for norm in ("batch", "layer")), after.out)
    for norm in ("batch", "layer"):
        rate = expected_choice(table, norm)
        test.check(re.search(rf"^{norm} +optimizer.lr={rate} +\d", after.out, re.M),
                   f"{norm}: not {rate}: {after.out}")
        out = test.run_well("note", f"{FOLDER}/{norm}-s1.h5").out
        runs = test.run_well("compare", "--csv-runs", f"{FOLDER}/{norm}-s1.h5").out
        test.check("# evaluated: test\n" in runs, f"{out}{runs}")
        single = test.run_well("compare", "--csv-runs", f"{FOLDER}/tuning/{norm}-lr{rate}-s1001.h5")
        test.check("# evaluated: validation\n" in single.out, single.out)
    fresh = {re.search(r"-s(\d+)", name).group(1) for name in table if "-lr" not in name}
    test.check(fresh == {"1", "2"}, f"{fresh}")
    return table


def goes_on(test, table):
    """What is missing of the first stage holds the second one back, and comes out the same."""
    name = "layer-lr0.05-s1002"
    digest = test.digest(f"{FOLDER}/tuning/{name}.h5")
    for end in (".h5", ".h5.prev"):
        os.unlink(f"{FOLDER}/tuning/{name}{end}")
    out = run(test, "list").out
    test.check("these wait for the choice" in out and
               re.search(r"^layer +- +- +0/2", out, re.M) is not None, out)
    commands = run(test, "list", "--commands").out.split("\n")
    test.check(len(commands) == 2 and f"--set optimizer.lr=0.05 --set data.validation=60 --seed 1002"
               in commands[0], f"{commands}")
    test.check(run(test, "run").status == 0, "run again")
    test.check(test.digest(f"{FOLDER}/tuning/{name}.h5") == digest, "another digest")
    test.check(rows(run(test, "list").out) == table, "another table")


def refuses(test):
    cases = [
        ("keys: {optimizer.lr: [0.001, 0.05, 1e30]}", "keys: {}", "tune.keys: names no key"),
        ("  keys: {optimizer.lr: [0.001, 0.05, 1e30]}\n", "", "tune.keys: missing"),
        ("optimizer.lr:", "norm:", "tune.keys.norm: variants.0 sets network.norm, too"),
        ("optimizer.lr:", "data.validation:", "data.validation is nothing to choose"),
        ("optimizer.lr:", "optimizer.speed:", "tune.keys.optimizer.speed"),
        ("validation: 60", "on: test", "accepted: validation"),
        ("validation: 60", "holdout: 60", "'holdout' is unknown"),
        ("validation: 60", "validation: all", "accepted: a whole number"),
        ("seeds: 2", "seeds: 2..3", "2 is one of the study's own seeds"),
        ("seeds: 2", "seeds: 0", "accepted: a whole number from 1"),
        ("variants:", "set: {data.validation: 10}\nvariants:", "tune holds images out"),
    ]
    for old, new, message in cases:
        test.check(old in STUDY, old)
        write("configs/studies/tuned.yaml", STUDY.replace(old, new))
        outcome = run(test, "list")
        test.check(outcome.status == 2 and len(errors(outcome.err)) == 1 and message in outcome.err,
                   f"{new}: {outcome.status} {outcome.err}")
    write("configs/studies/tuned.yaml", STUDY)
    outcome = run(test, "run", "--set", "optimizer.lr=0.2")
    test.check(outcome.status == 2 and "change that in the study file" in outcome.err, outcome.err)


def warns_of_ends(test):
    write("configs/studies/ends.yaml", STUDY.replace("0.001, 0.05, 1e30", "1e-7, 1e-6, 1e-5"))
    test.run_well(*study("run", name="ends"))
    outcome = test.run_well(*study("list", name="ends"))
    test.check("layer: optimizer.lr=1e-7 is chosen, at the end of the values that were tried" in outcome.err,
               outcome.err)


def main():
    test = begin(__doc__)
    table = tunes_and_compares(test)
    goes_on(test, table)
    refuses(test)
    warns_of_ends(test)
    test.finish()


if __name__ == "__main__":
    main()
