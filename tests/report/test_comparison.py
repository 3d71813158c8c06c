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
    from scipy import optimize, stats
    import results
except (ImportError, OSError) as error:
    print(f"skipped: {error}")
    sys.exit(77)

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "program"))
from harness import Test, errors, table_rows, write  # noqa: E402

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


def probabilities(right, random):
    """Of ten classes, the largest for the predicted one: the label i % 10, or the next one."""
    n = len(right)
    label = numpy.arange(n) % 10
    best = numpy.where(right, label, (label + 1) % 10)
    confidence = random.uniform(0.3, 1, n)
    p = numpy.tile(((1 - confidence) / 9)[:, None], 10)
    p[numpy.arange(n), best] = confidence
    return p.astype(numpy.float32)


def ece(p):
    label = numpy.arange(len(p)) % 10
    confidence, right = p.max(axis=1).astype(float), p.argmax(axis=1) == label
    bins = numpy.minimum((p.max(axis=1) * 15).astype(int), 14)
    return sum(abs(right[bins == b].sum() - confidence[bins == b].sum()) for b in range(15)) / len(p)


def superiority(x, y):
    """Newcombe (2006), method 5, its equation solved by brentq."""
    t = ((x[:, None] > y).sum() + (x[:, None] == y).sum() / 2) / (len(x) * len(y))
    m, n, z = len(x), len(y), stats.norm.isf(0.025)
    middle = (m + n) / 2 - 1

    def variance(u):
        return u * (1 - u) / (m * n) * (1 + middle * (1 - u) / (2 - u) + middle * u / (1 + u))

    def beyond(u):
        return abs(u - t) - z * variance(u) ** 0.5
    low = optimize.brentq(beyond, 1e-12, t - 1e-9) if t > 0 else 0
    high = optimize.brentq(beyond, t + 1e-9, 1 - 1e-12) if t < 1 else 1
    return t, low, high


def welch(x, y):
    a, b = x.var(ddof=1) / len(x), y.var(ddof=1) / len(y)
    degrees = (a + b) ** 2 / (a ** 2 / (len(x) - 1) + b ** 2 / (len(y) - 1))
    return x.mean() - y.mean(), (a + b) ** 0.5, degrees


class Study:
    """Runs of several norms whose true accuracies differ by known shares of images."""

    def __init__(self, folder, shifts, seeds, random):
        os.mkdir(folder)
        self.folder = folder
        self.right = {}
        hard = random.normal(size=N_TEST) + 2
        self.loss, self.probability = {}, {}
        for seed in seeds:
            common = random.normal(scale=0.2, size=N_TEST)
            for norm, shift in shifts.items():
                right = hard + common + shift + random.normal(scale=0.2, size=N_TEST) > 0
                self.right[norm, seed] = right
                self.loss[norm, seed] = 0.1 - 0.05 * shift + random.normal(scale=0.002)
                curve = [0.5, right.mean() - 0.1, right.mean()]
                self.probability[norm, seed] = probabilities(right, random)
                results.write_result(
                    f"{folder}/{norm.replace(':', '')}-{seed}.h5", norm, seed, curve,
                    [1, 0.5, self.loss[norm, seed]], right, seconds=1.5 + seed,
                    arrays={"/predictions/probability": (self.probability[norm, seed], "f4")})

    def accuracy(self, norm, seeds):
        return numpy.array([self.right[norm, seed].mean() for seed in seeds])

    def calibration(self, norm, seeds):
        return numpy.array([ece(self.probability[norm, seed]) for seed in seeds])


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


def check_effect(test, found, x, y, what, margin=None):
    d, error, degrees = welch(x, y)
    half = stats.t.isf(0.025, degrees) * error
    test.check(near(found["mean"], d, 1e-9) and near(found["error"], error) and
               near(found["degrees"], degrees) and same_interval(found["interval"], d - half, d + half),
               f"{d} {error} {degrees}: {what}")
    p = stats.ttest_ind(x, y, equal_var=False).pvalue
    test.check(near(found["p"], p, 1e-8), f"p {p}: {what}")
    n = numpy.r_[x, y]
    order = stats.rankdata(numpy.round(n, 12))
    ranks = stats.permutation_test(
        (order[:len(x)], order[len(x):]), lambda a, b: abs(a.sum() - len(x) * (len(n) + 1) / 2),
        n_resamples=numpy.inf, alternative="greater").pvalue
    test.check(near(found["p_ranks"], ranks, 1e-6), f"ranks {ranks}: {what}")
    above, low, high = superiority(x, y)
    test.check(near(found["p_above"], above) and abs(found["p_above_interval"][0] - low) < 1e-7 and
               abs(found["p_above_interval"][1] - high) < 1e-7, f"{above} {low} {high}: {what}")
    test.check(near(found["correlation"], stats.pearsonr(x, y)[0], 1e-6), f"correlation: {what}")
    if margin:
        equivalent = max(stats.t.sf((d + margin) / error, degrees),
                         stats.t.cdf((d - margin) / error, degrees))
        test.check(near(found["p_equivalent"], equivalent, 1e-8), f"{equivalent}: {what}")


