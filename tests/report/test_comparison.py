"""normlab compare on result files made with h5py: figures against SciPy, and files that are wrong.

Exit status: 0 passed, 1 failed, 77 skipped.
"""

import csv
import io
import json
import os
import sys

try:
    import numpy
    from scipy import stats
    import bootstrap
    import results
except (ImportError, OSError) as error:
    print(f"skipped: {error}")
    sys.exit(77)

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "program"))
from harness import Test, errors, write  # noqa: E402

N_TEST = 2000
USAGE, FILE, DATA = 2, 3, 4


def holm(p):
    order = numpy.argsort(p)
    m = len(p)
    steps = numpy.maximum.accumulate([(m - i) * p[k] for i, k in enumerate(order)])
    corrected = numpy.empty(m)
    corrected[order] = numpy.minimum(1, steps)
    return corrected


def image_p(scores):
    """Share of the choices of signs whose total is as far from 0; exact, by integers."""
    ways = {0: 1}
    for size in numpy.abs(scores[scores != 0]).tolist():
        more = {}
        for total, n in ways.items():
            more[total + size] = more.get(total + size, 0) + n
            more[total - size] = more.get(total - size, 0) + n
        ways = more
    far = abs(int(scores.sum()))
    return sum(n for total, n in ways.items() if abs(total) >= far) / sum(ways.values())


class Study:
    """Runs of several norms whose true accuracies differ by known shares of images."""

    def __init__(self, folder, shifts, seeds, random):
        os.mkdir(folder)
        self.folder = folder
        self.right = {}
        hard = random.normal(size=N_TEST) + 2
        self.loss = {}
        for seed in seeds:
            common = random.normal(scale=0.2, size=N_TEST)
            for norm, shift in shifts.items():
                right = hard + common + shift + random.normal(scale=0.2, size=N_TEST) > 0
                self.right[norm, seed] = right
                self.loss[norm, seed] = 0.1 - 0.05 * shift + random.normal(scale=0.002)
                curve = [0.5, right.mean() - 0.1, right.mean()]
                results.write_result(f"{folder}/{norm.replace(':', '')}-{seed}.h5", norm, seed,
                                     curve, [1, 0.5, self.loss[norm, seed]], right,
                                     seconds=1.5 + seed)

    def accuracy(self, norm, seeds):
        return numpy.array([self.right[norm, seed].mean() for seed in seeds])


def near(a, b, relative=1e-9):
    return a is not None and abs(a - b) <= relative * abs(b) + 1e-15


def same_interval(found, low, high):
    """Relative to its width: an end may be near 0 by chance."""
    room = 1e-9 * (high - low)
    return abs(found[0] - low) <= room and abs(found[1] - high) <= room


def check_variant(test, found, accuracy, losses):
    what = found["name"]
    for name, x in (("test_accuracy", accuracy), ("test_loss", losses)):
        summary = found[name]
        low, high = stats.t.interval(0.95, len(x) - 1, x.mean(), stats.sem(x))
        test.check(summary["n"] == len(x) and near(summary["mean"], x.mean())
                   and near(summary["deviation"], x.std(ddof=1))
                   and same_interval(summary["interval"], low, high),
                   f"{what}: {name}: {summary}")


def check_difference(test, found, study, norm, baseline, seeds):
    d = study.accuracy(norm, seeds) - study.accuracy(baseline, seeds)
    a = found["accuracy"]
    what = f"{norm} against {baseline}: {found}"
    test.check(near(a["mean"], d.mean(), 1e-9) and near(a["deviation"], d.std(ddof=1), 1e-9), what)
    low, high = stats.t.interval(0.95, len(d) - 1, d.mean(), stats.sem(d))
    test.check(same_interval(a["t_interval"], low, high), f"{low} {high}: {what}")
    p = stats.ttest_rel(study.accuracy(norm, seeds), study.accuracy(baseline, seeds)).pvalue
    test.check(near(a["p_t"], p, 1e-8), f"p_t {p}: {what}")
    flip = stats.permutation_test((numpy.round(d * N_TEST),), numpy.sum, n_resamples=numpy.inf,
                                  permutation_type="samples").pvalue
    test.check(near(a["p_flip"], flip), f"p_flip {flip}: {what}")
    low, high = bootstrap.bca(d)
    test.check(same_interval(a["bca_interval"], low, high), f"BCa {low} {high}: {what}")
    scores = sum(study.right[norm, s].astype(int) - study.right[baseline, s] for s in seeds)
    test.check(near(found["p_images"], image_p(scores)), f"images {image_p(scores)}: {what}")
    for pair in found["seeds"]:
        ours, theirs = study.right[norm, int(pair["seed"])], study.right[baseline,
                                                                          int(pair["seed"])]
        b, c = int((ours & ~theirs).sum()), int((theirs & ~ours).sum())
        p = stats.binomtest(min(b, c), b + c).pvalue if b + c else 1
        test.check(pair["only_variant_right"] == b and pair["only_baseline_right"] == c
                   and near(pair["p_mcnemar"], p), f"McNemar {b} {c} {p}: {pair}")
    return a["p_t"]


