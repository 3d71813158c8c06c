"""A study that is stopped anyhow goes on where it was, and ends in the same bits."""

import os
import shutil
import signal
import time

from tiny import PATIENT, RUNS, begin, digests, errors, litter, processes, states, study, train

FOLDER = "results/tiny"
EPOCHS = ["--epochs", "40"]
STOPPED = 75


def start(test, *options):
    """A study in the middle of its second run."""
    run = test.start(*study("run", *EPOCHS, *options))
    run.wait_file(f"{FOLDER}/{RUNS[1]}.h5")
    time.sleep(test.random.uniform(0, 0.2))
    process = processes(run, "study")
    test.check(len(process) == 1, f"{options}: no study to signal: {run.output()}")
    return run, process[0]


def ended(test, run, what, is_killed=False):
    """What is killed may leave a lock and a temporary."""
    status = run.wait(PATIENT)
    test.check(run.wait_gone(), f"{what}: processes {run.members()} live on")
    text = run.output()
    run.kill_all()
    run.close()
    test.check(is_killed or not litter(FOLDER), f"{what}: left {litter(FOLDER)}")
    return status, text


def goes_on(test, expected, what, *options):
    found = states(test, *EPOCHS)
    test.check(set(found.values()) <= {"finished", "stopped", "missing"}, f"{what}: {found}")
    outcome = test.run_well(*study("run", *EPOCHS, *options))
    n_done = list(found.values()).count("finished")
    test.check(outcome.out.count(": finished after") == 4 - n_done, f"{what}: {outcome.out}")
    test.check(digests(test, FOLDER) == expected, f"{what}: other digests")
    shutil.rmtree(FOLDER)


def on_request(test, expected):
    cases = [(signal.SIGTERM, []), (signal.SIGINT, ["--jobs", "2", "--threads", "2"]),
             (signal.SIGUSR1, ["--ranks", "2"])]
    for number, options in cases:
        what = f"{number.name} {options}"
        run, process = start(test, *options)
        # An interrupt of a terminal goes to a whole group, and mpirun would kill its ranks then.
        group = os.getpgid(process)
        others = run.launcher() + processes(run, "train")
        test.check(others and all(os.getpgid(pid) != group for pid in others),
                   f"{what}: runs are in the study's process group")
        run.signal(number, [process])
        status, (out, err) = ended(test, run, what)
        test.check(status == STOPPED, f"{what}: status {status}: {out} {err}")
        test.check(not errors(err) and "the same command goes on" in err, f"{what}: {err}")
        goes_on(test, expected, what, *options)


def by_two_interrupts(test):
    """The second one kills the runs, and the same command goes on from what they leave."""
    batch = ["--set", "training.batch=300"]
    run, process = start(test, *batch)
    run.signal(signal.SIGINT, [process])
    run.signal(signal.SIGINT, [process])
    status, (out, err) = ended(test, run, "two interrupts", is_killed=True)
    test.check(status == STOPPED, f"two interrupts: status {status}: {out} {err}")
    test.run_well(*study("run", *EPOCHS, *batch))
    test.check(not litter(FOLDER), f"after two interrupts: left {litter(FOLDER)}")
    shutil.rmtree(FOLDER)


def by_force(test, expected):
    """Its runs notice that it is gone, save and end."""
    for options in ([], ["--ranks", "2"]):
        run, process = start(test, *options)
        run.signal(signal.SIGKILL, [process])
        ended(test, run, f"KILL {options}")
        found = states(test, *EPOCHS)
        test.check("stopped" in found.values() or options, f"KILL: no run has saved: {found}")
        goes_on(test, expected, f"KILL {options}")


def two_at_once(test, expected):
    """Two studies share what is to be done, and neither calls the other's run a failure."""
    runs = [test.start(*study("run", *EPOCHS)) for _ in range(2)]
    for i, run in enumerate(runs):
        status, (out, err) = run.wait(PATIENT), run.output()
        test.check(status == 0, f"two at once, {i}: status {status}: {out} {err}")
        run.close()
    test.check(digests(test, FOLDER) == expected, "two at once: other digests")
    shutil.rmtree(FOLDER)


def main():
    test = begin(__doc__)
    for name in RUNS:
        test.run_well(*train(name, f"alone/{name}.h5", *EPOCHS))
    expected = digests(test, "alone")
    on_request(test, expected)
    by_two_interrupts(test)
    by_force(test, expected)
    two_at_once(test, expected)
    test.finish()


main()
