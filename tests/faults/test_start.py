"""Starts of which one rank fails, or on a node that has little shared memory: all ranks end together
in seconds with one message, or the run goes its way to the same digest. None hangs.
"""

import os
import subprocess
from collections import Counter

from faults import S6, FaultTest, errors, litter, mount, own_mounts, read, unmount, write

USAGE, MEMORY = 2, 6
SECONDS = 60  # what takes longer hangs, also on a busy machine
SHARED = "/dev/shm"
SHARE = "memfd_create,mkostemp,posix_fallocate,mmap"


def train(test, out, ranks, *options, library=None, **changes):
    if library:
        changes = {"FAULTS_" + name.upper(): str(value) for name, value in changes.items()}
        changes["LD_PRELOAD"] = test.library(library)
    arguments = ["train", S6, "--batch", 20, "--epochs", 0, "--data", "digits", "--out", out,
                 *options]
    return test.run(*arguments, ranks=ranks, seconds=SECONDS, **changes)


def expected(test):
    """Digest of a start that nothing happens to."""
    if not os.path.exists("whole.h5"):
        test.run_well("train", S6, "--batch", 20, "--epochs", 0, "--data", "digits", "--out",
                      "whole.h5")
        test.whole = test.digest("whole.h5")
    return test.whole


def left(folder=SHARED):
    return [name for name in os.listdir(folder) if name.startswith("normlab-")]


def goes_well(test, what, outcome, out, words=(), alone=True):
    """With a warning that has these words, and none without any."""
    test.check(outcome.status == 0 and test.digest(out) == expected(test),
               f"{what}: status {outcome.status}, {outcome.seconds:.0f} s\n{outcome.err[-800:]}")
    notes = [line for line in outcome.err.splitlines() if "cannot share" in line]
    test.check(len(notes) == (1 if words else 0) and all(word in notes[0] for word in words),
               f"{what}: {outcome.err[-1200:]}")
    remains = (left() if alone else []) + [name for name in litter() if name.startswith(out)]
    test.check(not remains, f"{what}: left {remains}")
    if os.path.exists(out):
        os.unlink(out)


def calls_of(test, ranks, rank):
    """Names of the calls of MPI of a rank that starts and ends."""
    log = os.path.abspath("calls.log")
    outcome = train(test, "counted.h5", ranks, library="mpi", rank=rank, log=log)
    goes_well(test, "counted", outcome, "counted.h5")
    names = [line.split("\t")[1] for line in read(log).decode().splitlines()]
    os.unlink(log)
    return names


# Ends of a rank at a call of MPI, with the exit statuses of all. MPI's own handler has others.
ENDS = {"refuse": (1,), "late": (1,), "handle": (1, 16), "kill": (137,), "exit": (1,)}
# Calls that only ask, some of them by HDF5 after the end of MPI: not all are needed.
ASKING = ("MPI_Initialized", "MPI_Finalized")


def one_call(test, ranks, i, rank, name, number, do):
    """One call of MPI fails on one rank."""
    what = f"{ranks} ranks, {do} in call {number} of rank {rank}, {name}"
    out = f"call-{i}.h5"
    is_silent = do == "exit" and name == "MPI_Init_thread"  # mpirun lets it pass, the others do not
    outcome = train(test, out, ranks, library="mpi", rank=rank, at=number, do=do)
    lines = errors(outcome.err)
    if outcome.status == 0 and name in ASKING:
        goes_well(test, what, outcome, out, alone=False)
        return outcome
    test.check(outcome.status in ENDS[do] + ((USAGE,) if is_silent else ()),
               f"{what}: status {outcome.status}, {outcome.seconds:.0f} s\n{outcome.err[-800:]}")
    if do in ("refuse", "late"):
        test.check(len(lines) == 1 and f"MPI on rank {rank} of " in lines[0] and name in lines[0],
                   f"{what}: {outcome.err[-800:]}")
    else:
        test.check(len(lines) <= 1 and outcome.err.strip(), f"{what}: {outcome.err[-800:]}")
    if os.path.exists(out):
        test.check(test.digest(out) == expected(test), f"{what}: the file is damaged")
    return outcome