def needed(effect, alpha):
    for n in range(2, 1001):
        t = stats.t.isf(alpha / 2, n - 1)
        shift = effect * n ** 0.5
        with numpy.errstate(all="ignore"):  # far out in the other tail
            power = stats.nct.sf(t, n - 1, shift) + stats.nct.cdf(-t, n - 1, shift)
        if power >= 0.8:
            return n
    return None


def known_differences(test):
    seeds = range(1, 7)
    shifts = {"batch": 0, "layer": 0, "group:2": -0.3, "none": -1}
    study = Study("known", shifts, seeds, numpy.random.default_rng(3))
    outcome = test.run_well("compare", "--json", "--baseline", "batch", "--reach", "0.9", "known")
    found = json.loads(outcome.out)
    test.check(found["baseline"] == "batch" and found["tests"] == 3, f"{found['baseline']}")
    means = [v["test_accuracy"]["mean"] for v in found["variants"]]
    test.check(len(means) == 4 and means == sorted(means, reverse=True), f"ranking: {means}")
    for variant in found["variants"]:
        norm = variant["norm"]
        check_variant(test, variant, study.accuracy(norm, seeds),
                      numpy.array([study.loss[norm, s] for s in seeds]))
        reached = sum(study.accuracy(norm, seeds) >= 0.9)
        reach = variant["reach"]
        test.check(reach["n_reached"] == reached, f"{norm}: {reach}")
        if reached == len(seeds):
            test.check(reach["median_epochs"] == 3 and near(reach["median_seconds"], 15),
                       f"{reach}")
    differences = {d["variant"]: d for d in found["differences"]}
    p = [check_difference(test, d, study, norm, "batch", seeds) for norm, d in differences.items()]
    corrected = holm(numpy.array(p))
    images = holm(numpy.array([d["p_images"] for d in differences.values()]))
    for (norm, d), t, i in zip(differences.items(), corrected, images):
        test.check(near(d["p_t_holm"], t) and near(d["p_images_holm"], i), f"Holm {t} {i}: {d}")
    verdicts = {norm: d["verdict"] for norm, d in differences.items()}
    test.check(verdicts == {"layer": "not separable", "group:2": "worse", "none": "worse"},
               f"{verdicts}")
    layer = differences["layer"]["accuracy"]
    n = needed(abs(layer["mean"]) / layer["deviation"], 0.05 / 3)
    test.check(differences["layer"]["seeds_needed"] == n, f"{n} needed: {differences['layer']}")
    chosen = json.loads(test.run_well("compare", "--json", "known").out)
    test.check(chosen["tests"] == 6, f"against the best, all pairs are tested: {chosen['tests']}")
    again = test.run_well("compare", "--json", "--baseline", "batch", "--reach", "0.9", "known",
                          ranks=2)
    test.check(again.out == outcome.out, "two runs, two outputs")
    text = test.run_well("compare", "known", "--runs").out
    test.check(max(map(len, text.splitlines())) <= 100, "text is wider than 100 columns")


