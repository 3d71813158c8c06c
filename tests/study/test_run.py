"""What `study FILE run` trains, leaves alone and refuses."""

import os
import re
import shutil
import signal

from tiny import (RUNS, begin, digests, errors, litter, processes, read, states, study, train, wait_until,
                  write)

FOLDER = "results/tiny"
FINISHED = dict.fromkeys(RUNS, "finished")


def stamps():
    return {name: os.stat(f"{FOLDER}/{name}.h5").st_mtime_ns for name in RUNS}


def check_clean(test, what, folder=FOLDER):
    test.check(not litter(folder), f"{what}: left {litter(folder)}")
    test.check(not os.listdir("temporary"), f"{what}: left {os.listdir('temporary')}")


def trains_what_is_missing(test):
    """Each run with the bits that it has by itself; what is there stays."""
    for name in RUNS:
        test.run_well(*train(name, f"alone/{name}.h5"))
    expected = digests(test, "alone")
    test.check(len(set(expected.values())) == 4 and None not in expected.values(), f"{expected}")
    shutil.copytree("alone", FOLDER)
    os.unlink(f"{FOLDER}/{RUNS[1]}.h5")
    os.unlink(f"{FOLDER}/{RUNS[1]}.h5.prev")
    before = os.stat(f"{FOLDER}/{RUNS[0]}.h5").st_mtime_ns
    outcome = test.run_well(*study("run"))
    test.check(outcome.out.count("[") == 1 and "[4/4] layer-s1: finished after" in outcome.out,
               outcome.out)
    test.check(f"normlab compare {FOLDER}/*.h5" in outcome.out, outcome.out)
    test.check(before == os.stat(f"{FOLDER}/{RUNS[0]}.h5").st_mtime_ns, "a finished run is new")
    test.check(digests(test, FOLDER) == expected, "other digests than alone")
    before = stamps()
    outcome = test.run_well(*study("run"))
    test.check(stamps() == before and "[" not in outcome.out, f"run again: {outcome.out}")
    shutil.rmtree(FOLDER)
    return expected


def several_at_once(test, expected):
    """Processes and threads change no bit; each job has cores of its own."""
    layouts = {"jobs": ["--jobs", "2"], "ranks": ["--ranks", "2"], "threads": ["--threads", "1"],
               "both": ["--jobs", "2", "--ranks", "2", "--threads", "4"]}
    n_cores = len(os.sched_getaffinity(0))
    for folder, options in layouts.items():
        changes = [word for name in ("OMPI_MCA_orte_tmpdir_base", "OMP_NUM_THREADS")
                   for word in ("-u", name)]
        temporary = ["TMPDIR=" + os.path.abspath("temporary")]
        outcome = test.run_well(*changes, *temporary, test.program,
                                *study("run", "--out", folder, *options), program="env")
        test.check(outcome.out.count(": finished after ") == 4, f"{folder}: {outcome.out}")
        test.check(digests(test, folder) == expected, f"{folder}: other digests")
        check_clean(test, folder, folder)
        layout = re.search(r"(?m)^# .* allowed core.*$", read(f"{folder}/{RUNS[0]}.log").decode())
        ranks = 2 if "--ranks" in options else 1
        test.check(layout and layout.group().startswith(f"# {ranks} rank"), f"{folder}: {layout}")
        if folder == "jobs" and n_cores > 1:
            test.check(f" on {n_cores // 2} allowed core" in layout.group(), layout.group())
        if folder == "threads":
            test.check(" x 1 thread on" in layout.group(), layout.group())


def one_fails(test, expected):
    """The others are trained all the same, and the exit status is that of the failure."""
    os.makedirs(f"{FOLDER}/{RUNS[0]}.log")  # where its output should go
    os.makedirs(f"{FOLDER}/{RUNS[2]}.h5")
    outcome = test.run(*study("run"))
    found = errors(outcome.err)
    test.check(outcome.status == 3 and len(found) == 3, f"{outcome.status} {outcome.err}")
    test.check(sum(f"{FOLDER}/{RUNS[0]}.log" in line for line in found) == 1
               and sum(f"{FOLDER}/{RUNS[2]}.h5: cannot go on" in line for line in found) == 1,
               outcome.err)
    trained = [name for name, state in states(test).items() if state == "finished"]
    test.check(trained == [RUNS[1], RUNS[3]], f"trained: {trained}")
    os.rmdir(f"{FOLDER}/{RUNS[0]}.log")
    os.rmdir(f"{FOLDER}/{RUNS[2]}.h5")
    test.run_well(*study("run", "--jobs", "2"))
    test.check(digests(test, FOLDER) == expected, "other digests after failures")
    shutil.rmtree(FOLDER)