def calls(test):
    ranks, chosen = 4, []
    names = {rank: calls_of(test, ranks, rank) for rank in ((0, 3) if test.long else (3,))}
    expected(test)
    for i in range(200 if test.long else 15):
        rank = test.random.choice(list(names))
        number = test.random.randrange(len(names[rank]))
        chosen.append((i, rank, names[rank][number], number + 1, test.random.choice(list(ENDS))))
    outcomes = test.all(lambda each: one_call(test, ranks, *each), chosen)
    test.check(not left(), f"starts left {left()}")
    tally = Counter(f"status {outcome.status}" for outcome in outcomes)
    print(f"{len(chosen)} starts on {ranks} ranks, one fails at a call of MPI: {dict(tally)}, at most "
          f"{max(outcome.seconds for outcome in outcomes):.1f} s each", flush=True)


def memory(test):
    """One rank alone cannot have its part of the memory that is shared: none uses it."""
    cases = [(4, 1, "mmap", "1+"), (2, 0, SHARE, "1+"), (3, 2, "mmap", "2+"),
             (2, 0, "posix_fallocate", "1+"), (2, 1, "mmap", "1")]
    for ranks, rank, functions, at in cases if test.long else cases[:2]:
        what = f"{ranks} ranks, {functions} {at} fails on rank {rank}"
        outcome = train(test, "memory.h5", ranks, library="memory", rank=rank, functions=functions,
                        at=at)
        if at == "1":  # the second way goes well
            goes_well(test, what, outcome, "memory.h5")
        elif at == "2+":
            test.check(outcome.status == 0, f"{what}: {outcome.err}")
            os.unlink("memory.h5")
        else:
            words = ["--shm-size", "memfd: ", "/dev/shm of ", " MB"]
            goes_well(test, what, outcome, "memory.h5",
                      words + ([f"(on rank {rank} of "] if rank else []))


def own_containers(test):
    """Ranks that cannot look into each other, as those that a container each has: a file is shared."""
    if subprocess.run(["unshare", "-Ur", "true"], stderr=subprocess.DEVNULL).returncode != 0:
        print("left out: no right to be another user")
        return
    arguments = ["train", S6, "--batch", 20, "--epochs", 0, "--data", "digits", "--out", "own.h5"]
    outcome = test.run("-Ur", test.program, *arguments, program="unshare", ranks=2, seconds=SECONDS)
    goes_well(test, "containers of their own", outcome, "own.h5")


def colours(folder):
    """As many images as CIFAR-10 has, of noise."""
    if os.path.exists(folder):
        return
    n, label_and_pixels = 10000, 1 + 3 * 32 * 32
    noise = os.urandom(n * label_and_pixels)
    os.mkdir(folder)
    first = os.path.join(folder, "data_batch_1.bin")
    with open(first, "wb") as file:
        for i in range(n):
            start = i * label_and_pixels
            file.write(bytes([i % 10]) + noise[start + 1:start + label_and_pixels])
    for name in [f"data_batch_{i}.bin" for i in range(2, 6)] + ["test_batch.bin"]:
        os.link(first, os.path.join(folder, name))


def on_small(test, what, size, ranks, words=(), data="digits", n_at_once=1, **options):
    """Runs at once while /dev/shm has this size."""
    if not mount(f"size={size}", SHARED):
        return
    try:
        def run(i):
            return train(test, f"small-{i}.h5", ranks, "--data", data, **options)
        for i, outcome in enumerate(test.all(run, range(n_at_once))):
            where = f"{what}, {size} of {SHARED}, {ranks} ranks"
            if data == "digits":
                goes_well(test, where, outcome, f"small-{i}.h5", words)
                continue
            test.check(outcome.status == 0 and ("cannot share" in outcome.err) == bool(words)
                       and all(word in outcome.err for word in words),
                       f"{where}: status {outcome.status}, {outcome.seconds:.0f} s\n{outcome.err}")
            test.colours.add(test.digest(f"small-{i}.h5"))
            test.check(len(test.colours) == 1, f"{where}: another digest")
            os.unlink(f"small-{i}.h5")
    finally:
        unmount(SHARED)


