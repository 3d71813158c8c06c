"""advise: what it measures, proposes and extrapolates, for a run, a study and other machines."""

import json
import os
import re
import shlex
import shutil

from fake_queue import Queue
from tiny import begin, errors, train

SECONDS = 300  # it measures, on a machine that does other things
CONFIG, STUDY = "configs/tiny.yaml", "configs/studies/tiny.yaml"


def advice(test, *words, variables=None):
    outcome = test.run_well("advise", *words, "--json", seconds=SECONDS, **(variables or {}))
    found = json.loads(outcome.out)
    seconds = found["seconds"]
    test.check(abs(seconds["run"] - seconds["training"] - seconds["evaluation"]) < 1e-4 * seconds["run"]
               and seconds["training"] > 0 and seconds["evaluation"] > 0, f"{words}: {seconds}")
    return found


def one_run(test):
    """The fastest of what is measured, and commands that do it."""
    found = advice(test, CONFIG, "--data", "digits", "--norm", "layer", "--epochs", "3")
    speeds = {(s["ranks"], s["threads"]): s["images_per_second"] for s in found["measured"]}
    taken = found["ranks"], found["threads"]
    n_cores = len(os.sched_getaffinity(0))
    test.check((1, 1) in speeds and max(r * t for r, t in speeds) <= n_cores
               and (n_cores < 2 or {(1, 2), (2, 1)} <= set(speeds)), f"measured {speeds}")
    test.check(found["is_measured"] and speeds[taken] * 1.021 >= max(speeds.values())
               and abs(found["images_per_second"] - speeds[taken]) < 0.1, f"takes {taken}: {found}")
    # 300 images in batches of 50 for 3 epochs.
    test.check(abs(found["seconds"]["training"] * speeds[taken] / 900 - 1) < 0.2,
               f"time: {found['seconds']}")
    memory = found["memory_bytes"]
    test.check(memory["rank_0"] > 1e6 and memory["node"] >= memory["rank_0"], f"{memory}")
    test.check(not [c for c in found["commands"] if "study" in c], f"{found['commands']}")
    for i, command in enumerate(found["commands"]):
        words = shlex.split(command.partition("normlab ")[2])
        out = f"advised-{i}.h5"
        if "submit" not in words:
            test.run_well(*words, "--out", out, seconds=SECONDS)
            test.check(os.path.exists(out), f"{command}: no result")


def of_study(test, queue):
    """Runs that are done, kinds of runs, and the commands."""
    test.run_well(*train("batch-l1-s1", "results/tiny/batch-l1-s1.h5"))
    found = advice(test, STUDY, "--data", "digits", variables=queue.variables())
    of = found["study"]
    test.check((of["runs"], of["runs_left"]) == (4, 3), f"runs: {of}")
    # The rate of L1 changes no time, and so neither do seeds; the norm does.
    test.check((of["kinds"], of["kinds_measured"]) == (2, 2), f"kinds: {of}")
    test.check(of["longest_run"] <= of["seconds_left"] <= 3.001 * of["longest_run"], f"{of}")
    run, submit = found["commands"]
    test.check(run.startswith(f"normlab study {STUDY} run --data digits --jobs "), run)
    match = re.fullmatch(r"normlab study \S+ submit --data digits --nodes=1 --ntasks=(\d+) "
                         r"--cpus-per-task=(\d+) --mem=(\d+)M --time=(\d+):(\d\d):00", submit)
    if test.check(match, submit):
        ranks, threads, mb, hours, minutes = map(int, match.groups())
        test.check((ranks, threads) == (found["ranks"], found["threads"]), submit)
        test.check(1.5 * found["memory_bytes"]["node"] < mb * 2**20 < 3e9, submit)
        test.check(1.5 * of["longest_run"] + 300 <= 3600 * hours + 60 * minutes
                   < 1.5 * of["longest_run"] + 400, submit)
    test.run_well(*shlex.split(submit)[1:], "--dry-run", **queue.variables())
    text = test.run_well("advise", STUDY, "--data", "digits", seconds=SECONDS).out
    for words in ("measured here", "4 runs, 3 of them to do", "speeds of 2 are measured"):
        test.check(words in text, f"no {words!r} in {text}")


