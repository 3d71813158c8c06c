"""A run is asked to stop, or its streams are closed: it saves, says how to go on, and leaves no lock.

Exit status: 0 passed, 1 failed.
"""

import os
import re
import signal
import subprocess
import sys
import time

from harness import PATIENT, S6, Test, errors, litter, read

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "report"))
from terminal import Terminal  # noqa: E402

STOPPED = 75
EPOCHS = 400  # it is still at it when it is asked
ASKING = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1,
          signal.SIGUSR2, signal.SIGALRM, signal.SIGXCPU, signal.SIGPWR]
LAST = re.compile(r"normlab: note: stopped .*: run the same command .*")


def arguments(out, *options, epochs=EPOCHS):
    return ["train", S6, "--batch", 50, "--epochs", epochs, "--data", "digits", "--out", out,
            *options]


def gone(path):
    for name in (path, path + ".prev"):
        if os.path.exists(name):
            os.unlink(name)


def state(test, path):
    outcome = test.run("watch", "--once", path)
    return outcome.out.split()[0] if outcome.out else outcome.err


def check_left(test, what, path, wanted=("stopped",)):
    """A good file that says so, and nothing beside it."""
    test.check(not litter(), f"{what}: left {litter()}")
    test.check(state(test, path) in wanted, f"{what}: {path} is {state(test, path)}")


def check_stopped(test, what, status, err, path):
    lines = err.splitlines()
    test.check(status == STOPPED, f"{what}: status {status}\n{err[-800:]}")
    test.check(lines and LAST.fullmatch(lines[-1]) and not errors(err)
               and sum(bool(LAST.match(line)) for line in lines) == 1, f"{what}: {err[-800:]}")
    check_left(test, what, path)


def wait_epoch(run, seconds=PATIENT):
    end = time.monotonic() + seconds
    while "epoch 1/" not in run.output()[0] and run.process.poll() is None and \
            time.monotonic() < end:
        time.sleep(0.005)


def each_signal_stops(test):
    for number in ASKING:
        gone("asked.h5")
        run = test.start(*arguments("asked.h5"))
        test.check(run.wait_file("asked.h5"), f"{number.name}: no file")
        run.signal(number, run.ranks())
        status = run.wait(PATIENT)
        err = run.output()[1]
        check_stopped(test, number.name, status, err, "asked.h5")
        test.check(f"({number.name})" in err, f"{number.name} is not named: {err}")
        run.kill_all()
        run.close()


def main():
    test = Test(__doc__)
    test.run_well("data", "synthesize", "digits", "--train", 700, "--test", 200)
    for case in test.chosen([each_signal_stops]):
        case(test)
    test.finish()


main()
