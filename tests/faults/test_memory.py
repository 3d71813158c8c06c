"""Runs for which one allocation fails: status 6 and a message, what had been written is intact.

Counted are the allocations of the program, of libyaml and zlib; not those that the C
library, MPI, OpenMP and OpenBLAS make inside. HDF5's are tried apart (--case inside_hdf5).
"""

import os
import shutil
from collections import Counter, defaultdict

from faults import EPOCHS, FaultTest, errors, litter, read

MEMORY = 6
OURS = "program,libyaml,libz"
NUMBER, FUNCTION, OBJECT, PLACE = 0, 1, 3, 4


def train(test, folder, ranks=0, epochs=EPOCHS, **faults):
    changes = {"FAULTS_" + name.upper(): str(value) for name, value in faults.items()}
    shutil.rmtree(folder, ignore_errors=True)
    os.mkdir(folder)
    out = os.path.join(folder, "run.h5")
    return test.run(*test.arguments(out, epochs=epochs), ranks=ranks,
                    LD_PRELOAD=test.library("memory"), **changes)


def allocations(test, ranks=0, **options):
    log = os.path.abspath("memory.log")
    outcome = train(test, "whole", ranks=ranks, log=log, **options)
    test.check(outcome.status == 0, f"no run to count: {outcome.err}")
    return [line.split("\t") for line in read(log).decode().splitlines()]


def one_of_each_place(test, rows, n):
    places = defaultdict(list)
    for row in rows:
        places[row[OBJECT], row[PLACE]].append(row)
    one_each = [test.random.choice(same) for same in places.values()]
    return test.random.sample(one_each, min(n, len(one_each)))


def check(test, row, outcome, folder, found, what):
    what = f"{what}: allocation {' '.join(row)}"
    if outcome.status == 0:
        test.check(not errors(outcome.err), f"{what}: {outcome.err}")
        return "passed over"
    lines = errors(outcome.err)
    test.check(outcome.status == MEMORY and len(lines) == 1
               and any(word in lines[0].lower() for word in ("memory", "allocate")),
               f"{what}: status {outcome.status}\n{outcome.err[-600:]}")
    test.check(not litter(folder), f"{what}: left {litter(folder)}")
    for name in os.listdir(folder):
        digest = found.get(os.path.join(folder, name))
        test.check(digest in test.generations, f"{what}: {name} is damaged")
    return "status 6" if outcome.status == MEMORY else f"status {outcome.status}"


def try_all(test, rows, what, ranks=0, epochs=EPOCHS, **faults):
    tally = Counter()
    for first in range(0, len(rows), 40):
        batch = [(row, f"trial-{row[NUMBER]}") for row in rows[first:first + 40]]
        outcomes = test.all(lambda pair: train(test, pair[1], ranks, epochs, at=pair[0][NUMBER],
                                               **faults), batch)
        files = [os.path.join(f, name) for _, f in batch for name in os.listdir(f)]
        found = test.digests(files)
        for (row, folder), outcome in zip(batch, outcomes):
            tally[check(test, row, outcome, folder, found, what)] += 1
            if outcome.status == 0:
                path = os.path.join(folder, "run.h5")
                test.check(found.get(path) == test.last[epochs], f"{what}: {row}: another digest")
            shutil.rmtree(folder)
    print(f"{what}: {len(rows)} of the allocations fail: {dict(tally)}", flush=True)


def learn_generations(test):
    """Digests of what a run writes, one after the other."""
    test.generations = []
    for n in range(3):
        folder = f"generation-{n}"
        os.mkdir(folder)
        path = os.path.join(folder, "run.h5")
        log = os.path.abspath(f"{folder}.log")
        test.faulty(folder, log=log, only="rename", at=2 * n if n else 1, do="kill-after")
        test.generations.append(test.digest(path))
    train(test, "nothing", epochs=0)
    test.generations.append(test.digest("nothing/run.h5"))
    test.last = {EPOCHS: test.generations[2], 0: test.generations[3]}
    test.check(len(set(test.generations)) == 4 and None not in test.generations,
               f"generations {test.generations}")


def at_start(test):
    """Up to the first generation and to the end of a run of no epochs."""
    rows = allocations(test, epochs=0, objects=OURS)
    test.check(len(rows) > 1000, f"only {len(rows)} allocations were seen")
    if test.long:  # those of the YAML parser, half of all, are much alike
        rows = [row for row in rows if "libyaml" not in row[OBJECT] or test.random.random() < 0.1]
    else:
        rows = one_of_each_place(test, rows, 20)
    try_all(test, rows, "at the start, 1 rank", epochs=0, objects=OURS)


def later(test):
    n_start = len(allocations(test, epochs=0, objects=OURS))
    rows = allocations(test, objects=OURS)[n_start:]
    rows = test.random.sample(rows, 200) if test.long else one_of_each_place(test, rows, 5)
    try_all(test, rows, "later, 1 rank", objects=OURS)


def two_ranks(test):
    for rank in (0, 1):
        rows = allocations(test, ranks=2, rank=rank, objects=OURS)
        # The first is of whether the command starts MPI.
        rows = [rows[0], *one_of_each_place(test, rows[1:], 60 if test.long else 3)]
        try_all(test, rows, f"2 ranks, rank {rank}", ranks=2, rank=rank, objects=OURS)


def inside_hdf5(test):
    """It may crash; but what had been written stays whole."""
    rows = test.random.sample(allocations(test, objects="hdf5"), 300)
    tally = Counter()
    for first in range(0, len(rows), 40):
        batch = [(row[NUMBER], f"trial-{row[NUMBER]}") for row in rows[first:first + 40]]
        outcomes = test.all(lambda pair: train(test, pair[1], at=pair[0], objects="hdf5"), batch)
        tally.update(f"status {outcome.status}" for outcome in outcomes)
        files = [os.path.join(f, n) for _, f in batch for n in os.listdir(f) if ".h5." not in n]
        files += [path + ".prev" for path in files if os.path.exists(path + ".prev")]
        found = test.digests(files)
        for path in files:
            test.check(found.get(path) in test.generations, f"inside HDF5: {path} is damaged")
        for _, folder in batch:
            shutil.rmtree(folder)
    print(f"inside HDF5: {len(rows)} of the allocations fail: {dict(tally)}", flush=True)


def main():
    test = FaultTest(__doc__)
    learn_generations(test)
    by_hand = test.options.case and "inside_hdf5" in test.options.case
    for case in test.chosen([at_start, later, two_ranks] + ([inside_hdf5] if by_hand else [])):
        case(test)
    test.finish()


main()
