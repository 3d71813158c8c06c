"""The bits that each network gives are those of golden_bits.json, on every instruction set.

Digests that are compared with each other alone do not see an error that all of them share. Of a
result file the weights, metrics, predictions and layers are looked at; the configuration, times and
names of fields that are new are not. The bits hang on the C library's exp, log and cos in double
precision, besides the program.

--write makes golden_bits.json anew: after a change that is meant to change results, and is known to
be right by the comparisons with the double-precision twin and PyTorch.

Exit status: 0 passed, 1 failed, 77 skipped.
"""

import hashlib
import json
import os
import sys

try:
    import h5py
    import numpy
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

from harness import S6, Test, read, write

FOLDER = os.path.dirname(os.path.abspath(__file__))
GOLDEN = os.path.join(FOLDER, "golden_bits.json")
NETWORKS = ["s6", "wide", "relu-first", "skip"]
NORMS = ["batch", "group:2"]
ISAS = ["portable", "avx2", "avx512"]
# Three steps, the last one of fewer images than a block of 16.
DATA = ["--train", 107, "--test", 37]
RUN = ["--epochs", 1, "--batch", 48]
FIELDS = {
    "metrics": ["step/loss", "step/accuracy", "step/learning_rate", "epoch/learning_rate",
                "epoch/train_loss", "epoch/train_accuracy", "epoch/test_loss",
                "epoch/test_accuracy"],
    "predictions": ["label", "prediction", "probability", "loss"],
    "layers": ["mean_before", "deviation_before", "mean_after", "deviation_after",
               "gradient_norm"],
}


def digest(parts):
    sha = hashlib.sha256()
    for part in parts:
        sha.update(part)
    return sha.hexdigest()[:16]


def bits(group, names):
    """Digest of the named arrays of a group: names, types, shapes and bytes."""
    parts = []
    for name in names:
        array = numpy.asarray(group[name][()])
        parts += [f"{name} {array.dtype} {array.shape};".encode(), array.tobytes()]
    return digest(parts)


def found(test, network, norm, isa):
    out = f"{network}-{isa}.h5"
    test.run_well("train", os.path.join(os.path.dirname(S6), f"{network}.yaml"), "--norm", norm,
                  *RUN, "--data", "digits", "--out", out, "--overwrite", NORMLAB_ISA=isa)
    with h5py.File(out) as file:
        result = {"model": bits(file["model"], sorted(file["model"])),
                  **{group: bits(file[group], names) for group, names in FIELDS.items()}}
        evaluation = file["evaluation"]
        if "population" in evaluation:  # statistics are of what those before them, rounded, make
            population = [f"population/{name}" for name in sorted(evaluation["population"])]
            result["evaluation"] = bits(evaluation, ["prediction", "probability", "loss", *population])
    return result


def main():
    test = Test(__doc__, add_options=lambda parser: parser.add_argument(
        "--write", action="store_true", help="make the golden values anew"))
    isas = [isa for isa in ISAS if test.run("--version", NORMLAB_ISA=isa).status == 0]
    for isa in ISAS:
        if isa not in isas:
            print(f"left out: NORMLAB_ISA={isa}, which this machine or build lacks")
    test.run_well("data", "synthesize", "digits", *DATA)
    images = digest(read(os.path.join("digits", name)) for name in sorted(os.listdir("digits")))
    if test.options.write:
        runs = {f"{network} {norm}": found(test, network, norm, isas[0])
                for network in NETWORKS for norm in NORMS}
        golden = {"images": images, "runs": runs}
        write(GOLDEN, json.dumps(golden, indent=1) + "\n")
    golden = json.loads(read(GOLDEN))
    test.check(images == golden["images"], "the synthetic images are others: so are all results")
    test.check(sorted(golden["runs"]) == sorted(f"{network} {norm}" for network in NETWORKS
                                                for norm in NORMS), "other runs than in the file")
    for run, wanted in golden["runs"].items():
        for isa in isas:
            if isa == "portable" and run.endswith("group:2") and not test.long:
                continue  # it takes its time, and the other norm shows it
            got = found(test, *run.split(), isa)
            wrong = [group for group in wanted if got[group] != wanted[group]]
            test.check(not wrong and got.keys() == wanted.keys(),
                       f"{run}, {isa}: other bits in {', '.join(wrong)}")
    test.finish()


main()
