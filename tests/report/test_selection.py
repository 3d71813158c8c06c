"""compare --where and --by: which runs are compared, what they are variants by, and what it says.

Exit status: 0 passed, 1 failed, 77 skipped.
"""

import json
import os
import sys

try:
    import results
except (ImportError, OSError) as error:
    print(f"skipped: {error}")
    sys.exit(77)

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "program"))
from harness import Test, errors, table_rows, write  # noqa: E402

NORMS, SEEDS, RATES = ("batch", "group:2", "instance"), (1, 2, 3), ("0.01", "0.1")


def make_runs():
    """A run each of NORMS, SEEDS and RATES; and one of another optimizer."""
    os.mkdir("runs")
    for i, norm in enumerate(NORMS):
        for seed in SEEDS:
            for k, rate in enumerate(RATES):
                config = {"optimizer.lr": rate, "training.batch": 32, "optimizer.type": "sgd",
                          "schedule.type": "constant"}
                results.write_result(f"runs/{i}-{seed}-{k}.h5", norm, seed, config=config,
                                     accuracy=(0.5, 0.9 - 0.1 * i - 0.02 * k + 0.001 * seed),
                                     right=[True] * (20 - i) + [False] * i)
    results.write_result("runs/other.h5", "layer", 1, config={"optimizer.type": "adam"})


def compared(test, *options, files=("runs",)):
    """What the comparison holds."""
    outcome = test.run_well("compare", *files, "--json", *options)
    return json.loads(outcome.out) if outcome.status == 0 else {"variants": [], "runs": []}


def names(found):
    return sorted(row["file"][5:-3] for row in found["runs"])


def check_where(test, files=("runs",)):
    """Each kind of condition takes these runs."""
    every = {f"{i}-{s}-{k}" for i in range(3) for s in SEEDS for k in range(2)}
    of = {"norm": lambda name: NORMS[int(name[0])], "seed": lambda name: int(name[2]),
          "lr": lambda name: float(RATES[int(name[4])])}
    for conditions, takes in (
            (["norm=batch"], lambda n: of["norm"](n) == "batch"),
            (["norm=over(h,w)"], lambda n: of["norm"](n) == "instance"),
            (["norm=batch", "network.norm!=batch"], lambda n: False),
            (["norm=batch", "norm=group:2"], lambda n: of["norm"](n) != "instance"),
            (["optimizer.lr=1e-2"], lambda n: of["lr"](n) == 0.01),
            (["lr>=0.1", "seed=2..2.5"], lambda n: of["lr"](n) == 0.1 and of["seed"](n) == 2),
            (["lr<0.1", "seed>2"], lambda n: of["lr"](n) == 0.01 and of["seed"](n) == 3),
            (["lr<=0.1", "seed<2"], lambda n: of["seed"](n) == 1),
            (["lr!=0.1", "optimizer.type=sgd"], lambda n: of["lr"](n) != 0.1)):
        options = [word for condition in conditions for word in ("--where", condition)]
        expected = sorted(filter(takes, every))
        if not expected:
            outcome = test.run("compare", *files, *options)
            test.check(outcome.status == 2 and "none of 19 runs meets" in outcome.err, outcome.err)
            continue
        found = compared(test, *options, files=files)
        test.check(names(found) == expected, f"{conditions}: {names(found)} not {expected}")
        test.check(found["options"]["where"] == conditions
                   and found["options"]["runs_read"] == 19, f"{found['options']}")
    text = test.run_well("compare", *files, "--where", "norm=batch", "--where", "lr=0.1").out
    test.check("Only runs with norm=batch, lr=0.1 are compared: 3 of 19."
               in " ".join(text.split()), text[:600])


def check_by(test):
    found = compared(test, "--where", "optimizer.type=sgd", "--by", "norm")
    test.check({row["name"]: row["n_seeds"] for row in found["variants"]}
               == dict.fromkeys(NORMS, 6), f"{found['variants']}")
    batch = next(row for row in found["variants"] if row["name"] == "batch")
    mean = sum(0.9 - 0.02 * k + 0.001 * seed for seed in SEEDS for k in range(2)) / 6
    test.check(abs(batch["test_accuracy"]["mean"] - mean) < 1e-12, f"{batch}")
    test.check(any("differ in more than the seed, in optimizer.lr: means" in note
                   for note in found["notes"]), f"{found['notes']}")
    test.check(all(not row["seeds"]
               for row in found["differences"]), "pairs of several runs a seed")
    found = compared(test, "--where", "lr=0.1", "--where", "lr=0.01", "--where", "norm!=instance",
                     "--by", "lr", "--by", "norm")
    test.check(sorted(row["name"] for row in found["variants"]) == [
        "batch lr=0.01", "batch lr=0.1", "group:2 lr=0.01", "group:2 lr=0.1"]
        and not any("differ in" in note for note in found["notes"]), f"{found['notes']}")
    found = compared(test, "--where", "optimizer.type=sgd", "--by", "lr")
    test.check([row["name"] for row in found["variants"]] == ["mixed lr=0.01", "mixed lr=0.1"]
               and any("in network.norm: means" in note for note in found["notes"]),
               f"{found['notes']}")
    found = compared(test, "--by", "norm", files=("runs/other.h5", "runs/0-1-0.h5"))
    test.check(any("Variants differ in" in note and "optimizer.type" in note
                   for note in found["notes"]), f"{found['notes']}")
    page = test.run_well("compare", "runs", "--by", "norm", "--csv-runs")
    rows = table_rows(page.out)
    test.check(len(rows) == 19 and {row["optimizer.lr"] for row in rows} == {"", *RATES}
               and {row["variant"] for row in rows} == {*NORMS, "layer"}
               and "Runs with the same norm are one variant" in page.err, page.out + page.err)


def check_refused(test):
    for options, words in ((["--where", "lr"], "expected KEY=VALUE"),
                           (["--where", "lr<high"], "wants a number"),
                           (["--where", "seed=3..1"], "the range is empty"),
                           (["--where", "type=sgd"], "type is optimizer.type or schedule.type"),
                           (["--where", "test_accuracy>0.8"], "no run has this key"),
                           (["--by", "optimizer.beta1"], "no run has this key"),
                           (["--by", "seed"], "a variant is made of seeds"),
                           (["--by", "norm", "--pairs", "seed"], "several runs of a seed")):
        outcome = test.run("compare", "runs", *options)
        test.check(outcome.status == 2 and len(errors(outcome.err)) == 1 and words in outcome.err
                   and not outcome.out, f"{options}: {outcome.status} {outcome.err}")


def main():
    test = Test(__doc__)
    make_runs()
    check_where(test)
    test.run_well("note", "runs/0-1-0.h5", "by=me")
    found = compared(test, "--where", "note.by=me")
    test.check(names(found) == ["0-1-0"], f"note: {names(found)}")
    table = write("table.csv", test.run_well("compare", "runs", "--csv-runs").out)
    text = test.run_well("compare", table, "--where", "norm=batch", "--where", "lr=0.1").out
    test.check("are compared: 3 of 19." in " ".join(text.split()), text[:600])
    check_by(test)
    check_refused(test)
    test.finish()


if __name__ == "__main__":
    main()
