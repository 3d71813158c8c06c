"""A run that dies before, in or after each of its calls on files, or for which that call fails.

What is left is a whole generation, none older than the last that was written before; the same
command goes on from there and ends in the digest of the run that nothing happened to.
"""

import errno
import os
import shutil
from collections import Counter, namedtuple

from faults import FaultTest, acknowledged, calls, copy_into, errors, read, write

FILE, DATA = 3, 4
KILLED = -9  # timeout dies as what it has started
KILLS = ["kill-before", "kill-in", "kill-after"]
E = errno
SPACE = [E.EIO, E.ENOSPC]
FAILURES = {  # what each of them can be, by the manual pages; "short": a part is transferred
    "open": [E.EIO, E.EINTR, E.EMFILE, E.EACCES], "create": SPACE + [E.EINTR, E.EACCES, E.EROFS],
    "read": [E.EIO, E.EINTR, "short"], "pread": [E.EIO, E.EINTR, "short"],
    "write": SPACE + [E.EDQUOT, E.EINTR, "short"], "pwrite": SPACE + [E.EINTR, "short"],
    "fsync": SPACE + [E.EINTR], "close": SPACE + [E.EINTR], "ftruncate": [E.EIO, E.EINTR],
    "rename": SPACE + [E.EACCES, E.EROFS], "link": SPACE + [E.EMLINK], "unlink": [E.EIO, E.EROFS],
    "unlinkat": [E.EIO], "flock": [E.ENOLCK, E.EINTR, E.EIO], "mkdir": [E.EIO, E.EROFS],
    "stat": [E.EIO, E.EACCES], "lstat": [E.EIO], "fstat": [E.EIO], "access": [E.EIO],
    "opendir": [E.EIO]}
CHAIN_EPOCHS = 20  # more than those who die get through
RECOVERABLE = (E.EINTR, "short")

# Where a run starts: folder, options, peculiarity of the library, and for FILE at the start and
# after each write the number of its generation (-1: none, or one of another run).
Scenario = namedtuple("Scenario", "start options plant generations")
SCENARIOS = [Scenario(None, [], None, [-1, 0, 1, 2]),
             Scenario("stopped-2", ["--resume"], None, [1, 1, 2]),
             Scenario("other", ["--overwrite"], None, [-1, 0, 1, 2]),
             Scenario("torn", ["--resume"], None, [0, 0, 1, 2]),
             Scenario("stopped-2", ["--resume"], "no-link", [1, 1, 2])]

Trial = namedtuple("Trial", "what folder scenario fault row least")


class Digests:
    """Of the generations of a run that nothing happens to, and where to start from."""

    def __init__(self, test):
        os.mkdir("whole")
        log = "whole.log"
        test.check(test.faulty("whole", log=os.path.abspath(log)).status == 0, "no whole run")
        counts = acknowledged(calls(log))
        for i in (1, 2):
            os.mkdir(f"stopped-{i}")
            test.faulty(f"stopped-{i}", at=counts.index(i) + 1, do="kill-before")
            os.unlink(f"stopped-{i}/run.h5.lock")
        os.mkdir("other")
        test.run_well(*test.arguments("other/run.h5", "--seed", 2))
        copy_into("stopped-2", "torn")
        write("torn/run.h5", read("torn/run.h5")[:5000])
        paths = ["stopped-1/run.h5", "stopped-2/run.h5", "whole/run.h5"]
        found = test.digests(paths + ["other/run.h5", "other/run.h5.prev"])
        self.generations = [found[path] for path in paths]
        self.other = {found[f"other/run.h5{end}"] for end in ("", ".prev")}
        test.check(len(set(self.generations)) == 3, f"generations {self.generations}")

    def number(self, digest):
        """Of a generation; -1: of another run; -2: none, or not whole."""
        if digest in self.generations:
            return self.generations.index(digest)
        return -1 if digest in self.other else -2


def make_folder(scenario, folder):
    shutil.rmtree(folder, ignore_errors=True)
    if scenario.start:
        copy_into(scenario.start, folder)
    else:
        os.mkdir(folder)


def planted(scenario, fault):
    plant = fault.get("plant", scenario.plant)
    return {**fault, **({"plant": plant} if plant else {})}


def reference(test, scenario, **plant):
    """The calls of this scenario when nothing happens, and the generation due before each."""
    make_folder(scenario, "reference")
    log = os.path.abspath("reference.log")
    if os.path.exists(log):
        os.unlink(log)
    outcome = test.faulty("reference", *scenario.options, log=log, **planted(scenario, plant))
    test.check(outcome.status == 0, f"{scenario}: {outcome.err}")
    rows = calls(log)
    test.check(len(rows) > 30, f"only {len(rows)} calls were seen")
    return rows, [scenario.generations[n] for n in acknowledged(rows)]


