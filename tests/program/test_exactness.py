"""Equal digests for any ranks and threads, and for each instruction set."""

import os

from harness import MIXED, S6, Test, subset, write

BATCHES = [50, 97, 128]
LAYOUTS = [(1, 1), (1, 2), (2, 1), (3, 1), (4, 1), (5, 2)]  # ranks, threads
MPI_LAYOUTS = LAYOUTS[2:]


def train(test, config, norm, batch, data, *options, ranks=1, threads=1, **environment):
    """The digest of one run; one rank runs without mpirun."""
    out = f"{ranks}x{threads}.h5"
    if os.path.exists(out):
        os.unlink(out)  # a run that fails is not to be taken for the one before
    outcome = test.run_well("train", config, "--norm", norm, "--batch", batch, "--data", data,
                            "--out", out, "--overwrite", *options,
                            ranks=ranks if ranks > 1 else 0, threads=threads, **environment)
    where = f"{ranks} rank{'s' if ranks > 1 else ''} x {threads} thread{'s' if threads > 1 else ''}"
    test.check(where in outcome.out, f"expected '# {where}', got {outcome.out[:80]!r}")
    return test.digest(out)


def layouts_agree(test, config, norm, batch, data, backend, layouts, epochs):
    options = ["--epochs", epochs, "--set", f"conv.backend={backend}"]
    first = train(test, config, norm, batch, data, *options)
    test.check(first is not None, f"{norm}: no digest")
    for ranks, threads in layouts:
        other = train(test, config, norm, batch, data, *options, ranks=ranks, threads=threads)
        test.check(other == first, f"{os.path.basename(config)} {norm}, batch {batch}, {backend}, "
                   f"{data}: {ranks} x {threads} gives {other}, 1 x 1 {first}")
    return first


def instruction_sets_agree(test, config, norms, batch, *options):
    found = [name for name in ("portable", "avx2", "avx512")
             if test.run("--version", NORMLAB_ISA=name).status == 0]
    print("instruction sets: " + ", ".join(found))
    for norm in norms:
        digests = {name: train(test, config, norm, batch, "digits", "--epochs", 1, *options,
                               NORMLAB_ISA=name) for name in found}
        test.check(len(set(digests.values())) == 1, f"{norm}: {digests}")


def what_matters_changes_the_digest(test, config):
    """So that equal digests mean something."""
    plain = train(test, config, "batch", 128, "digits", "--epochs", 1)
    for change in (["--seed", 2], ["--set", "network.dropout=0"], ["--set", "optimizer.lr=0.11"],
                   ["--set", "data.shuffle=false"], ["--set", "network.weights=standardized"]):
        other = train(test, config, "batch", 128, "digits", "--epochs", 1, *change)
        test.check(other not in (None, plain), f"{change} leaves the digest as it was")
    other = train(test, config, "batch", 128, "digits", "--epochs", 1, "--set",
                  "checkpoint.every=2", "--set", "name=another")
    test.check(other == plain, "checkpoints or the name change the digest")


def main():
    test = Test(__doc__)
    test.run_well("data", "synthesize", "digits", "--train", 430, "--test", 100)
    mixed = write("mixed.yaml", MIXED)
    if test.long:
        for norm in test.norms():
            for batch in BATCHES:
                for backend in ("direct", "gemm"):
                    layouts_agree(test, S6, norm, batch, "digits", backend, LAYOUTS[1:], 1)
            layouts_agree(test, mixed, norm, 50, "digits", "direct", LAYOUTS[1:], 2)
        instruction_sets_agree(test, S6, test.norms(), 97)
        instruction_sets_agree(test, mixed, test.norms(), 50)
    else:
        for i, norm in enumerate(test.norms()):
            config, backend = (mixed, "direct") if i % 3 == 2 else (S6, ("direct", "gemm")[i % 2])
            layouts_agree(test, config, norm, BATCHES[i % 3], "digits", backend,
                          [(1, 2), MPI_LAYOUTS[i % 4]], 1)
        instruction_sets_agree(test, S6, ["batch:32", "layer:w"], 97)
    instruction_sets_agree(test, mixed, ["batch"], 50, "--set", "network.weights=standardized")
    what_matters_changes_the_digest(test, S6)
    if os.environ.get("NORMLAB_DATA"):
        subset(os.environ["NORMLAB_DATA"], "mnist", 2000, 300)
        layouts_agree(test, S6, "batch", 128, "mnist", "direct", [(3, 1), (5, 2)], 1)
    else:
        print("left out: NORMLAB_DATA is not set: nothing is done with MNIST")
    test.finish()


main()
