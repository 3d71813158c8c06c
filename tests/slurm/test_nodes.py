"""The project's jobs under a private Slurm of three nodes: a node that dies, a link that is cut."""

import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from jobs import Jobs, measure_epochs, run_cases, with_cluster  # noqa: E402
from harness import SKIPPED, Test  # noqa: E402
import cluster as slurm  # noqa: E402

# What is lost is noticed after SlurmdTimeout at the earliest, and looked for three times as often.
LOST = 150


def host(jobs, job, number):
    """Number of the node that is a job's first, second, ..."""
    names = jobs.cluster.must("scontrol", "show", "hostnames", jobs.cluster.field(job, "NodeList"))
    return jobs.cluster.nodes.index(names.split()[number])


def bring_back(jobs, node, is_dead):
    if is_dead:
        for process in jobs.cluster.node_processes(node):  # of steps that outlived their slurmd
            slurm.kill(process, 9)
        jobs.cluster.start_node(node)
    else:
        jobs.cluster.mend(node)
    good = slurm.wait_for(jobs.cluster.are_idle, 120, 0.5)
    if not good:  # what was only cut off may have been given up
        jobs.cluster.run("scontrol", "update", f"NodeName={jobs.cluster.nodes[node]}",
                         "State=RESUME")
        good = slurm.wait_for(jobs.cluster.are_idle, 60, 0.5)
    jobs.test.check(good, "the nodes do not get idle again: "
                    + jobs.cluster.run("sinfo", "-N").stdout)


def plain(jobs):
    job = jobs.train("nodes.h5", "--nodes=3", "--ntasks=6", epochs=5)
    jobs.check_done(job, "nodes.h5", "three nodes", epochs=5, restarts=lambda n: n == 0)
    jobs.test.check("# 6 ranks x 1 thread " in jobs.output(job), jobs.output(job)[:1000])


def held_in_fence(jobs):
    """A rank leaves the first fence of MPI_Init late. Slurm's own kind of fence lets the others go on,
    and their first messages end that rank: so jobs ask for another kind."""
    library = os.path.join(os.path.dirname(jobs.test.program), "tests", "slurm", "held_fence.so")
    if not os.path.exists(library):
        print("left out: held in a fence: built with a sanitizer")
        return
    held = {"FENCE_RANK": "5", "FENCE_SECONDS": "3", "LD_PRELOAD": library}
    job = jobs.train("held.h5", "--nodes=3", "--ntasks=6", epochs=5, **held)
    other = jobs.train("mixed.h5", "--nodes=3", "--ntasks=6", NORMLAB_TRIES="2",
                       SLURM_PMIX_FENCE="mixed", **held)
    jobs.check_done(job, "held.h5", "held in a fence", epochs=5, restarts=lambda n: n == 0)
    text = jobs.output(job)
    jobs.test.check(text.count("rank 5 is held") == 1, f"held in a fence: not once\n{text[:1500]}")
    jobs.check_state(other, "FAILED", "held in a fence, Slurm's own kind", 60)
    text = jobs.output(other)
    jobs.test.check(text.count("rank 5 is held") == 2 and "in each of 2 starts; giving up" in text
                    and not os.path.exists("mixed.h5"),
                    f"held in a fence, Slurm's own kind: {text[:1500]}")


def call_fails(jobs):
    """A call of MPI fails on a rank of another node than the script's."""
    library = os.path.join(os.path.dirname(jobs.test.program), "tests", "faults", "fault_mpi.so")
    running = []
    for number in jobs.test.random.sample(range(2, 60), 5):
        running.append((number, jobs.train(
            f"call-{number}.h5", "--nodes=2", "--ntasks=4", epochs=1, NORMLAB_TRIES="1",
            LD_PRELOAD=library, FAULTS_RANK="3", FAULTS_AT=str(number))))
    for number, job in running:
        what = f"call {number} of MPI fails"
        jobs.check_state(job, "FAILED", what, 60)
        text = jobs.output(job)
        jobs.test.check(text.count("normlab: error: MPI on rank 3 of ") == 1, f"{what}: {text}")