def no_differences(test):
    """Equal norms are told apart in at most one study of 20, by the level: in more than 4 of 12, or
    9 of 60, with a probability below 0.001."""
    n_found = 0
    random = numpy.random.default_rng(4)
    for i in range(60 if test.long else 12):
        Study(f"equal-{i}", {"batch": 0, "layer": 0, "instance": 0}, range(4), random)
        found = json.loads(test.run_well("compare", "--json", f"equal-{i}").out)
        n_found += any(d["verdict"] != "not separable" for d in found["differences"])
    test.check(n_found <= (9 if test.long else 4), f"{n_found} differences where there are none")


def tables_for_scripts(test):
    rows = list(csv.DictReader(io.StringIO(
        test.run_well("compare", "--csv", "--baseline", "batch", "known").out)))
    found = json.loads(test.run_well("compare", "--json", "--baseline", "batch", "known").out)
    test.check([r["variant"] for r in rows] == [v["name"] for v in found["variants"]], f"{rows}")
    for row, variant in zip(rows, found["variants"]):
        test.check(float(row["test_accuracy_mean"]) == variant["test_accuracy"]["mean"], f"{row}")
        d = [d for d in found["differences"] if d["variant"] == row["variant"]]
        test.check(row["verdict"] == (d[0]["verdict"] if d else ""), f"{row}")
        test.check(not d or float(row["accuracy_difference_t_low"]) ==
                   d[0]["accuracy"]["t_interval"][0], f"{row}")
    runs = list(csv.DictReader(io.StringIO(test.run_well("compare", "--csv-runs", "known").out)))
    test.check(len(runs) == 24 and {r["variant"] for r in runs} ==
               {"batch", "layer", "group:2", "none"}, f"{runs[:1]}")


def many_files(test):
    Study("many", {f"group:{n}": 0.05 * n for n in range(1, 13)}, range(5),
          numpy.random.default_rng(5))
    found = json.loads(test.run_well("compare", "--json", "many").out)
    test.check(len(found["runs"]) == 60 and found["tests"] == 66, f"{len(found['runs'])} runs")
    names = [f"many/{name}" for name in sorted(os.listdir("many"))]
    same = json.loads(test.run_well("compare", "--json", *names).out)
    test.check(same == found, "a folder and its files differ")


def expect(test, arguments, status, message, output=()):
    outcome = test.run("compare", *arguments)
    where = outcome.err if status else outcome.out + outcome.err
    flat = " ".join((where + outcome.out).split())
    test.check(outcome.status == status and message in " ".join(where.split())
               and all(o in flat for o in output) and len(errors(outcome.err)) <= 1
               and "nan" not in outcome.out,
               f"{arguments}: {outcome.status}, not {status} {message}\n{outcome.out}{outcome.err}")