def faults_of(row, rows):
    """Failures of a call, alone and with all later ones of this function."""
    nth = sum(r["function"] == row["function"] and r["number"] <= row["number"] for r in rows)
    for failure in FAILURES[row["function"]]:
        yield {"at": row["number"], "do": failure}
        if failure not in RECOVERABLE:
            yield {"at": f"{nth}+", "only": row["function"], "do": failure}


def run_trial(test, trial):
    make_folder(trial.scenario, trial.folder)
    return test.faulty(trial.folder, *trial.scenario.options,
                       **planted(trial.scenario, trial.fault))


def lost(trial, digests, found):
    """What is wrong with what is left; empty if it is whole and new enough."""
    numbers = [digests.number(found.get(os.path.join(trial.folder, name)))
               for name in ("run.h5", "run.h5.prev")]
    names = os.listdir(trial.folder)
    good = max(numbers) >= trial.least or (trial.least == -1 and trial.scenario.start is None)
    was_torn = trial.scenario.start == "torn"
    if "run.h5" in names and not was_torn:
        good = good and numbers[0] >= trial.least and numbers[0] > -2
    if "run.h5.prev" in names:
        good = good and numbers[1] > -2
    return "" if good else (f"lost: {trial.what}: left generations {numbers} in {sorted(names)}, "
                            f"{trial.least} had been written")


def check_failure(test, trial, outcome):
    """What the run itself says about it."""
    what = trial.what
    if trial.fault["do"] in RECOVERABLE:
        test.check(outcome.status == 0, f"{what}: status {outcome.status}\n{outcome.err[-500:]}")
    lines = errors(outcome.err)
    expected = (0, FILE, DATA) if trial.scenario.start == "torn" else (0, FILE)
    test.check(outcome.status in expected and len(lines) == (outcome.status != 0),
               f"{what}: status {outcome.status}\n{outcome.err[-500:]}")
    for line in lines:
        reasons = [os.strerror(trial.fault["do"]) if trial.fault["do"] != "short" else ""]
        if trial.fault.get("only") == "unlink":
            reasons.append("File exists")  # what could not be removed is in the way
        test.check(any(reason in line for reason in reasons) and trial.folder in line, f"{what}: says {line}")
    if trial.fault.get("only") not in ("unlink", "unlinkat", "opendir"):
        names = [n for n in os.listdir(trial.folder) if ".tmp." in n or n.endswith(".lock")]
        if trial.row["function"] in ("unlink", "unlinkat", "opendir", "stat", "fstat"):
            names = [n for n in names if ".prev.tmp." not in n and not n.endswith(".lock")]
        test.check(not names, f"{what}: left {names}")


def go_on(test, trial):
    """The same command again, with nothing in its way."""
    again = trial.scenario.options or ["--resume"]
    return test.run(*test.arguments(os.path.join(trial.folder, "run.h5"), *again))


def check_end(test, trial, outcome, digests, found):
    test.check(outcome.status == 0,
               f"{trial.what}: going on: {outcome.status} {outcome.err[-500:]}")
    test.check(found.get(os.path.join(trial.folder, "run.h5")) == digests.generations[-1],
               f"{trial.what}: another digest after going on")
    names = sorted(os.listdir(trial.folder))
    test.check(names == ["run.h5", "run.h5.prev"], f"{trial.what}: {names} after going on")


def run_trials(test, trials, digests, goes_on=lambda trial: True):
    """In batches, as the digests of many files take no longer than those of one."""
    tally = Counter()
    for first in range(0, len(trials), 40):
        batch = trials[first:first + 40]
        outcomes = test.all(lambda trial: run_trial(test, trial), batch)
        files = [os.path.join(t.folder, name) for t in batch for name in ("run.h5", "run.h5.prev")]
        found = test.digests(files)
        for trial, outcome in zip(batch, outcomes):
            text = lost(trial, digests, found)
            test.check(not text, text)
            tally["lost"] += bool(text)
            tally["failed"] += outcome.status == FILE
            if trial.fault["do"] in KILLS:
                test.check(outcome.status in (0, KILLED),
                           f"{trial.what}: status {outcome.status}")
                tally["died"] += outcome.status == KILLED
            else:
                check_failure(test, trial, outcome)
        resumed = [trial for trial in batch if goes_on(trial)]
        outcomes = test.all(lambda trial: go_on(test, trial), resumed)
        found = test.digests(files)
        for trial, outcome in zip(resumed, outcomes):
            check_end(test, trial, outcome, digests, found)
        tally["gone on"] += len(resumed)
        for trial in batch:
            shutil.rmtree(trial.folder)
    return tally