def check_images(test, found, study, norm, baseline, seeds, what):
    """What the choice of images adds, from mean squares over seeds, images and both."""
    mean, residual = 0, 0
    for name, sign in ((norm, 1), (baseline, -1)):
        right = numpy.array([study.right[name, s] for s in seeds], dtype=float)
        mean = mean + sign * right.mean(axis=0)
        residual += right.var(axis=0, ddof=1).mean() / right.size
    own = max(0, mean.var(ddof=1) / len(mean) - residual)
    test.check(near(found["images_error"], own ** 0.5, 1e-7), f"{own ** 0.5}: {what}")
    d, error, degrees = welch(study.accuracy(norm, seeds), study.accuracy(baseline, seeds))
    both = error ** 2 + own
    half = stats.t.isf(0.025, degrees * both ** 2 / error ** 4) * both ** 0.5
    low, high = found["interval_of_both"]
    test.check(near(low, d - half, 1e-6) and near(high, d + half, 1e-6), f"{d} {half}: {what}")


def check_difference(test, found, study, norm, baseline, seeds):
    what = f"{norm} against {baseline}: {found}"
    check_effect(test, found["accuracy"], study.accuracy(norm, seeds),
                 study.accuracy(baseline, seeds), what, margin=0.001)
    check_effect(test, found["calibration_error"], study.calibration(norm, seeds),
                 study.calibration(baseline, seeds), what)
    check_effect(test, found["loss"], *(numpy.array([study.loss[name, s] for s in seeds])
                                        for name in (norm, baseline)), what)
    check_images(test, found, study, norm, baseline, seeds, what)
    scores = sum(study.right[norm, s].astype(int) - study.right[baseline, s] for s in seeds)
    test.check(near(found["p_images"], image_p(scores)), f"images {image_p(scores)}: {what}")
    for pair in found["seeds"]:
        ours, theirs = study.right[norm, int(pair["seed"])], study.right[baseline,
                                                                          int(pair["seed"])]
        b, c = int((ours & ~theirs).sum()), int((theirs & ~ours).sum())
        p = stats.binomtest(min(b, c), b + c).pvalue if b + c else 1
        test.check(pair["only_variant_right"] == b and pair["only_baseline_right"] == c
                   and near(pair["p_mcnemar"], p), f"McNemar {b} {c} {p}: {pair}")


def check_pairs(test, study, seeds):
    found = json.loads(test.run_well("compare", "--json", "--baseline", "batch", "--pairs", "seed",
                                     "known").out)
    for d in found["differences"]:
        x, y = study.accuracy(d["variant"], seeds), study.accuracy("batch", seeds)
        a, delta = d["accuracy"], x - y
        low, high = stats.t.interval(0.95, len(x) - 1, delta.mean(), stats.sem(delta))
        flip = stats.permutation_test((numpy.round(delta * N_TEST),), numpy.sum,
                                      n_resamples=numpy.inf, permutation_type="samples").pvalue
        test.check(near(a["mean"], delta.mean()) and same_interval(a["interval"], low, high) and
                   near(a["p"], stats.ttest_rel(x, y).pvalue, 1e-8) and near(a["p_ranks"], flip),
                   f"paired: {flip} {d}")


