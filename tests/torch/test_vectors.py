#!/usr/bin/env python3
"""Compares the program with what PyTorch has computed, as stored in vectors/; without PyTorch.

    test_vectors.py NORMLAB CONFIGS-FOLDER

Exit status: 0 all agree, 1 something differs, 77 h5py or numpy is missing.
"""
import json
import pathlib
import sys
import tempfile

try:
    import h5py
    import numpy
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)
import runs
import vectors
import weights

# The tolerances of compare.py. Of gradients: a share of the largest, and times the error of PyTorch
# in single precision. After training: ten times that error, and what a ReLU does that is pushed
# over its edge, in how far the numbers move.
GRADIENT_TOLERANCE, SINGLE_FACTOR = 2e-6, 6
LOSS_TOLERANCE, RUNNING_TOLERANCE = 1e-6, 2e-6
TRAINING_FACTOR, FLIP_SHARE = 10, 0.01

n_checks, failures = 0, []


def check(found, expected, tolerance, what):
    """Returns the largest difference in tolerances; not a number fails, too."""
    global n_checks
    n_checks += 1
    found, expected = numpy.asarray(found, numpy.float64), numpy.asarray(expected, numpy.float64)
    assert found.shape == expected.shape, f"{what}: {found.shape}, not {expected.shape}"
    error = abs(found - expected).max(initial=0)
    if not error <= tolerance:
        failures.append(what)
        print(f"FAILED {what}: {error:.3g} is not below {tolerance:.3g}")
    return error / tolerance if tolerance else 0


def read(group, names):
    return [group[name][()] for name in names]


class Case:
    """One norm of one file."""

    def __init__(self, program, config, group, folder, channels):
        self.program, self.config, self.group = program, config, group
        self.folder, self.channels, self.spec = folder, channels, group.attrs["norm"]
        self.name = f"{config.stem} {channels} channels {self.spec}: "
        self.shapes = json.loads(group.attrs["state_dict"])
        self.trained, self.running = vectors.split(self.shapes)
        first = weights.draw(self.shapes, int(group.attrs["seed"]))
        if vectors.fingerprint(first) != group.attrs["first_weights"]:
            raise RuntimeError(f"{self.name}numpy draws other weights than those of the vectors")
        weights.write(folder / "first.h5", first)

    def train(self, data, rate):
        return runs.train(self.program, self.config, self.spec, self.folder / data,
                          self.folder / "result.h5", self.channels, *vectors.settings(rate),
                          "training.epochs=1", options=["--init", self.folder / "first.h5"])

    def check_first_step(self):
        """At a learning rate of 0 the momentum is the gradient, with decay and L1."""
        group, attrs = self.group, self.group.attrs
        allowed = GRADIENT_TOLERANCE * attrs["gradient_largest"]
        allowed += SINGLE_FACTOR * attrs["gradient_single"]
        with self.train("step", 0) as file:
            elements, sums = vectors.reduce(read(file["/optimizer/momentum"], self.trained))
            loss = file["/metrics/step/loss"][0]
            what = self.name + "gradient"
            worst = max(check(elements, group["gradient_elements"], allowed, what),
                        check(sums, group["gradient_sums"], allowed, what + ", sums"))
            check(loss / group["losses"][0], 1, LOSS_TOLERANCE, self.name + "loss")
            if self.running:
                expected = group["running_first"][()]
                scale = self.deviations(expected)
                check(vectors.everything(read(file["/model"], self.running)) / scale,
                      expected / scale, RUNNING_TOLERANCE, self.name + "running statistics")
        return worst

    def deviations(self, running):
        """Means are measured in deviations, variances by themselves."""
        sizes = [numpy.prod(self.shapes[name]) for name in self.running]
        parts = numpy.split(running.astype(numpy.float64), numpy.cumsum(sizes)[:-1])
        for name, mean, variance in zip(self.running[1::2], parts[0::2], parts[1::2]):
            assert name.endswith("running_var"), name
            mean[:] = numpy.sqrt(variance)
        return numpy.concatenate(parts)

    def allowed(self, what):
        attrs = self.group.attrs
        return TRAINING_FACTOR * attrs[f"{what}_single"] + FLIP_SHARE * attrs[f"{what}_moved"]

    def check_training(self):
        group, name = self.group, f"{self.name}{vectors.N_STEPS} steps: "
        with self.train("steps", vectors.RATE) as file:
            elements, sums = vectors.reduce(read(file["/model"], self.trained))
            allowed = self.allowed("weights")
            worst = max(check(elements, group["weights_elements"], allowed, name + "weights"),
                        check(sums, group["weights_sums"], allowed, name + "weights, sums"))
            check(file["/metrics/step/loss"][()], group["losses"], self.allowed("losses"),
                  name + "losses")
            if self.running:
                check(vectors.everything(read(file["/model"], self.running)), group["running"],
                      self.allowed("running"), name + "running statistics")
            for tracked in [n for n in self.shapes if n.endswith("num_batches_tracked")]:
                check(file["/model"][tracked][()], weights.TRACKED + vectors.N_STEPS, 0,
                      name + tracked)
        return worst


def main():
    program, configs = sys.argv[1], pathlib.Path(sys.argv[2])
    paths = sorted((pathlib.Path(__file__).parent / "vectors").glob("*.h5"))
    expected = sorted(vectors.file_name(*case) for case in vectors.CASES)
    assert [path.name for path in paths] == expected, paths
    for path in paths:
        with tempfile.TemporaryDirectory() as folder, h5py.File(path, "r") as file:
            folder, pixels, labels = pathlib.Path(folder), file["images"][()], file["labels"][()]
            test = pixels[:2], labels[:2]
            repeated = [numpy.concatenate([a] * vectors.N_STEPS) for a in (pixels, labels)]
            runs.write_data(folder / "step", (pixels, labels), test)
            runs.write_data(folder / "steps", repeated, test)
            config = configs / f"{file.attrs['network']}.yaml"
            for group in [value for value in file.values() if isinstance(value, h5py.Group)]:
                case = Case(program, config, group, folder, pixels.shape[1])
                first, training = case.check_first_step(), case.check_training()
                print(f"{case.name}gradient {first:.2f}, training {training:.2f} of what is "
                      "allowed", flush=True)
    print(f"{n_checks} checks, {len(failures)} failed")
    return 1 if failures or not n_checks else 0


if __name__ == "__main__":
    sys.exit(main())
