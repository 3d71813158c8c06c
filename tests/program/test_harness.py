"""The harness finds mpirun by each name that it goes by, and nothing else."""

import os
import shutil
import time

from harness import PATIENT, Test


def found(test, name):
    """Whether a program of this name is taken for mpirun."""
    test.program = os.path.abspath(shutil.copy(shutil.which("sleep"), name))
    run = test.start(2 * PATIENT)
    end = time.monotonic() + PATIENT
    while not run.ranks() and time.monotonic() < end:
        time.sleep(0.01)
    ids, others = run.launcher(), run.ranks()
    run.kill_all()
    run.close()
    test.check(others, f"{name}: does not start")
    return ids == others


def main():
    test = Test(__doc__)
    for name in ("mpirun", "mpiexec", "orterun", "prterun"):
        test.check(found(test, name), f"{name} is not found")
    test.check(not found(test, "prted"), "prted is taken for mpirun")
    test.finish()


main()
