"""What `study FILE list` says of runs in every state, and what is refused."""

import os
import shutil
import signal
import subprocess

from tiny import (PATIENT, RUNS, begin, digests, errors, processes, read, states, study, train,
                  wait_until, write)

FOLDER = "results/tiny"
MANY = 100000  # epochs that no run gets to the end of


def tells_states(test):
    test.check(states(test) == dict.fromkeys(RUNS, "missing"), f"at first: {states(test)}")
    test.check(not os.path.exists("results"), "list has made a folder")
    finished, different, damaged, stopped = RUNS
    test.run_well(*train(finished, f"{FOLDER}/{finished}.h5"))
    test.run_well(*train(different, f"{FOLDER}/{different}.h5", "--set", "optimizer.lr=0.04"))
    test.run_well(*train(damaged, f"{FOLDER}/{damaged}.h5"))
    os.unlink(f"{FOLDER}/{damaged}.h5.prev")
    write(f"{FOLDER}/{damaged}.h5", read(f"{FOLDER}/{damaged}.h5")[:-100])
    expected = {finished: "finished", different: "of another configuration",
                damaged: "unreadable", stopped: "missing"}
    test.check(states(test) == expected, f"{states(test)}, not {expected}")
    text = test.run_well(*study("list")).out
    test.check("optimizer.lr: 0.05 here, 0.04 there" in text, f"no difference told: {text}")
    test.check("4 runs: 1 unreadable, 1 of another configuration, 1 finished, 1 missing" in text,
               text)
    accuracy = [line.split()[-1] for line in text.splitlines() if line.startswith(finished)]
    test.check(len(accuracy) == 1 and 0 <= float(accuracy[0]) <= 100, f"accuracy {accuracy}")
    open_runs = test.run_well(*study("list", "--commands"))
    test.check(open_runs.out.count("\n") == 1 and stopped in open_runs.out, open_runs.out)
    test.check(damaged in open_runs.err and different in open_runs.err, open_runs.err)
    shutil.rmtree(FOLDER)


def tells_running_and_interrupted(test):
    """Also a stop; and a list never disturbs a run."""
    name = RUNS[0]
    run = test.start(*train(name, f"{FOLDER}/{name}.h5", "--epochs", MANY))
    test.check(run.wait_file(f"{FOLDER}/{name}.h5"), "no file of a run")
    for _ in range(3):
        found = states(test, "--epochs", MANY)[name]
        test.check(found == "running", f"a run that is at work is {found}")
    run.signal(signal.SIGKILL, processes(run, "train"))
    run.wait(PATIENT)
    run.kill_all()
    run.close()
    found = states(test, "--epochs", MANY)[name]
    test.check(found == "interrupted", f"a run that was killed is {found}")
    run = test.start(*train(name, f"{FOLDER}/{name}.h5", "--epochs", MANY, "--resume"))
    wait_until(lambda: states(test, "--epochs", MANY)[name] == "running")
    run.signal(signal.SIGTERM, processes(run, "train"))
    test.check(run.wait(PATIENT) == 75, "a run that was to stop did not")
    run.close()
    found = states(test, "--epochs", MANY)[name]
    test.check(found == "stopped", f"a run that was stopped is {found}")
    found = states(test)[name]
    test.check(found == "of another configuration", f"of many epochs for 2: {found}")
    shutil.rmtree(FOLDER)


def commands_are_those_of_a_shell(test):
    """Each line of --commands, as it is, makes a run that is then finished."""
    out = "it's a folder"
    text = test.run_well(*study("list", "--commands", "--out", out)).out
    lines = text.splitlines()
    test.check(len(lines) == 4 and all(line.startswith("normlab train ") for line in lines), text)
    first = ("normlab train configs/tiny.yaml --norm batch --set optimizer.l1=0.001 --seed 1 "
             "--data digits --out ")
    test.check(lines[0].startswith(first), lines[0])
    for line in lines:
        line = line.replace("normlab", f"'{test.program}'", 1)
        status = subprocess.run(["sh", "-c", line], env=test.environment(1), check=False,
                                capture_output=True).returncode
        test.check(status == 0, f"{line}: status {status}")
    test.check(states(test, "--out", out) == dict.fromkeys(RUNS, "finished"), "not all finished")
    test.check(test.run_well(*study("list", "--commands", "--out", out)).out == "",
               "commands for finished runs")
    for name in RUNS:
        test.run_well(*train(name, f"alone/{name}.h5"))
    test.check(digests(test, out) == digests(test, "alone"), "other digests than alone")


