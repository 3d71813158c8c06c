"""Ranks that differ in what a result depends on, or in what they are to do, do not begin."""

import os
import shutil
import struct
import subprocess
import time

from harness import Outcome, Test, errors, read, write

OUT = "run.h5"
TINY = """
network: {layers: [{type: block, channels: 4}, {type: global-avg-pool},
                   {type: linear, channels: 10}]}
training: {epochs: 1, batch: 32}
"""
# A key of each section, most of them such that ranks would wait for each other or send other sizes.
KEYS = ["name=other", "seed=7", "network.norm=layer", "network.layers.0.channels=6",
        "data.shuffle=false", "data.validation=16", "augment.flip=true", "training.epochs=2",
        "training.batch=16", "training.ema=0.5", "optimizer.lr=0.02", "optimizer={type: adam}",
        "schedule.warmup=1", "conv.backend=gemm", "checkpoint.every=1", "watchdog.seconds=0"]
OPTIONS = [("--resume",), ("--overwrite",), ("--trace", "t.json"), ("--data-hash", "0123456789abcdef"),
           ("--time-limit", "60s"), ("--out", "other.h5"), ("more.yaml",)]


def own(*arguments, n=1, program=None, host=None, **environment):
    """The words by which mpirun starts n ranks of their own; host is the name of their node."""
    words = ["-n", str(n)]
    if environment:
        words += ["env"] + [f"{name}={value}" for name, value in environment.items()]
    if host:
        words += ["unshare", "--uts", "sh", "-c", f'hostname {host} && exec "$0" "$@"']
    return words + [program or test.program, *map(str, arguments)]


def together(*groups, seconds=40):
    words = ["timeout", "-k", "5", str(seconds), test.options.mpirun, "--oversubscribe",
             "--bind-to", "none"]
    for number, group in enumerate(groups):
        words += ([":"] if number else []) + group
    start = time.monotonic()
    done = subprocess.run(words, capture_output=True, stdin=subprocess.DEVNULL,
                          env=test.environment(1, {"NORMLAB_START_SECONDS": "30"}))
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode(),
                   time.monotonic() - start)


def train(*options, data="digits", **more):
    return own("train", "tiny.yaml", "--data", data, "--out", OUT, *options, **more)


def refused(texts, *groups, status=2):
    """One message with these texts, and nothing is written."""
    outcome = together(*groups)
    found = errors(outcome.err)
    test.check(outcome.status == status and len(found) == 1 and outcome.seconds < 25
               and all(text in found[0] for text in texts),
               f"{groups}: expected {texts}, got {outcome}")
    test.check(not os.path.exists(OUT), f"{groups}: wrote a file")
    if os.path.exists(OUT):
        os.unlink(OUT)


def agreed(*groups):
    outcome = together(*groups)
    test.check(outcome.status == 0 and not errors(outcome.err), f"{groups}: {outcome}")
    digest = test.digest(OUT)
    for name in OUT, OUT + ".prev":
        if os.path.exists(name):
            os.unlink(name)
    return digest


def some(cases, n):
    return cases if test.long else test.random.sample(cases, n)


def same():
    """What may differ: threads, and where equal images are."""
    test.run_well("data", "synthesize", "packed", "--train", 64, "--test", 32, "--gzip")
    one = agreed(train(n=2))
    two = agreed(train(), train("--threads", 2, data=os.path.abspath("packed")))
    test.check(one is not None and one == two, f"digests {one}, {two}")


def keys():
    for change in some(KEYS, 2):
        key = change.split("=")[0].removesuffix(".channels")
        refused([f"rank 1 on {os.uname().nodename}: {key}", "rank 0 on",
                 "give all ranks the same configuration"],
                train(), train("--set", change))
    refused(["rank 3 on ", ": seed is 4, rank 0 on ", " has 1: "], train(n=3), train("--seed", 4))
    if test.long:
        refused(["rank 1 on ", ": seed is 1, rank 0 on ", " has 4: "], train("--seed", 4),
                train(n=3))


def files():
    """Another file of the same name, in another folder; one that a rank does not have."""
    os.mkdir("there")
    write("there/tiny.yaml", TINY.replace("batch: 32", "batch: 16"))
    shutil.copytree("digits", "there/digits")
    there = ["-wdir", os.path.abspath("there")]
    refused(["rank 1 on ", ": training.batch is 16, rank 0 on ", " has 32: "], train(),
            there + train())
    os.unlink("there/tiny.yaml")
    refused(["tiny.yaml: ", "(on rank 1 of "], train(), there + train(), status=3)


def hosts():
    """Nodes by name."""
    if subprocess.run(["unshare", "--uts", "true"], capture_output=True).returncode != 0:
        print("left out: hosts: no namespaces here")
        return
    refused(["rank 2 on nodeB: optimizer.lr is 0.02, rank 0 on nodeA has 0.05: "],
            train(host="nodeA", n=2), train("--set", "optimizer.lr=0.02", host="nodeB"))


