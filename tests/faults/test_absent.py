"""Nothing is loaded or started that is not used: MPI, a BLAS, another program, threads. And what is
used and cannot be had is told in one message before the result file is begun."""

import os
import re
import subprocess

from faults import FaultTest, errors, read, write

NETWORK = ("network: {norm: batch, layers: [{type: block, channels: 4, stride: 2}, "
           "{type: linear, channels: 12}, {type: relu}, {type: linear, channels: 10}]}\n"
           "training: {epochs: 1, batch: 20}\n")
STUDY = "base: net.yaml\ndata: mnist\naxes: {seed: [1]}\n"
USAGE, MEMORY = 2, 6


def absent(test, what, *arguments, **options):
    return test.run(*arguments, LD_PRELOAD=test.library("absent"), FAULTS_ABSENT=what, **options)


def train(test, out, *options, **more):
    return test.run("train", "net.yaml", "--data", "digits", "--out", out, *options, **more)


def refused(test, outcome, status, out, *words):
    lines = errors(outcome.err)
    test.check(outcome.status == status and len(lines) == 1 and all(w in lines[0] for w in words),
               f"{out}: status {outcome.status}, {lines}, not {status} with {words}")
    test.check(not os.path.exists(out), f"{out} was begun")


def no_blas(test):
    """A linear layer has the same bits whatever an OpenBLAS would compute for; only gemm needs it."""
    linked = subprocess.run(["ldd", test.program], capture_output=True, text=True, check=True).stdout
    test.check(not re.search(r"lib(open|c)?blas|libblis|libmkl", linked), f"linked to a BLAS: {linked}")
    digests = set()
    for core, isa in [("Nehalem", "portable"), ("Haswell", "avx2"), ("SkylakeX", "avx512")]:
        outcome = train(test, f"{isa}.h5", threads=2, OPENBLAS_CORETYPE=core, NORMLAB_ISA=isa,
                        LD_PRELOAD=test.library("absent"), FAULTS_ABSENT="blas,exec")
        if outcome.status == USAGE and f"NORMLAB_ISA={isa}" in outcome.err:
            print(f"left out: {isa}")
            continue
        test.check(outcome.status == 0, f"{core}: status {outcome.status}: {outcome.err}")
        digests.add(test.digest(f"{isa}.h5"))
        test.check(core.encode() not in read(f"{isa}.h5"), f"{isa}.h5 has a core type")
    test.check(len(digests) == 1 and None not in digests, f"linear layers: digests {digests}")
    gemm = ["--set", "conv.backend=gemm"]
    for ranks in (0, 2):
        outcome = train(test, "none.h5", *gemm, ranks=ranks, LD_PRELOAD=test.library("absent"),
                        FAULTS_ABSENT="blas")
        refused(test, outcome, USAGE, "none.h5", "conv.backend: gemm needs OpenBLAS",
                "cannot be loaded", "conv.backend: direct")
    outcome = train(test, "gemm.h5", *gemm, OPENBLAS_CORETYPE="Haswell")
    test.check(outcome.status == 0 and b"Haswell" in read("gemm.h5"),
               f"gemm: status {outcome.status}, or without its core type: {outcome.err}")


def no_mpi(test):
    """Only training and bench need it. Nothing becomes another program."""
    outcome = train(test, "run.h5", LD_PRELOAD=test.library("absent"), FAULTS_ABSENT="exec")
    test.check(outcome.status == 0, f"a run becomes another program: {outcome.status} {outcome.err}")
    names = re.findall(r"(?m)^  ([a-z]+) ", test.run("--help").out.split("Exit status")[0])
    test.check({"train", "bench", "study"} <= set(names), f"--help: {names}")
    commands = [[name, "--help"] for name in names] + [
        ["--help"], ["--version"], ["--print-commands"], ["digest", "run.h5"], ["compare", "run.h5"],
        ["summary", "net.yaml"], ["config"], ["explain"], ["watch", "run.h5", "--once"],
        ["data", "check", "digits"], ["study", "st.yaml", "list"],
        ["predict", "run.h5", "digits/t10k-images-idx3-ubyte:0-3"],
        ["train", "net.yaml", "--data", "digits", "--print-out"],
        ["train", "net.yaml", "--data", "digits", "--check", "--out", "new.h5"]]
    for command in commands:
        outcome = absent(test, "mpi,blas,exec", *command)
        test.check(outcome.status == 0, f"{command}: status {outcome.status}: {outcome.err}")
    # of srun -n 1 bash
    shell = {"NORMLAB_DATA": os.path.abspath("digits"), "PMIX_RANK": "0", "SLURM_PROCID": "0", "SLURM_STEP_NUM_TASKS": "1"}
    for command in (["train", "net.yaml", "--data", "digits", "--out", "shell.h5"], ["study", "st.yaml", "list"],
                    ["study", "st.yaml", "run", "--out", "st"]):
        outcome = absent(test, "mpi", *command, **shell)
        test.check(outcome.status == 0, f"{command} in a shell of srun: {outcome.status}: {outcome.err}")
    for command in (["train", "net.yaml", "--nonsense"], ["digest"], ["nonsense"]):
        outcome = absent(test, "mpi", *command)
        test.check(outcome.status == USAGE and len(errors(outcome.err)) == 1,
                   f"{command}: status {outcome.status}: {outcome.err}")
    test.check(absent(test, "mpi", "bench", "--comm").status == 99, "the library sees no start of MPI")


