"""Runs that stand still end themselves; time limits; worlds that are not what Slurm asked for."""

import os
import signal
import time

from harness import PATIENT, S6, Test, errors, litter

STALLED = 7
STOPPED = 75
SECONDS = 2  # watchdog.seconds


def arguments(out, *options, epochs=10000):
    return ["train", S6, "--norm", "batch", "--batch", 50, "--epochs", epochs, "--data", "digits",
            "--out", out, *options]


def ranks_of(run):
    """Process id by rank."""
    found = {}
    for process in run.ranks():
        try:
            with open(f"/proc/{process}/environ", "rb") as file:
                variables = dict(v.split(b"=", 1) for v in file.read().split(b"\0") if b"=" in v)
        except OSError:
            continue
        found[int(variables.get(b"OMPI_COMM_WORLD_RANK", b"0"))] = process
    return found


def stopped_rank_is_named(test, n_ranks, stopped):
    what = f"{n_ranks} ranks, {stopped} stopped"
    run = test.start(*arguments("stall.h5", "--set", f"watchdog.seconds={SECONDS}"),
                     ranks=n_ranks)
    test.check(run.wait_file("stall.h5"), f"{what}: no file")
    time.sleep(test.random.uniform(1, 2))  # into the steps
    ids = ranks_of(run)
    test.check(len(ids) == n_ranks, f"{what}: ranks {ids}")
    start = time.monotonic()
    for rank in stopped:
        run.signal(signal.SIGSTOP, [ids[rank]])
    status = run.wait(SECONDS + PATIENT)
    seconds = time.monotonic() - start
    err = run.output()[1]
    test.check(status == STALLED, f"{what}: status {status} after {seconds:.0f} s\n{err[-1500:]}")
    test.check(seconds > SECONDS, f"{what}: ended after {seconds:.1f} s")
    test.check(err.count("no progress for 2 s (watchdog.seconds)") == 1, f"{what}: {err}")
    lines = [line for line in err.splitlines() if line.startswith("normlab:   rank")]
    for line in lines:
        first, last = (line.split()[2].split("-") * 2)[:2]
        covered = range(int(first), int(last) + 1)
        is_stopped = "stopped by a signal" in line
        test.check(all((rank in stopped) == is_stopped for rank in covered), f"{what}: {line}")
        test.check("epoch " in line and " step " in line, f"{what}: {line}")
    test.check(lines, f"{what}: no rank is named: {err}")
    test.check(run.wait_gone(), f"{what}: processes {run.members()} live on")
    run.kill_all()
    run.close()
    test.check(test.digest("stall.h5") is not None, f"{what}: the file is damaged")
    for name in ("", ".prev", ".lock", ".progress"):  # two are of a process that was ended
        if os.path.exists("stall.h5" + name):
            os.unlink("stall.h5" + name)


def rank_does_not_start(test, n_ranks):
    """One is stopped while MPI starts; the others do not wait for it for ever."""
    what = f"{n_ranks} ranks, one stopped at the start"
    seconds = SECONDS + 4  # to start in, beside other work
    run = test.start(*arguments("late.h5"), ranks=n_ranks,
                     NORMLAB_START_SECONDS=str(seconds))
    start = time.monotonic()
    while not run.ranks() and time.monotonic() - start < PATIENT:
        time.sleep(0.001)
    ranks = run.ranks()
    test.check(ranks, f"{what}: no rank appeared")
    run.signal(signal.SIGSTOP, test.random.sample(ranks, min(1, len(ranks))))
    status = run.wait(seconds + PATIENT)
    err = run.output()[1]
    test.check(status == STALLED and f" has waited {seconds} s for others to start" in err,
               f"{what}: status {status}\n{err[-1500:]}")
    test.check(run.wait_gone(), f"{what}: processes {run.members()} live on")
    run.kill_all()
    run.close()
    test.check(not os.path.exists("late.h5"), f"{what}: there is a file")


def start_seconds(test):
    for bad in ("soon", "-1", "nan", ""):
        for ranks in (0, 2):
            outcome = test.run(*arguments("bad.h5"), ranks=ranks, NORMLAB_START_SECONDS=bad)
            test.check(outcome.status == 2 and len(errors(outcome.err)) == 1
                       and f"NORMLAB_START_SECONDS={bad}:" in outcome.err, f"{bad!r}: {outcome}")
    for good in ("0", "inf"):
        outcome = test.run(*arguments("good.h5", "--overwrite", epochs=1), ranks=2,
                           NORMLAB_START_SECONDS=good)
        test.check(outcome.status == 0, f"{good}: {outcome}")


def one_rank_alone_is_suspended(test):
    """Stopped as a whole and continued, as by a shell or by Slurm: no stall."""
    run = test.start(*arguments("suspended.h5", "--set", f"watchdog.seconds={SECONDS}"))
    test.check(run.wait_file("suspended.h5"), "suspended: no file")
    ids = run.ranks()
    run.signal(signal.SIGSTOP, ids)
    time.sleep(SECONDS + 2)
    run.signal(signal.SIGCONT, ids)
    time.sleep(1)
    test.check(run.process.poll() is None, f"suspended: ended\n{run.output()[1]}")
    run.signal(signal.SIGTERM, ids)
    test.check(run.wait(PATIENT) == STOPPED, "suspended: did not stop")
    run.kill_all()
    run.close()