def images():
    test.run_well("data", "synthesize", "others", "--train", 64, "--test", 32, "--seed", 2)
    here = os.path.abspath(".")
    refused([f"rank 1 on {os.uname().nodename}: the data set is {here}/others (", "rank 0 on ",
             f"{here}/digits ("], train(), train(data="others"))
    if test.long:
        refused([f"the data set is {here}/nosuch (cannot be read), "], train(),
                train(data="nosuch"))
    plain = ["train", "tiny.yaml", "--out", OUT]
    refused(["the data set is ", f"/others (", f"{here}/digits ("],
            own(*plain, NORMLAB_DATA="digits"), own(*plain, NORMLAB_DATA="others"))


def weights():
    test.run_well("train", "tiny.yaml", "--data", "digits", "--out", "w1.h5")
    shutil.copy("w1.h5", "w2.h5")
    agreed(train("--init", "w1.h5"), train("--init", "w2.h5"))
    write("w2.h5", read("w1.h5") + b"x")
    refused(["the file of --init is ", "/w2.h5 (", "/w1.h5 ("], train("--init", "w1.h5"),
            train("--init", "w2.h5"))
    if test.long:
        refused(["the file of --init is none, ", "/w1.h5 ("], train("--init", "w1.h5"), train())


def programs():
    """Another instruction set, another build."""
    if "portable" not in test.run_well("--version").out.split():
        refused(["the instruction set is portable, ", "NORMLAB_ISA"], train(),
                train(NORMLAB_ISA="portable"))
    program = bytearray(read(test.program))
    note = struct.pack("<III", 4, 20, 3) + b"GNU\0"
    if test.check(program.count(note) == 1, "the program has no number of its build"):
        program[program.index(note) + len(note)] ^= 1
        write("other", bytes(program))
        os.chmod("other", 0o755)
        refused(["the build of normlab is ", "start the same program on all nodes"], train(),
                train(program=os.path.abspath("other")))


def backend():
    """The same library with other kernels; not where it is not used."""
    gemm = ("--set", "conv.backend=gemm")
    outcome = test.run("train", "tiny.yaml", "--data", "digits", "--out", "gemm.h5", *gemm,
                       OPENBLAS_CORETYPE="Haswell")
    if outcome.status != 0:
        print(f"left out: backend: {outcome.err}")
        return
    refused(["the core type of conv.backend's library", "OPENBLAS_CORETYPE"],
            train(*gemm, OPENBLAS_CORETYPE="Haswell"), train(*gemm, OPENBLAS_CORETYPE="Nehalem"))
    if test.long:
        agreed(train(OPENBLAS_CORETYPE="Haswell"), train(OPENBLAS_CORETYPE="Nehalem"))


def options():
    for option in some(OPTIONS, 1):
        refused(["rank 1 on ", "give all ranks the same "], train(), train(*option))
    of_bench = [("--comm is yes, ", ("--comm",)),
                ("training.batch is 20, ", ("tiny.yaml", "--batch", 20))]
    for text, words in some(of_bench, 1):
        refused(["rank 1 on ", text], own("bench", "tiny.yaml"), own("bench", *words))


def commands():
    """Also such that start no MPI: the others cannot ask those ranks."""
    refused(["the command is bench, ", " has train: "], train(), own("bench", "tiny.yaml"))
    silent = [("--help",), ("train", "tiny.yaml", "--check"), ("--version",), ("config",),
              ("train", "--help"), ("digest", "gone.h5")]
    for words in some(silent, 1):
        refused(["rank 1 on ", "the command is "], train(), own(*words))
        if test.long:
            refused(["the command is "], own(*words), train())
    # What ends before the run can see it.
    refused(["1 of the 2 processes that mpirun of Open MPI started on "], train(),
            ["-n", "1", "true"])


def left_alone():
    """Processes that another MPI's launcher has started, each alone."""
    for rank in 0, 3:
        outcome = test.run("train", "tiny.yaml", "--data", "digits", "--out", OUT,
                           PMI_RANK=str(rank), PMI_SIZE="4")
        test.check(outcome.status == 2 and len(errors(outcome.err)) == (rank == 0), f"{outcome}")
        test.check(rank or "PMI_SIZE=4" in outcome.err, f"{outcome}")
    test.check(not os.path.exists(OUT), "each alone wrote a file")


test = Test(__doc__)
write("tiny.yaml", TINY)
write("more.yaml", TINY)
test.run_well("data", "synthesize", "digits", "--train", 64, "--test", 32)
for case in test.chosen([same, keys, files, hosts, images, weights, programs, backend, options,
                         commands, left_alone]):
    begin = time.monotonic()
    case()
    print(f"{case.__name__}: {time.monotonic() - begin:.1f} s", flush=True)
test.finish()