def needed(x, y, difference, alpha):
    for n in range(2, 1001):
        a, b = x.var(ddof=1) / n, y.var(ddof=1) / n
        degrees = (a + b) ** 2 / (a ** 2 / (n - 1) + b ** 2 / (n - 1))
        t, shift = stats.t.isf(alpha / 2, degrees), difference / (a + b) ** 0.5
        with numpy.errstate(all="ignore"):  # far out in the other tail
            power = stats.nct.sf(t, degrees, shift) + stats.nct.cdf(-t, degrees, shift)
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
    for norm, d in differences.items():
        check_difference(test, d, study, norm, "batch", seeds)
    check_pairs(test, study, seeds)
    for endpoint, name in (("accuracy", "p"), ("accuracy", "p_equivalent"), ("accuracy", "p_ranks"),
                           ("loss", "p"), ("calibration_error", "p")):
        corrected = holm(numpy.array([d[endpoint][name] for d in differences.values()]))
        for d, p in zip(differences.values(), corrected):
            test.check(near(d[endpoint][f"{name}_holm"], p), f"Holm {endpoint} {name} {p}: {d}")
    images = holm(numpy.array([d["p_images"] for d in differences.values()]))
    for d, p in zip(differences.values(), images):
        test.check(near(d["p_images_holm"], p), f"Holm of images {p}: {d}")
    verdicts = {norm: d["verdict"] for norm, d in differences.items()}
    test.check(verdicts == {"layer": "undecided", "group:2": "worse", "none": "worse"},
               f"{verdicts}")
    n = needed(study.accuracy("layer", seeds), study.accuracy("batch", seeds), 0.001, 0.05 / 3)
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
        n_found += any(d["verdict"] in ("better", "worse") for d in found["differences"])
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
        test.check(not d or float(row["accuracy_difference_low"]) ==
                   d[0]["accuracy"]["interval"][0], f"{row}")
    runs = table_rows(test.run_well("compare", "--csv-runs", "known").out)
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
           ["; 1 of 2 of its runs failed, of the baseline's 0 of 1: undecided which fails"])
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
           ["batch: not compared with layer: one run does not"])
    make("cifar.h5", "layer", 1, data="CIFAR-10", data_hash="fedcba9876543210")
    expect(test, ["a1.h5", "cifar.h5"], 0, "different images", ["batch data=MNIST"])
    make("skip.h5", "layer", 1, name="skip", parameters=39400,
         config={"network.layers.0": "{type: conv}", "optimizer.lr": "0.1"})
    expect(test, ["a1.h5", "skip.h5"], 0, "cannot be put down to the norm",
           ["network=skip, optimizer.lr=0.1"])
    make("bare.h5", "layer", 1, omit=["/predictions/label", "/timing/epoch_seconds"])
    expect(test, ["a1.h5", "bare.h5"], 0, "one run does not tell a norm from chance; +0.00 points.")
    make("wrong.h5", "layer", 1, right=other)
    expect(test, ["a1.h5", "wrong.h5"], 0, "of its stored predictions are right, but")
    split = {"config": {"data.validation": "5000"}, "evaluated": ("validation", "5")}
    make("val1.h5", "batch", 1, **split)
    make("val2.h5", "layer", 1, **split)
    expect(test, ["val1.h5", "a1.h5"], 0, "they were evaluated on different images",
           ["right %", "accuracies are not comparable", "batch validation=5000"])
    expect(test, ["val1.h5", "val2.h5"], 0, "Verdicts on validation accuracy", ["val. %"])
    make("new.h5", "layer", 1, config={"data.validation": "0"}, evaluated=("test", "6"))
    expect(test, ["a1.h5", "new.h5"], 0, "layer: not compared with batch: one run does not tell")
    make("else.h5", "batch", 1, evaluated=("test", "7"))
    expect(test, ["else.h5", "new.h5"], 0, "they were evaluated on different images")
    make("same.h5", "layer", 2, evaluated=("test", "7"))
    expect(test, ["new.h5", "same.h5"], 0,
           "same.h5 is left out: it was evaluated on other images than new.h5")
    expect(test, ["a1.h5", "b2.h5", "--pairs", "seed"], 0, "no seed in common")
    expect(test, ["a1.h5", "b2.h5"], 0, "one run does not tell a norm from chance")
    expect(test, ["a1.h5", "a2.h5", "b1.h5", "b2.h5"], 0, "; 2 seeds each, p = ")
    make("old.h5", "layer", 4, attributes_too={"/environment": {"version": numpy.bytes_("0.1"),
                                                                "commit": numpy.bytes_("abc")}})
    expect(test, ["a1.h5", "old.h5"], 0, "of different versions of the program, so a difference may "
           "be theirs: a1.h5 has none stated, old.h5 has 0.1, commit abc.")
    make("wide.h5", "layer", 5, attributes_too={"/environment": {
        "instruction_set": numpy.bytes_("avx2")}})
    expect(test, ["a1.h5", "wide.h5"], 0, "computed with different instruction sets")
    os.mkdir("nothing")
    expect(test, ["nothing"], FILE, "nothing: holds no result file")
    expect(test, ["missing.h5", "a1.h5"], FILE, "missing.h5")
    expect(test, ["a1.h5", "b1.h5", "--baseline", "group:9"], USAGE, "the variants are \"layer\"")
    expect(test, ["a1.h5", "--reach", "99"], USAGE, "--reach 99: expected a share")
    expect(test, ["a1.h5", "--difference", "nan"], USAGE, "--difference nan: expected percentage points")
    expect(test, ["a1.h5", "--difference", "0"], USAGE, "--difference 0: expected percentage points")
    expect(test, ["a1.h5", "--pairs", "image"], USAGE, "--pairs image: expected seed or none")
    expect(test, ["a1.h5", "--failure", "90"], USAGE, "--failure 90: expected a share")
    expect(test, ["a1.h5", "a2.h5", "b1.h5", "b2.h5", "--failure", "0.905"], 0,
           "it failed, with an accuracy of 90.00 %")
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