def trials_of(rows, least, scenario, faults):
    made = []
    for row, generation in zip(rows, least):
        for fault in faults(row):
            name = f"{row['number']} {row['function']} {row['path']}"
            what = f"{' '.join(scenario.options) or 'new'}, {scenario.start}, {scenario.plant}, "
            made.append(Trial(f"{what}call {name}: {fault}", f"trial-{len(made)}", scenario, fault,
                              row, generation))
    return made


def deaths_at(row):
    return [{"at": row["number"], "do": do} for do in KILLS
            if do != "kill-in" or row["function"] in ("write", "pwrite")]


def deaths(test, digests, scenarios):
    total, tally = 0, Counter()
    for scenario in scenarios:
        rows, least = reference(test, scenario)
        trials = trials_of(rows, least, scenario, deaths_at)
        if not test.long:
            trials = test.random.sample(trials, 6)
        total += len(trials)
        tally += run_trials(test, trials, digests)
        print(f"killed before, in or after a call: {total}, {tally['died']} died, lost"
              f" {tally['lost']}, {tally['gone on']} went on to the same digest", flush=True)


def failures(test, digests, scenarios):
    total, tally = 0, Counter()
    for scenario in scenarios:
        rows, least = reference(test, scenario)
        trials = trials_of(rows, least, scenario, lambda row: list(faults_of(row, rows)))
        if not test.long:
            trials = test.random.sample(trials, 8)
        total += len(trials)
        tally += run_trials(test, trials, digests, lambda trial: test.random.random() < 0.25)
        print(f"failing calls: {total}, {tally['failed']} ended with status 3, the others did"
              f" without; lost {tally['lost']}, {tally['gone on']} went on to the same digest",
              flush=True)


def chain(test, norm):
    """Runs that die again and again, on different numbers of ranks. How many did."""
    folder, options, n_died = "chain", ["--norm", norm], 0
    test.run_well(*test.arguments("unbroken.h5", *options, "--overwrite", epochs=CHAIN_EPOCHS),
                  threads=2)
    shutil.rmtree(folder, ignore_errors=True)
    os.mkdir(folder)
    for i in range(6):
        ranks = 2 if i == 3 else 0
        fault = test.random.choice([{"at": test.random.randint(2, 4), "only": "write"},
                                    {"at": test.random.randint(33, 75)}])
        fault["do"] = test.random.choice(KILLS if "only" in fault else KILLS[::2])
        fault.update({"rank": 0} if ranks else {})
        outcome = test.faulty(folder, *options, "--resume", ranks=ranks, epochs=CHAIN_EPOCHS,
                              **fault)
        is_dead = outcome.status in (KILLED, 137)
        test.check(is_dead, f"{norm}, {fault}: {outcome.status} {outcome.err[-500:]}")
        n_died += is_dead
    test.run_well(*test.arguments(f"{folder}/run.h5", *options, "--resume", epochs=CHAIN_EPOCHS))
    test.check(test.digest(f"{folder}/run.h5") == test.digest("unbroken.h5"),
               f"{norm}: another digest after {n_died} deaths")
    test.check(sorted(os.listdir(folder)) == ["run.h5", "run.h5.prev"],
               f"{norm}: {os.listdir(folder)} after {n_died} deaths")
    return n_died


def chains(test, digests, scenarios):
    norms = test.norms() if test.long else [test.random.choice(test.norms())]
    n_died = [chain(test, norm) for norm in norms]
    print(f"chains of deaths, one a norm: {dict(zip(norms, n_died))}", flush=True)


def planted_fault(test, digests, scenarios):
    """These tests notice a run that writes FILE in place: some of its deaths lose something."""
    scenario = SCENARIOS[1]
    rows, least = reference(test, scenario, plant="in-place")
    trials = trials_of(rows, least, scenario, lambda row: [
        {**fault, "plant": "in-place"} for fault in deaths_at(row) if fault["do"] == "kill-in"
        or row["function"] == "create"])
    test.all(lambda trial: run_trial(test, trial), trials)
    files = [os.path.join(t.folder, name) for t in trials for name in ("run.h5", "run.h5.prev")]
    found = test.digests(files)
    n_lost = sum(bool(lost(trial, digests, found)) for trial in trials)
    test.check(n_lost > 0, "a run that writes FILE in place goes unnoticed")
    print(f"planted, in-place: {len(trials)} deaths, {n_lost} lost something", flush=True)


def main():
    test = FaultTest(__doc__, lambda parser: parser.add_argument(
        "--start", action="append", help="with --long: only from this folder (new, stopped-2, ...)"))
    digests = Digests(test)
    starts = test.options.start
    scenarios = [s for s in SCENARIOS if not starts or (s.start or "new") in starts]
    for case in test.chosen([deaths, failures, chains, planted_fault]):
        case(test, digests, scenarios if test.long else test.random.sample(SCENARIOS, 2))
    test.finish()


main()