def no_memory(test):
    """In little address space: nothing reserves it before main(), and MPI is not left to crash in it."""
    def limited(megabytes, *arguments):
        done = subprocess.run(["prlimit", f"--as={megabytes << 20}", *test.command(arguments, 0, 20)],
                              env=test.environment(), capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr
    for megabytes in (300, 150, 100):
        status, out, text = limited(megabytes, "--help")
        test.check(status == 0 and "Usage: normlab" in out, f"--help in {megabytes} MB: {status} {text}")
    for megabytes in (60, 85, 100):
        status, out, text = limited(megabytes, "train", "net.yaml", "--data", "digits", "--out", "none.h5")
        test.check(status == MEMORY and len(errors(text)) == 1 and not os.path.exists("none.h5"),
                   f"training in {megabytes} MB: {status} {text}")


def no_threads(test):
    """What keeps a team of threads from being there is told before the file is begun."""
    outcome = absent(test, "threads", "train", "net.yaml", "--data", "digits", "--out", "none.h5", "--threads", 2)
    refused(test, outcome, MEMORY, "none.h5", "only 1 of 2 threads can be started", "ulimit -u")
    for ranks in (0, 2):
        outcome = train(test, "none.h5", "--threads", 2, ranks=ranks, OMP_STACKSIZE="16k")
        refused(test, outcome, USAGE, "none.h5", "OMP_STACKSIZE=16k", "at least 256K")
    refused(test, train(test, "none.h5", "--threads", 2, GOMP_STACKSIZE="64"), USAGE, "none.h5", "GOMP_STACKSIZE=64")
    refused(test, train(test, "none.h5", "--threads", 2, OMP_STACKSIZE=" 9999999 G "), MEMORY, "none.h5", "threads")
    whole = train(test, "whole.h5", "--threads", 2)
    test.check(whole.status == 0, f"two threads: {whole.status} {whole.err}")
    for name, value in [("OMP_MAX_ACTIVE_LEVELS", "0"), ("OMP_DYNAMIC", "true"), ("OMP_THREAD_LIMIT", "1"),
                        ("OMP_NUM_THREADS", "3x"), ("OMP_STACKSIZE", "1m"), ("OMP_PROC_BIND", "true")]:
        outcome = train(test, "run.h5", "--threads", 2, "--overwrite", **{name: value})
        test.check(outcome.status == 0 and test.digest("run.h5") == test.digest("whole.h5"),
                   f"{name}={value}: status {outcome.status}, {outcome.err}")


def little_stack(test):
    """A low limit of the stack is raised where that is allowed, and told where it is not."""
    def limited(out, soft, hard):
        command = test.command(["train", "net.yaml", "--data", "digits", "--out", out, "--threads", 2], 0, 60)
        done = subprocess.run(["prlimit", f"--stack={soft}:{hard}", *command], env=test.environment(),
                              capture_output=True, text=True)
        return done.returncode, done.stderr
    status, text = limited("low.h5", 100 << 10, "unlimited")
    test.check(status == 0, f"a stack of 100 KB that may grow: {status} {text}")
    status, text = limited("none.h5", 100 << 10, 100 << 10)
    test.check(status == MEMORY and len(errors(text)) == 1 and "ulimit -s" in text and not os.path.exists("none.h5"),
               f"a stack of 100 KB: {status} {text}")


test = FaultTest(__doc__)
write("net.yaml", NETWORK)
write("st.yaml", STUDY)
for case in test.chosen([no_blas, no_mpi, no_memory, no_threads, little_stack]):
    case(test)
test.finish()