def small_shared_memory(test):
    """In containers /dev/shm has 64 MB; less than the data of CIFAR-10, or than Open MPI's messages."""
    test.colours = set()
    colours("colours")
    no_memfd = {"library": "memory", "functions": "memfd_create", "at": "1+"}
    words = ["/dev/shm of ", "--shm-size", "copy of 184.4 MB"]
    sizes = ["16m", "32m", "64m"] if test.long else ["64m"]
    for size in sizes:
        for ranks in (2, 4) if test.long else (2,):
            on_small(test, "colours", size, ranks, data="colours")
        on_small(test, "colours, no memfd", size, 2, words, data="colours", **no_memfd)
    on_small(test, "two runs", "1m", 2, n_at_once=2)
    on_small(test, "two runs, no memfd", "64m", 2, n_at_once=2, **no_memfd)
    on_small(test, "no memfd, no room beside messages", "8m", 2,
             ["/dev/shm of 8.4 MB: no room beside the messages"], **no_memfd)
    if test.long:
        on_small(test, "colours, no memfd", "400m", 2, data="colours", **no_memfd)
        on_small(test, "read-only", "1m,ro", 2)
        on_small(test, "read-only, no memfd", "1m,ro", 3, ["Read-only file system"], **no_memfd)
        for size in ("4k", "100k", "4m", "8m", "16m"):
            on_small(test, "messages", size, 4)


class Group:
    """A control group with a limit of memory, of either version; name is None if there can be none."""

    def __init__(self):
        self.name = None
        for root, limit in (("/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
                            ("/sys/fs/cgroup", "memory.max")):
            name = f"{root}/normlab-{os.getpid()}"
            try:
                os.mkdir(name)
            except OSError:
                continue
            if os.path.exists(f"{name}/{limit}"):
                self.name, self.limit = name, f"{name}/{limit}"
                break
            os.rmdir(name)

    def set(self, megabytes):
        write(self.limit, str(megabytes << 20))

    def command(self):
        """What stands before a command that is to run in it."""
        return ["sh", "-c", f'echo $$ >{self.name}/cgroup.procs && exec "$@"', "sh"]


def little_memory(test):
    """The group of a container or job has less memory than the data: no rank is killed."""
    colours("colours")
    group = Group()
    if not group.name:
        print("left out: no right to make a control group")
        return
    try:
        for megabytes, status in ((120, MEMORY), (400, 0)):
            group.set(megabytes)
            what = f"{megabytes} MB in all"
            command = test.command(["train", S6, "--epochs", 0, "--data", "colours", "--batch", 20,
                                    "--out", "little.h5", "--set", "network.norm=none"], 2, SECONDS)
            done = subprocess.run(group.command() + command, capture_output=True, text=True,
                                  env=test.environment(1), stdin=subprocess.DEVNULL)
            lines = errors(done.stderr)
            test.check(done.returncode == status and len(lines) == (status != 0),
                       f"{what}: status {done.returncode}\n{done.stderr[-800:]}")
            test.check(status == 0 or "data set: no memory for 184.4 MB on a node" in lines[0],
                       f"{what}: {lines}")
    finally:
        os.rmdir(group.name)


def main():
    own_mounts()
    test = FaultTest(__doc__)
    mount("size=1g", SHARED)  # of its own, where that can be: what others leave there is not its own
    for case in test.chosen([calls, memory, own_containers, small_shared_memory, little_memory]):
        before = test.n_checks
        case(test)
        print(f"{case.__name__}: {test.n_checks - before} checks", flush=True)
    test.finish()


main()
