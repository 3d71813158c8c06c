"""Over nodes whose network is slow, loses frames and swaps them: the same bits, and an end."""

import os
import time

from harness import PATIENT, S6, SKIPPED, Test
from network import Network, missing

SECONDS = 3 * PATIENT
RUN = ["train", S6, "--data", "digits", "--epochs", 1, "--threads", 1, "--overwrite"]


def same_bits(test, n_nodes, ranks_per_node, norm, batch):
    """A thousandth of the frames is lost, a hundredth comes too late."""
    what = f"{n_nodes} nodes x {ranks_per_node}, {norm}, batch {batch}"
    arguments = [*RUN, "--norm", norm, "--batch", batch]
    test.run_well(*arguments, "--out", "alone.h5")
    with Network(test.folder, n_nodes, delay=0.0005, loss=0.001, swaps=0.01,
                 seed=test.seed) as network:
        test.run_well(*arguments, "--out", "nodes.h5", seconds=SECONDS,
                      launcher=network.mpirun(test.options.mpirun, ranks_per_node))
    digest = test.digest("alone.h5")
    test.check(digest and digest == test.digest("nodes.h5"), f"{what}: another digest")
    test.check(network.n_lost + network.n_swapped > 0,
               f"{what}: {network.n_frames} frames, none lost or swapped")


def a_cut(test):
    """Where the network is gone, each rank ends by itself, and says so. (mpirun may wait for its
    other half.)"""
    with Network(test.folder, 2, delay=0.0005) as network:
        run = test.start(*RUN, "--epochs", 1000, "--out", "cut.h5", "--set", "watchdog.seconds=5",
                         launcher=network.mpirun(test.options.mpirun, 1))
        test.check(run.wait_file("cut.h5"), f"cut: does not start: {run.output()}")
        network.cut()
        end = time.monotonic() + PATIENT
        program = os.path.basename(test.program)
        test.check(len(network.processes(program)) == 2, "cut: not two ranks")
        while network.processes(program) and time.monotonic() < end:
            time.sleep(0.2)
        test.check(not network.processes(program), "cut: ranks go on")
        err = run.output()[1]
        test.check("no progress for 5 s" in err, f"cut: {err[-1500:]}")
        run.kill_all()
        run.close()


def main():
    test = Test(__doc__)
    reason = missing()
    if reason:
        print(reason)
        raise SystemExit(SKIPPED)
    test.run_well("data", "synthesize", "digits", "--train", 400, "--test", 50)
    same_bits(test, 2, 1, "batch", 37)
    same_bits(test, 2, 2, "batch:10", 40)
    same_bits(test, 3, 1, "group:2", 48)
    a_cut(test)
    if test.long:
        same_bits(test, 16, 1, "batch", 128)
        same_bits(test, 64, 1, "batch", 128)
    test.finish()


main()