def elsewhere(test, queue):
    """Other cores, nodes and partitions; on one core, so that little is measured."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    found = advice(test, CONFIG, "--data", "digits", "--batch", "64", "--cores", "2", "--nodes", "5")
    command = found["commands"][0]
    speed = found["measured"][0]["images_per_second"]
    test.check(len(found["measured"]) == 1 and not found["is_measured"] and 1 < found["nodes"] <= 4
               and 4 <= found["ranks"] * found["threads"] <= 2 * found["nodes"], f"{found}")
    # There are 4 blocks of 16 samples; more threads than that share them.
    test.check(4 <= found["images_per_second"] / speed < found["ranks"] * found["threads"] + 0.1,
               f"4 blocks at once: {found}")
    test.check(len(found["commands"]) == 1 and command.startswith("normlab submit configs/tiny.yaml "
               f"--batch 64 --data digits -- --nodes={found['nodes']} --ntasks="), command)
    queue.script("sinfo", "#!/bin/sh\n[ \"$*\" = '--noheader --exact --partition=big "
                 "--format=%D|%X|%Y|%Z' ] || exit 0\necho '2|2|8|2'\necho '3|1|4|2'\n")
    found = advice(test, CONFIG, "--data", "digits", "--partition", "big",
                   variables=queue.variables(SINFO_FORMAT="%n"))
    command = found["commands"][0]
    test.check(command.endswith(" --partition=big --hint=nomultithread") and " --nodes=1 " in command
               and found["ranks"] * found["threads"] == 4, f"partition: {found}")
    text = test.run_well("advise", CONFIG, "--data", "digits", "--partition", "big",
                         seconds=SECONDS, **queue.variables()).out
    for words in ("on 1 node of 4 cores: extrapolated from 1 x 1 here, as 3.",
                  "--time is 1.5 times the longest run and 5 minutes"):
        test.check(words in text, f"no {words!r} in {text}")


def refusals(test, queue):
    queue.script("sinfo", "#!/bin/sh\n[ \"$3\" = --partition=odd ] && echo what\n"
                 "[ \"$3\" = --partition=two ] && echo '2|1|4|1'\n"
                 "[ \"$3\" = --partition=down ] && exit 1\nexit 0\n")
    data = ["--data", "digits"]
    for status, words, text in (
            (2, [CONFIG, *data, "--partition", "none"], "none: sinfo knows no nodes"),
            (2, [CONFIG, *data, "--partition", "two", "--nodes", "3"], "partition two has 2"),
            (1, [CONFIG, *data, "--partition", "odd"], "not understood: what"),
            (1, [CONFIG, *data, "--partition", "down"], "failed with status 1"),
            (2, [CONFIG, *data, "--cores", "0"], "--cores"),
            (2, [CONFIG, "--norm", "group:5", *data], "group:5"),
            (2, [STUDY, *data, "--norm", "layer"], "norm"),
            (2, [], "expected one CONFIG or STUDY"),
            (3, ["missing.yaml", *data], "missing.yaml"),
            (3, [CONFIG, "--data", "nowhere"], "nowhere")):
        outcome = test.run("advise", *words, seconds=SECONDS, **queue.variables())
        test.check(outcome.status == status and len(errors(outcome.err)) == 1
                   and text in outcome.err and not outcome.out, f"{words}: {outcome}")
    os.makedirs("few")
    os.symlink(shutil.which("timeout"), "few/timeout")
    outcome = test.run("advise", CONFIG, *data, "--partition", "a", PATH=os.path.abspath("few"))
    test.check(outcome.status == 1 and "sinfo: cannot be started" in outcome.err, f"{outcome}")
    outcome = test.run("advise", CONFIG, *data, ranks=2)
    test.check(outcome.status == 2 and "without mpirun" in outcome.err, f"launched: {outcome}")


def main():
    test = begin(__doc__)
    queue = Queue(test)
    one_run(test)
    of_study(test, queue)
    elsewhere(test, queue)
    refusals(test, queue)
    test.finish()


main()
