"""The published networks give the same bits for any number of ranks and threads."""

import os
import subprocess

from harness import Test

CONFIGS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "configs")
# Ranks and threads. With 50 samples, 3 threads share one block of 4, and of 5 threads two share one.
LAYOUTS = [(1, 1), (1, 2), (1, 3), (1, 5), (2, 1), (3, 1)]
RECIPES = [[], ["--set", "optimizer={type: adamw, l1: 0.0001, l1_on: conv}", "--set",
                "training.ema=0.9", "--set", "training.label_smoothing=0.1", "--set",
                "network.weights=standardized"]]

test = Test(__doc__)
# Neither the batches nor the last, shorter one nor the test set are multiples of 16.
test.run_well("data", "synthesize", "digits", "--train", 123, "--test", 41)
test.run_well("data", "synthesize", "few", "--train", 44, "--test", 9)
for config in "skip", "relu-first", "wide":
    for norm in "batch", "group:2":
        seen = set()
        for number, recipe in enumerate(RECIPES):
            digests = []
            for ranks, threads in LAYOUTS if number == 0 or test.long else LAYOUTS[::2]:
                out = f"{config}-{norm[:5]}-{ranks}-{threads}.h5"
                test.run_well("train", f"{CONFIGS}/{config}.yaml", "--norm", norm, "--epochs", 1,
                              "--batch", 50, "--data", "digits", "--overwrite", "--out", out,
                              *recipe, ranks=ranks, threads=threads)
                digests.append(test.digest(out))
            what = f"{config}, {norm}, recipe {number}"
            test.check(digests[0] and len(set(digests)) == 1, f"{what}: {digests}")
            test.check(digests[0] not in seen, f"{what}: as with the other recipe")
            seen.add(digests[0])
# Ranks that have no sample, one, two, or more than a block: groups of a norm, and of a layer's rows.
for norm, batch in (("batch:2", 5), ("batch", 3), ("layer:w", 7), ("batch:7", 37)):
    digests = {}
    for ranks, threads in [(1, 1), (1, 3), (2, 1), (3, 2), (4, 1), (5, 1)]:
        test.run_well("train", f"{CONFIGS}/s6.yaml", "--norm", norm, "--epochs", 1, "--batch", batch,
                      "--data", "few", "--overwrite", "--out", "few.h5", ranks=ranks, threads=threads)
        digests[ranks, threads] = test.digest("few.h5")
    test.check(len(set(digests.values())) == 1, f"{norm}, batch {batch}: {digests}")
# Ranks whose nodes differ: other cores, other threads, and one that has more threads than cores.
cores = sorted(os.sched_getaffinity(0))
first, all_of_them = str(cores[0]), ",".join(map(str, cores))
for name, ranks, told in (
        ("alike", [(first, 1), (first, 1)], []),
        ("cores", [(all_of_them, 1), (first, 1)], []),
        ("threads", [(all_of_them, 1), (first, 3)], ["ranks have from 1 to 3 threads",
                                                     "for each core, more than elsewhere"])):
    out, command = f"nodes-{name}.h5", [test.options.mpirun, "--oversubscribe", "--bind-to", "none"]
    for i, (mask, threads) in enumerate(ranks):
        command += [":"] * (i > 0) + ["-n", "1", "taskset", "-c", mask, test.options.program, "train",
                    f"{CONFIGS}/s6.yaml", "--batch", "50", "--epochs", "1", "--data", "digits",
                    "--out", out, "--threads", str(threads)]
    done = subprocess.run(["timeout", "-k", "5", "120", *command], capture_output=True, text=True,
                          env=test.environment(1, {}))
    test.run_well("train", f"{CONFIGS}/s6.yaml", "--batch", 50, "--epochs", 1, "--data", "digits",
                  "--overwrite", "--out", "nodes.h5")
    test.check(done.returncode == 0 and test.digest(out) == test.digest("nodes.h5"),
               f"nodes that differ, {name}: {done.returncode} {done.stderr}")
    for text in ("ranks have from", "more than elsewhere"):
        test.check((text in done.stderr) == any(text in line for line in told),
                   f"{name}: {text!r}: {done.stderr}")
test.finish()