def one_crashes(test):
    """Killed from outside, as when memory runs out."""
    run = test.start(*study("run", "--epochs", "3000", "--out", "crash"))
    test.check(run.wait_file(f"crash/{RUNS[0]}.h5"), "no file")
    trainers = processes(run, "train")
    test.check(len(trainers) == 1, f"{len(trainers)} runs at once")
    run.signal(signal.SIGKILL, trainers)
    test.check(wait_until(lambda: f"{RUNS[0]}: failed" in run.output()[0]),
               f"no word of it: {run.output()}")
    test.check(wait_until(lambda: os.path.exists(f"crash/{RUNS[1]}.h5")), "the next did not start")
    run.kill_all()
    run.close()
    test.check(states(test, "--epochs", "3000", "--out", "crash")[RUNS[0]] == "interrupted",
               "the run that was killed is not there to go on")
    shutil.rmtree("crash")


def some_diverge(test):
    """That is a result: the others are trained, and it is not tried again."""
    write("configs/studies/rates.yaml",
          "base: ../tiny.yaml\naxes: {optimizer.lr: [100000, 0.1], seed: [1, 2]}\n")
    for n_events in (4, 0):
        outcome = test.run(*study("run", name="rates"))
        test.check(outcome.status == 5, f"divergence: status {outcome.status}: {outcome.err}")
        test.check(outcome.out.count("] tiny-lr") == n_events, outcome.out)
        test.check(len(errors(outcome.err)) == 1 and "2 diverged" in outcome.err, outcome.err)
        found = states(test, name="rates")
        test.check(found == {"tiny-lr100000-s1": "diverged", "tiny-lr100000-s2": "diverged",
                             "tiny-lr0.1-s1": "finished", "tiny-lr0.1-s2": "finished"}, f"{found}")


def other_configurations_stay(test):
    test.run_well(*study("run", "--epochs", "1"))
    before = stamps()
    write("configs/studies/more.yaml", read("configs/studies/tiny.yaml").decode()
          .replace("1..2", "2..3"))
    outcome = test.run(*study("run", "--out", FOLDER, name="more"))
    found = errors(outcome.err)
    test.check(outcome.status == 2 and len(found) == 3, f"{outcome.status} {outcome.err}")
    for name in RUNS[2:]:
        test.check(sum(f"{FOLDER}/{name}.h5: is of another configuration: training.epochs: 2 here, "
                       "1 there; move it away" in line for line in found) == 1, outcome.err)
    test.check(stamps() == before, "a run of another configuration was written to")
    left = states(test, "--out", FOLDER, name="more")
    test.check(left["batch-l1-s3"] == left["layer-s3"] == "finished", f"the others: {left}")
    shutil.rmtree(FOLDER)


def data_must_fit(test):
    text = read("configs/studies/tiny.yaml").decode()
    write("configs/studies/colour.yaml", text + "data: cifar10\n")
    write("configs/studies/gray.yaml", text + "data: mnist\n")
    run = ["study", "configs/studies/colour.yaml", "run"]
    for options, part in (([], "no folder is given"), (["--data", "digits"], "digits has that of")):
        outcome = test.run(*run, *options)
        test.check(outcome.status == 2 and len(errors(outcome.err)) == 1 and part in outcome.err
                   and "CIFAR-10" in outcome.err, f"{options}: {outcome.err}")
    outcome = test.run(*run, "--data", "nowhere")
    test.check(outcome.status == 3 and "nowhere" in outcome.err, outcome.err)
    test.check(not os.path.exists("results/colour"), "refused, but with a folder")
    test.run_well("study", "configs/studies/gray.yaml", "run", "--epochs", "0",
                  NORMLAB_DATA="digits")


def main():
    test = begin(__doc__)
    os.mkdir("temporary")
    expected = trains_what_is_missing(test)
    several_at_once(test, expected)
    one_fails(test, expected)
    one_crashes(test)
    some_diverge(test)
    other_configurations_stay(test)
    data_must_fit(test)
    test.finish()


main()