def lose(jobs, name, number, do, options, more=()):
    """A job loses a node and ends on others, or on the same if it comes back."""
    out = name + ".h5"
    job = jobs.train(out, "--ntasks=4", *options, more=more)
    jobs.wait_training(out, name)
    node = host(jobs, job, number)
    getattr(jobs.cluster, do)(node)
    start = time.monotonic()
    jobs.wait_again(job, name, seconds=LOST)
    print(f"{name}: started again after {time.monotonic() - start:.0f} s", flush=True)
    return job, out, node


def node_dies(jobs):
    """That of rank 0 and of the script."""
    job, out, node = lose(jobs, "dead-first", 0, "take_down", ["--nodes=2"])
    jobs.check_done(job, out, "a dead node", restarts=lambda n: n == 1)
    bring_back(jobs, node, True)


def other_node_dies(jobs):
    job, out, node = lose(jobs, "dead-second", 1, "take_down", ["--nodes=2"])
    jobs.check_done(job, out, "another dead node", restarts=lambda n: n == 1)
    bring_back(jobs, node, True)


def run_is_cut_off(jobs):
    """A run on one node knows nothing of the cut, and would go on writing the file that the one that
    replaced it writes, too."""
    out = "cut-off.h5"
    epochs = jobs.epochs
    jobs.epochs = 40 * epochs  # it must still be at it when Slurm has started it again
    try:
        job = jobs.train(out, "--nodes=1", "--ntasks=2")
        jobs.wait_training(out, "cut off")
        node = host(jobs, job, 0)
        old = jobs.ranks(out)
        jobs.cluster.cut(node)
        jobs.wait_again(job, "cut off", seconds=LOST)
        jobs.test.check(old, "cut off: no ranks")
        slurm.wait_for(lambda: len(jobs.ranks(out)) > len(old)
                       or not set(old) & set(jobs.ranks(out)), 30)
        # Its next checkpoint is refused, and it ends.
        good = slurm.wait_for(lambda: not set(old) & set(jobs.ranks(out)), 60)
        jobs.test.check(good, f"cut off: ranks {old} go on beside {jobs.ranks(out)}")
        text = jobs.output(job)
        jobs.test.check("of an earlier start of this job" in text,
                        f"cut off: nothing was taken over\n{text[-1500:]}")
        jobs.test.check("taken over by another run" in text, f"cut off: {text[-1500:]}")
        jobs.cluster.must("scancel", job)
        jobs.wait_gone(out, "cut off")
        jobs.test.check(jobs.test.digest(out) is not None, "cut off: the file is damaged")
    finally:
        jobs.epochs = epochs
    bring_back(jobs, node, False)


def link_is_cut(jobs):
    """Between the ranks of a run: those that are left behind end by the watchdog."""
    job, out, node = lose(jobs, "cut", 0, "cut", ["--nodes=2"],
                          more=("--set", "watchdog.seconds=60"))
    jobs.check_done(job, out, "a cut link", restarts=lambda n: n >= 1)
    bring_back(jobs, node, False)
    jobs.wait_gone(out, "a cut link", 90)


def main():
    test = Test(__doc__, lonely=False)
    reason = slurm.missing() or slurm.missing_network()
    if reason:
        print(reason)
        sys.exit(SKIPPED)
    cases = [plain, held_in_fence, node_dies, run_is_cut_off]
    if test.long or test.options.case:
        cases += [call_fails, other_node_dies, link_is_cut]
    test.run_well("data", "synthesize", "digits", "--train", 700, "--test", 200)
    epochs = measure_epochs(test, 6)
    with_cluster(test, 3, lambda own: run_cases(test, Jobs(test, own, epochs), cases))
    test.finish()


main()
