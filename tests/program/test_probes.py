"""probes: what is looked at in training is the same for any layout and interruption, and a run learns
the same with it as without.

Exit status: 0 passed, 1 failed, 77 skipped.
"""

import sys

try:
    import h5py
    import numpy
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

from harness import MIXED, Test, write

USAGE, STOPPED = 2, 75
N_TRAIN, BATCH, EPOCHS, EVERY = 95, 20, 3, 4
STEPS = 15  # of the run; the last of each epoch has 15 samples
WALK = [0.5, 1, 2, 4]
PROBES = ["--set", f"probes.every={EVERY}", "--set", f"probes.walk={WALK}", "--set",
          "probes.layers=true"]
PER_PROBE = ["learning_rate", "loss", "gradient"]
PER_MULTIPLE = ["walk_loss", "walk_distance"]
PER_LAYER = ["similarity", "deviation_before", "deviation_after", "gradient_norm"]


def words(out, norm, *options):
    return ["train", "mixed.yaml", "--norm", norm, "--data", "digits", "--batch", BATCH, "--epochs",
            EPOCHS, "--out", out, *options]


def probes(path):
    """Arrays by their names; names of layers, which are texts, of one width."""
    with h5py.File(path) as file:
        arrays = {name: array[()] for name, array in file["probes"].items()}
    return {name: array.astype("S160") if array.dtype == object else array
            for name, array in arrays.items()}


def differences(a, b):
    return [name for name in a if a[name].tobytes() != b[name].tobytes()] + sorted(set(a) ^ set(b))


def check_shapes(test, path):
    seen = probes(path)
    steps = list(range(1, STEPS + 1, EVERY))
    with h5py.File(path) as file:
        n_layers = len(file["layers/layer"])
        rates, losses = file["metrics/step/learning_rate"][()], file["metrics/step/loss"][()]
        gradient = file["layers/gradient_norm"][()]
        for name in [*PER_MULTIPLE, *PER_LAYER]:
            dims = [dict(dim.items()) for dim in file[f"probes/{name}"].dims]
            wanted = ["probe", "multiple" if name in PER_MULTIPLE else "layer"]
            test.check([list(dim) for dim in dims] == [[name] for name in wanted],
                       f"{name}: scales {dims}")
    test.check(seen["probe"].tolist() == steps, f"steps {seen['probe']}")
    test.check(seen["multiple"].tolist() == WALK, f"multiples {seen['multiple']}")
    for names, columns in ((PER_PROBE, ()), (PER_MULTIPLE, (len(WALK),)), (PER_LAYER, (n_layers,))):
        for name in names:
            good = seen[name].shape == (len(steps), *columns) and numpy.isfinite(seen[name]).all()
            test.check(good, f"{name}: {seen[name]}")
    at = numpy.array(steps) - 1
    test.check((seen["learning_rate"] == rates[at]).all(), "rates are not the steps'")
    test.check((seen["loss"] == losses[at]).all(), "losses are not the steps'")
    norms = numpy.sqrt((seen["gradient_norm"] ** 2).sum(1))
    test.check(numpy.allclose(norms, seen["gradient"], rtol=1e-12), "norms of the gradient")
    test.check((abs(seen["similarity"]) <= 1 + 1e-9).all(), f"cosines {seen['similarity']}")
    return gradient


def check_layouts(test, norm):
    """All of a run is the same without probes; all that they see is the same by ranks and threads."""
    name = norm.replace(":", "")
    test.run_well(*words(f"{name}-off.h5", norm))
    test.run_well(*words(f"{name}-on.h5", norm, *PROBES))
    check_shapes(test, f"{name}-on.h5")
    off = test.digest(f"{name}-off.h5")
    with h5py.File(f"{name}-off.h5") as file:
        test.check("probes" not in file, "probes that nobody wants")
    seen = probes(f"{name}-on.h5")
    test.check(off and test.digest(f"{name}-on.h5") == off, f"{norm}: probes change the run")
    for ranks, threads, changes in ((3, 1, {}), (2, 3, {}), (0, 5, {}),
                                    (0, 1, {"NORMLAB_ISA": "portable"})):
        out = f"{name}-{ranks}-{threads}{len(changes)}.h5"
        test.run_well(*words(out, norm, *PROBES), ranks=ranks, threads=threads, **changes)
        test.check(test.digest(out) == off, f"{out}: other results")
        test.check(not differences(seen, probes(out)), f"{out}: {differences(seen, probes(out))}")


def check_resume(test):
    """Ended by its limit after every step or two."""
    seen = probes("batch7-on.h5")
    for _ in range(STEPS + 1):
        outcome = test.run(*words("cut.h5", "batch:7", *PROBES, "--time-limit", "0.0001s", "--resume"))
        if outcome.status != STOPPED:
            break
    test.check(outcome.status == 0, f"status {outcome.status}: {outcome.err}")
    test.check(not differences(seen, probes("cut.h5")), f"{differences(seen, probes('cut.h5'))}")
    test.check(test.digest("cut.h5") == test.digest("batch7-on.h5"), "other results when resumed")


def check_refused(test):
    outcome = test.run(*words("no.h5", "batch", "--set", "probes.every=3"))
    test.check(outcome.status == USAGE and "probes.every=3: nothing is to be looked at" in outcome.err,
               f"nothing to look at: {outcome.status} {outcome.err}")
    test.run(*words("other.h5", "batch", *PROBES, "--time-limit", "0.0001s"))
    outcome = test.run(*words("other.h5", "batch", *PROBES[:-2], "--resume"))
    test.check(outcome.status == USAGE and "with other probes" in outcome.err,
               f"other probes: {outcome.status} {outcome.err}")


def check_far(test):
    """Where the loss is not finite, the probe says so and the run goes on."""
    far = [*PROBES[:3], "probes.walk=[1, 1e38]"]
    test.run_well(*words("far.h5", "none", "--set", "probes.every=4", "--set", far[3]))
    seen = probes("far.h5")
    test.check(numpy.isfinite(seen["walk_loss"][:, 0]).all()
               and numpy.isnan(seen["walk_loss"][:, 1]).all()
               and numpy.isnan(seen["walk_distance"][:, 1]).all(), f"{seen}")
    test.check("similarity" not in seen and "layer" not in seen, "layers that nobody wants")
    test.run_well(*words("near.h5", "none"))
    test.check(test.digest("far.h5") == test.digest("near.h5"), "a far probe changes the run")


test = Test(__doc__)
write("mixed.yaml", MIXED)
test.run_well("data", "synthesize", "digits", "--train", N_TRAIN, "--test", 21)
for norm in ("batch:7", "group:2"):
    check_layouts(test, norm)
check_resume(test)
check_refused(test)
check_far(test)
test.finish()