def warns_of_more_than_norms(test):
    err = test.run_well(*study("list")).err
    test.check("optimizer.l1: 0.001 (Batch, L1), 0 (layer)" in err and err.count("warning") == 1,
               f"of L1: {err}")
    write("configs/studies/sizes.yaml", "base: ../tiny.yaml\n"
          "axes: {norm: [batch, none, layer], optimizer.lr: [0.1, 0.2]}\n")
    outcome = test.run_well(*study("list", name="sizes"))
    test.check(outcome.err.count("warning") == 1 and "parameters: 332 (" in outcome.err
               and "312 (none, lr 0.1; none, lr 0.2)" in outcome.err, f"sizes: {outcome.err}")
    test.check(outcome.out.count(" 332 ") == 4 and outcome.out.count(" 312 ") == 2, outcome.out)
    write("configs/studies/same.yaml", "base: ../tiny.yaml\naxes: {norm: [batch, layer]}\n")
    err = test.run_well(*study("list", name="same")).err
    test.check(err == "", f"norms alone: {err}")
    test.run_well("data", "synthesize", "others", "--train", 200, "--test", 100, "--seed", 2)
    out = ["--out", "results/same"]
    command = ["train", "configs/tiny.yaml", "--norm"]
    test.run_well(*command, "batch", "--data", "digits", "--out", "results/same/batch-s1.h5")
    test.run_well(*command, "layer", "--data", "others", "--out", "results/same/layer-s1.h5")
    err = test.run_well(*study("list", *out, name="same")).err
    test.check("batch-s1 and layer-s1 were trained on different data" in err, f"data: {err}")


def refuses(test):
    here = "configs/studies/tiny.yaml"
    cases = [([], "expected FILE"), ([here], "expected FILE"), ([here, "lst"], "lst: expected"),
             ([here, "list", "x"], "expected FILE"), ([here, "list", "--jobs", "2"], "--jobs"),
             ([here, "run", "--jobs", "0"], "--jobs 0: expected 1 to"),
             ([here, "run", "--ranks", "x"], "--ranks x: expected 1 to"),
             ([here, "run", "--threads", "x"], "--threads x: expected"),
             ([here, "run", "--threads", "1", "--jobs", "2", "--data", "digits"], "need at least"),
             ([here, "run", "--commands"], "--commands"), ([here, "list", "--nix"], "--nix"),
             ([here, "list", "--seed", "3"], "--seed 3: runs of"),
             ([here, "list", "--set", "optimizer.l1=0"], "--set optimizer.l1=0: runs of"),
             ([here, "list", "--set", "optimizer.lr=x"], "--set optimizer.lr=x: 'x' is not"),
             ([here, "list", "--out", ""], "--out"), (["--out", "x", here, "submit"], "submit")]
    for arguments, text in cases:
        outcome = test.run("study", *arguments)
        found = errors(outcome.err)
        test.check(outcome.status == 2 and len(found) == 1 and text in found[0],
                   f"{arguments}: {outcome.status} {outcome.err}")
    outcome = test.run("study", "nowhere.yaml", "list")
    test.check(outcome.status == 3 and "nowhere.yaml" in outcome.err, outcome.err)
    outcome = test.run(*study("run"), ranks=2)
    test.check(outcome.status == 2 and len(errors(outcome.err)) == 1
               and "without mpirun" in outcome.err, f"under mpirun: {outcome.err}")
    write("configs/studies/wide.yaml", "base: ../tiny.yaml\naxes: {norm: [batch, \"group:4\"]}\n")
    for action in ("list", "run"):
        outcome = test.run(*study(action, name="wide"))
        test.check(outcome.status == 2 and len(errors(outcome.err)) == 1
                   and "group:4: configs/tiny.yaml:6: network.layers.1" in outcome.err,
                   f"group of 4 in 6: {outcome.err}")
    test.check(not os.path.exists("results/wide"), "a study that cannot be has a folder")


def main():
    test = begin(__doc__)
    tells_states(test)
    tells_running_and_interrupted(test)
    commands_are_those_of_a_shell(test)
    warns_of_more_than_norms(test)
    refuses(test)
    test.finish()


main()