def odd_files(test):
    right = numpy.arange(N_TEST) % 10 != 0
    other = numpy.arange(N_TEST) % 11 != 0
    share = [0.5, right.mean()]

    def make(path, *arguments, **options):
        options = {"accuracy": share, "right": right, **options}
        return results.write_result(path, *arguments, **options)
    make("a1.h5", "batch", 1)
    make("a2.h5", "batch", 2, accuracy=[0.5, 0.91], right=None)
    make("b1.h5", "layer", 1, accuracy=[0.5, other.mean()], right=other)
    make("b2.h5", "layer", 2)
    expect(test, ["a1.h5", "a1.h5", "./a1.h5"], 0, "given twice")
    os.link("a1.h5", "link.h5")
    expect(test, ["a1.h5", "link.h5"], 0, "given twice")
    make("copy.h5", "batch", 1, name="copy")
    expect(test, ["a1.h5", "copy.h5"], 0, "copy.h5 is left out: the same configuration and seed as")
    make("stopped.h5", "layer", 3, status="stopped", planned=9)
    expect(test, ["a1.h5", "stopped.h5"], 0, "2 of 9 epochs are done",
           ["layer epochs=9: not compared with batch epochs=2: it has no finished run"])
    make("diverged.h5", "layer", 3, status="diverged", accuracy=[0.1, numpy.nan])
    expect(test, ["a1.h5", "b1.h5", "diverged.h5"], 0, "diverged.h5 is left out: it diverged",
           ["; of layer, 1 of 2 runs diverged and is not counted"])
    expect(test, ["diverged.h5"], 0, "No run is finished")
    make("short.h5", "layer", 3, planned=15)
    expect(test, ["a1.h5", "short.h5"], DATA, "short.h5: not compared: 2 of 15 epochs")
    make("nan.h5", "layer", 3, accuracy=[0.5, numpy.nan])
    expect(test, ["a1.h5", "nan.h5"], DATA, "nan.h5: not compared: the last of /metrics/epoch")
    make("infinite.h5", "layer", 3, loss=[1, numpy.inf])
    expect(test, ["a1.h5", "infinite.h5"], DATA, "/metrics/epoch/test_loss is not a finite number")
    make("seedless.h5", "layer", omit=["/config@seed"])
    expect(test, ["seedless.h5", "a1.h5"], DATA, "does not tell its seed", ["batch 1"])
    make("empty.h5", "layer", 3, omit=["/metrics/epoch/test_accuracy"])
    expect(test, ["empty.h5", "a1.h5"], DATA, "it has no /metrics/epoch/test_accuracy")
    make("torn.h5", "layer", 3)
    write("torn.h5", open("torn.h5", "rb").read()[:5000])
    expect(test, ["torn.h5", "a1.h5", "b1.h5"], DATA, "torn.h5: truncated",
           ["batch: not separable from layer on this"])
    make("cifar.h5", "layer", 1, data="CIFAR-10", data_hash="fedcba9876543210")
    expect(test, ["a1.h5", "cifar.h5"], 0, "different images", ["batch data=MNIST"])
    make("skip.h5", "layer", 1, name="skip", parameters=39400,
         config={"network.layers.0": "{type: conv}", "optimizer.lr": "0.1"})
    expect(test, ["a1.h5", "skip.h5"], 0, "cannot be put down to the norm",
           ["network=skip, optimizer.lr=0.1"])
    make("bare.h5", "layer", 1, omit=["/predictions/label", "/timing/epoch_seconds"])
    expect(test, ["a1.h5", "bare.h5"], 0, "stored predictions of the same test images are needed")
    make("wrong.h5", "layer", 1, right=other)
    expect(test, ["a1.h5", "wrong.h5"], 0, "of its stored predictions are right, but")
    split = {"config": {"data.validation": "5000"}, "evaluated": ("validation", "5")}
    make("val1.h5", "batch", 1, **split)
    make("val2.h5", "layer", 1, **split)
    expect(test, ["val1.h5", "a1.h5"], 0, "they were evaluated on different images",
           ["right %", "accuracies are not comparable", "batch validation=5000"])
    expect(test, ["val1.h5", "val2.h5"], 0, "on this validation split with one seed", ["val. %"])
    make("new.h5", "layer", 1, config={"data.validation": "0"}, evaluated=("test", "6"))
    expect(test, ["a1.h5", "new.h5"], 0, "layer: not separable from batch on this test set")
    make("else.h5", "batch", 1, evaluated=("test", "7"))
    expect(test, ["else.h5", "new.h5"], 0, "they were evaluated on different images")
    make("same.h5", "layer", 2, evaluated=("test", "7"))
    expect(test, ["new.h5", "same.h5"], 0,
           "same.h5 is left out: it was evaluated on other images than new.h5")
    expect(test, ["a1.h5", "b2.h5"], 0, "no seed in common")
    expect(test, ["a1.h5", "a2.h5", "b1.h5", "b2.h5"], 0, "with 2 seeds")
    os.mkdir("nothing")
    expect(test, ["nothing"], FILE, "nothing: holds no result file")
    expect(test, ["missing.h5", "a1.h5"], FILE, "missing.h5")
    expect(test, ["a1.h5", "b1.h5", "--baseline", "group:9"], USAGE, "the variants are \"layer\"")
    expect(test, ["a1.h5", "--reach", "99"], USAGE, "--reach 99: expected a share")
    expect(test, ["a1.h5", "--difference", "nan"], USAGE, "--difference nan: expected a share")
    expect(test, ["a1.h5", "--json", "--csv"], USAGE, "only one of")


def main():
    test = Test(__doc__)
    known_differences(test)
    tables_for_scripts(test)
    no_differences(test)
    many_files(test)
    odd_files(test)
    test.finish()


if __name__ == "__main__":
    main()