def ends_before_its_limit(test, ranks, limit):
    """Chains of attempts under a limit end in the digest of the run without one."""
    what = f"limit {limit}, {ranks} ranks"
    n_stopped = 0
    for _ in range(200):  # each of them does a step at least
        outcome = test.run(*arguments("limited.h5", "--resume", "--time-limit", limit, epochs=60),
                           ranks=ranks, seconds=400)
        if outcome.status != STOPPED:
            break
        n_stopped += 1
        test.check(outcome.err.count("before the time limit") == 1 and not errors(outcome.err),
                   f"{what}: {outcome.err}")
    test.check(outcome.status == 0, f"{what}: status {outcome.status}\n{outcome.err[-500:]}")
    test.check(n_stopped > 0, f"{what}: never stopped")
    test.check(not litter(), f"{what}: left {litter()}")
    digest = test.digest("limited.h5")
    for name in ("limited.h5", "limited.h5.prev"):
        os.unlink(name)
    return digest


def limits(test):
    whole = test.run_well(*arguments("whole.h5", epochs=60), seconds=400)
    expected = test.digest("whole.h5")
    limit = f"{max(0.7, whole.seconds / 4):.1f}s"
    test.check(ends_before_its_limit(test, 0, limit) == expected, "another digest, limited")
    if test.long:
        test.check(ends_before_its_limit(test, 3, limit) == expected, "another digest, 3 ranks")
    outcome = test.run(*arguments("slurm.h5"), SLURM_JOB_END_TIME=str(int(time.time()) + 15))
    test.check(outcome.status == STOPPED and "before the time limit" in outcome.err,
               f"Slurm's limit: {outcome}")
    outcome = test.run(*arguments("past.h5", epochs=1), SLURM_JOB_END_TIME="1000")
    test.check(outcome.status == 0 and "no time to come" in outcome.err, f"a past limit: {outcome}")
    outcome = test.run(*arguments("none.h5", "--time-limit", 0, epochs=1),
                       SLURM_JOB_END_TIME=str(int(time.time()) + 1))
    test.check(outcome.status == 0, f"no limit: {outcome}")
    for bad in ("3", "-1s", "soon", "3d", ""):
        outcome = test.run(*arguments("bad.h5", "--time-limit", bad))
        test.check(outcome.status == 2 and len(errors(outcome.err)) == 1
                   and "--time-limit" in outcome.err, f"--time-limit {bad!r}: {outcome}")
    test.check(not os.path.exists("bad.h5"), "a wrong --time-limit left a file")


def worlds(test):
    """What Slurm says against what there is."""
    slurm = {"SLURM_JOB_ID": "7", "SLURM_NTASKS": "4"}
    step = dict(slurm, SLURM_STEP_ID="0", SLURM_STEP_NUM_TASKS="4")
    for number in ("0", "3"):
        outcome = test.run(*arguments("alone.h5", epochs=1), **step, SLURM_PROCID=number)
        test.check(outcome.status == 2 and len(errors(outcome.err)) == (number == "0"),
                   f"each alone, {number}: {outcome}")
    test.check(not os.path.exists("alone.h5"), "processes that are each alone wrote a file")
    outcome = test.run(*arguments("fewer.h5", epochs=1), **slurm, SLURM_CPUS_PER_TASK="3")
    test.check(outcome.status == 0 and "asked for 4 tasks, but 1 runs" in outcome.err
               and "srun --mpi=pmix -n 4 --cpus-per-task=3" in outcome.err, f"fewer: {outcome}")
    outcome = test.run(*arguments("same.h5", epochs=1), ranks=4, **slurm)
    test.check(outcome.status == 0 and "asked for" not in outcome.err, f"the same: {outcome}")
    outcome = test.run(*arguments("threads.h5", epochs=1), threads=2, **dict(
        slurm, SLURM_NTASKS="1", SLURM_CPUS_ON_NODE="1"))
    test.check(outcome.status == 0 and "share 1 allowed core " in outcome.err
               and "--cpus-per-task=1" in outcome.err, f"threads: {outcome}")


def pinned_threads(test):
    """What OpenMP has bound to one core each has all of them."""
    n = min(2, len(os.sched_getaffinity(0)))
    outcome = test.run(*arguments("pinned.h5", epochs=1), threads=n, OMP_PROC_BIND="close",
                       OMP_PLACES="cores")
    test.check(outcome.status == 0 and "allowed core" not in outcome.err
               and f" on {len(os.sched_getaffinity(0))} allowed" in outcome.out,
               f"pinned: {outcome.err}{outcome.out[:200]}")


def main():
    test = Test(__doc__, lonely=False)
    test.run_well("data", "synthesize", "digits", "--train", 700, "--test", 200)
    stopped_rank_is_named(test, 3, [1])
    stopped_rank_is_named(test, 2, [0])
    if test.long:
        for _ in range(10):
            stopped_rank_is_named(test, 4, test.random.sample(range(4), 2))
    rank_does_not_start(test, 3)
    start_seconds(test)
    one_rank_alone_is_suspended(test)
    limits(test)
    worlds(test)
    pinned_threads(test)
    test.finish()


main()
