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
    """Processes and threads change no bit; --threads are shared by the jobs and by their ranks."""
    n_cores = len(os.sched_getaffinity(0))
    layouts = {"jobs": ["--jobs", "2"], "ranks": ["--ranks", "2"], "threads": ["--threads", "1"],
               "shared": ["--jobs", "2", "--threads", "6"],
               "divided": ["--ranks", "2", "--threads", "5"],
               "both": ["--jobs", "2", "--ranks", "2", "--threads", "8"]}
    n_threads = {"jobs": max(1, n_cores // 2), "ranks": max(1, n_cores // 2), "threads": 1,
                 "shared": 3, "divided": 2, "both": 2}
    for folder, options in layouts.items():
        changes = [word for name in ("OMPI_MCA_orte_tmpdir_base", "OMP_NUM_THREADS")
                   for word in ("-u", name)]
        temporary = ["TMPDIR=" + os.path.abspath("temporary")]
        outcome = test.run_well(*changes, *temporary, test.program,
                                *study("run", "--out", folder, *options), program="env")
        test.check(outcome.out.count(": finished after ") == 4, f"{folder}: {outcome.out}")
        test.check(digests(test, folder) == expected, f"{folder}: other digests")
        check_clean(test, folder, folder)
        ranks, threads = 2 if "--ranks" in options else 1, n_threads[folder]
        each = f"{ranks} rank{'s' * (ranks > 1)} x {threads} thread{'s' * (threads > 1)}"
        test.check(f"at once, {each} each" in outcome.out, f"{folder}, not {each}: {outcome.out}")
        for name in RUNS:
            layout = re.search(r"(?m)^# .* allowed core.*$", read(f"{folder}/{name}.log").decode())
            test.check(layout and layout.group().startswith(f"# {each} on "),
                       f"{folder}, {name}: {layout}, not {each}")
            if folder == "jobs" and n_cores > 1:
                test.check(f" on {n_cores // 2} allowed core" in layout.group(), layout.group())


def jobs_have_cores_of_their_own(test):
    n_cores = len(os.sched_getaffinity(0))
    n_jobs = min(4, n_cores)
    if n_jobs < 2:
        print("left out: one core, which jobs cannot share out")
        return
    run = test.start(*study("run", "--epochs", "100000", "--out", "cores", "--jobs", n_jobs))
    wait_until(lambda: len(processes(run, "train")) == n_jobs
               and all(os.path.exists(f"cores/{name}.h5") for name in RUNS[:n_jobs]))
    sets = [os.sched_getaffinity(pid) for pid in processes(run, "train")]
    run.kill_all()
    run.close()
    test.check(len(sets) == n_jobs and all(len(one) == n_cores // n_jobs for one in sets)
               and len(set().union(*sets)) == sum(map(len, sets)),
               f"{n_jobs} jobs on {n_cores} cores have {sets}")
    shutil.rmtree("cores")


def ends_well_without_a_result(test):
    """Under a launcher that starts nothing: the exit status alone is no result."""
    os.mkdir("launchers")
    write("launchers/mpirun", "#!/bin/sh\nexit 0\n")
    os.chmod("launchers/mpirun", 0o755)
    outcome = test.run(*study("run", "--ranks", "2", "--out", "nothing"),
                       PATH=os.path.abspath("launchers") + ":" + os.environ["PATH"])
    test.check(outcome.status == 1 and outcome.out.count(": failed after ") == len(RUNS),
               f"status {outcome.status}: {outcome.out}")
    for name in RUNS:
        test.check(f"nothing/{name}.h5: ended well, but its file is missing" in outcome.err,
                   f"{name}: {outcome.err}")
    test.check("not all runs are done: 4 missing" in outcome.err, outcome.err)
    shutil.rmtree("nothing")


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
    for options, part in (([], "no folder is given"), (["--data", "digits"], "digits has the format of")):
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
    jobs_have_cores_of_their_own(test)
    ends_well_without_a_result(test)
    one_fails(test, expected)
    one_crashes(test)
    some_diverge(test)
    other_configurations_stay(test)
    data_must_fit(test)
    test.finish()


main()
