"""Simulated studies of known truth, as tables through the program itself: how often a verdict of each
kind is false, whether variants stand in the order of their means, and each verdict beside the one
that SciPy's figures give.

Exit status: 0 passed, 1 failed, 77 skipped.
"""

import itertools
import json
import os
import sys

try:
    import numpy
    from scipy import stats
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "program"))
from harness import Test, write  # noqa: E402

IMAGES, LEVEL, MARGIN = 10000, 0.05, 0.001
DEVIATION = 0.0006  # of an accuracy over seeds, as on MNIST
HEAD = f"# program: simulation\n# data: MNIST\n# evaluated: test\n# images: {IMAGES}\n" \
       "# statistics: none\nvariant,seed,correct,loss,diverged\n"


class Study:
    """Right answers of each variant, in whole images, or None for a run that has diverged."""

    def __init__(self, random, means, counts, deviation=DEVIATION, failing=0.0):
        self.right = {}
        for i, (mean, n) in enumerate(zip(means, counts)):
            sd = deviation if numpy.isscalar(deviation) else deviation[i]
            drawn = numpy.rint(IMAGES * random.normal(mean, sd, n)).astype(int)
            died = random.random(n) < (failing if numpy.isscalar(failing) else failing[i])
            self.right[f"v{i}"] = [None if d else min(int(k), IMAGES) for k, d in zip(drawn, died)]

    def table(self):
        return HEAD + "".join(f"{name},{seed},{'' if k is None else k},0.1,{int(k is None)}\n"
                              for name, runs in self.right.items() for seed, k in enumerate(runs))

    def accuracy(self, name):
        return numpy.array([k / IMAGES for k in self.right[name] if k is not None])

    def n_failed(self, name):
        return sum(k is None for k in self.right[name])


def holm(p):
    """Of those that are known."""
    known = sorted((x, i) for i, x in enumerate(p) if not numpy.isnan(x))
    out, most = list(p), 0
    for rank, (x, i) in enumerate(known):
        most = max(most, min(1, (len(known) - rank) * x))
        out[i] = most
    return out


def p_of(x, y):
    """Welch's p, p of equivalence, interval and exact p of ranks, with the floor of one image."""
    none = float("nan")
    if len(x) < 2 or len(y) < 2:
        return none, none, (none, none), none
    floor = 1 / IMAGES / 12 ** 0.5
    a, b = (max(v.std(ddof=1), floor) ** 2 / len(v) for v in (x, y))
    d, error = x.mean() - y.mean(), (a + b) ** 0.5
    degrees = (a + b) ** 2 / (a ** 2 / (len(x) - 1) + b ** 2 / (len(y) - 1))
    if len(x) != len(y) and min(len(x), len(y)) < 5:
        degrees = min(len(x), len(y)) - 1
    half = stats.t.isf(0.025, degrees) * error
    ranks = stats.mannwhitneyu(x, y, method="exact" if len(set(x) | set(y)) == len(x) + len(y)
                               else "asymptotic").pvalue
    return (2 * stats.t.sf(abs(d) / error, degrees), stats.t.sf((MARGIN - abs(d)) / error, degrees),
            (d - half, d + half), ranks)


def expected(study, baseline, order):
    """{variant: (verdict, p)} from SciPy's figures; None for a verdict that rounding decides."""
    pairs = [(name, baseline) for name in order if name != baseline]
    if baseline == order[0] and study.chosen:
        pairs += [(b, a) for a, b in itertools.combinations([n for n in order if n != baseline], 2)]
    figures = [p_of(study.accuracy(a), study.accuracy(b)) for a, b in pairs]
    p, p_equal = (holm([f[i] for f in figures]) for i in (0, 1))
    verdicts = {}
    for i, (name, other) in enumerate(pairs):
        if other != baseline or numpy.isnan(p[i]):
            continue
        x, y = study.accuracy(name), study.accuracy(other)
        d, (low, high) = x.mean() - y.mean(), figures[i][2]
        verdict = "undecided"
        if p_equal[i] <= LEVEL and -MARGIN < low and high < MARGIN:
            verdict = "equivalent"
        elif p[i] <= LEVEL:
            verdict = "better" if d > 0 else "worse"
        for side, sign in ((name, 1), (other, -1)):
            if study.n_failed(side) and (verdict == "equivalent" or
                                         (verdict != "undecided" and sign * d > 0)):
                verdict = "not compared"
        close = min(abs(p[i] - LEVEL), abs(p_equal[i] - LEVEL), abs(low + MARGIN),
                    abs(high - MARGIN)) < 1e-9
        verdicts[name] = None if close else verdict, figures[i][0]
    return verdicts


def check_order(test, study, found, what):
    """Those without failures by their means, then those with, then those without runs."""
    names = [v["name"] for v in found["variants"]]
    keys = [(not len(study.accuracy(n)), study.n_failed(n) > 0,
             -study.accuracy(n).mean() if len(study.accuracy(n)) else 0) for n in names]
    test.check(all(a <= (*b[:2], b[2] + 1e-12) for a, b in zip(keys, keys[1:])), f"{what}: {keys}")
    return names


def check_study(test, study, baseline, what):
    """Returns {variant: (verdict, is it said to differ)}, and those said to fail more or less."""
    write("study.csv", study.table())
    study.chosen = baseline is None
    options = [] if study.chosen else ["--baseline", baseline]
    outcome = test.run("compare", "study.csv", "--json", *options)
    if not test.check(outcome.status == 0, f"{what}: {outcome.err}"):
        return {}, set()
    found = json.loads(outcome.out)
    names = check_order(test, study, found, what)
    expect = expected(study, found["baseline"] or names[0], names)
    verdicts, failing = {}, set()
    for d in found["differences"]:
        verdict, effect = d["verdict"], d["accuracy"]
        is_sure = effect["p_holm"] is not None and effect["p_holm"] <= LEVEL
        verdicts[d["variant"]] = verdict, is_sure and verdict != "not compared"
        wanted, p = expect.get(d["variant"], ("not compared", None))
        test.check(effect["p"] is None if p is None else abs(effect["p"] - p) <= 1e-9 + 1e-6 * p,
                   f"{what}: {p}: {d}\n{study.table()}")
        by_ranks = verdict == "different in every seed" or \
            (verdict == "not compared" and wanted == "undecided")
        if by_ranks and wanted == "undecided":
            x, y = study.accuracy(d["variant"]), study.accuracy(found["baseline"])
            apart = x.min() > y.max() or y.min() > x.max()
            test.check(apart and d["accuracy"]["p_ranks_holm"] <= LEVEL, f"{what}: {d}")
        else:
            test.check(wanted in (None, verdict), f"{what}: {verdict}, not {wanted}: {d}\n{study.table()}")
        if d["p_failures_holm"] is not None and d["p_failures_holm"] <= LEVEL:
            failing.add(d["variant"])
    return verdicts, failing


def most(n, rate=LEVEL):
    """So many of n are found at this rate, or fewer, but in one case of a thousand."""
    return stats.binom.ppf(0.999, n, rate)


DECIDED = ("better", "worse")
M = 0.99
# Name, means, counts, options of Study, the named baseline; and which verdicts are false.
EQUAL = [
    ("two equals", [M] * 2, [5] * 2, {}, "v0"),
    ("four equals, the best as baseline", [M] * 4, [5] * 4, {}, None),
    ("six equals, a named baseline", [M] * 6, [3] * 6, {}, "v0"),
    ("5 seeds against 2", [M] * 2, [5, 2], {}, "v0"),
    ("2 seeds against 5", [M] * 2, [2, 5], {}, "v0"),
    ("10, 5, 3 and 2 seeds", [M] * 4, [10, 5, 3, 2], {}, None),
    ("20 seeds against 2", [M] * 2, [20, 2], {}, "v0"),
    ("deviations that differ", [M] * 3, [5, 4, 8], {"deviation": [0.0003, 0.003, 0.001]}, None),
    ("two seeds, deviation of an image", [M] * 2, [2] * 2, {"deviation": 0.3 / IMAGES}, "v0"),
    ("two seeds, no deviation but rounding", [M + 0.5 / IMAGES] * 3, [2] * 3,
     {"deviation": 0.02 / IMAGES}, None),
    ("five seeds, many ties", [M] * 4, [5] * 4, {"deviation": 0.7 / IMAGES}, None),
    ("some runs fail", [M] * 3, [6] * 3, {"failing": 0.25}, None),
]


def equals(test, n):
    """No difference: better and worse in at most the level's share of the studies, and so is
    different in every seed; none is said to fail more often."""
    for number, (what, means, counts, options, baseline) in enumerate(EQUAL):
        random = numpy.random.default_rng(number)
        n_false = {"t": 0, "ranks": 0, "failures": 0}
        for _ in range(n):
            study = Study(random, means, counts, **options)
            verdicts, failing = check_study(test, study, baseline, what)
            n_false["t"] += any(is_sure for _, is_sure in verdicts.values())
            n_false["ranks"] += any(v == "different in every seed" for v, _ in verdicts.values())
            n_false["failures"] += bool(failing)
        test.check(max(n_false.values()) <= most(n), f"{what}: of {n} studies false: {n_false}")
        print(f"{what}: of {n} studies false by {n_false}")


def apart_by_the_margin(test, n):
    """A difference of exactly what matters is called equivalent in at most the level's share, and the
    wrong way round in half of that."""
    cases = [([M, M - MARGIN], [5, 5], "v0"), ([M, M - MARGIN], [8, 3], "v0"),
             ([M, M - MARGIN, M - MARGIN], [10, 10, 10], None)]
    for number, (means, counts, baseline) in enumerate(cases):
        random = numpy.random.default_rng(100 + number)
        n_equal = n_wrong = 0
        for _ in range(n):
            study = Study(random, means, counts)
            verdicts, _ = check_study(test, study, baseline, f"apart {counts}")
            pairs = {name: v for name, (v, _) in verdicts.items()}
            base = ({f"v{i}" for i in range(len(means))} - set(pairs)).pop()
            for name, verdict in pairs.items():
                truth = means[int(name[1:])] - means[int(base[1:])]
                n_equal += truth != 0 and verdict == "equivalent"
                n_wrong += truth > 0 and verdict == "worse" or truth < 0 and verdict == "better"
        print(f"apart {counts}: of {n} studies {n_equal} equivalent, {n_wrong} the wrong way")
        test.check(n_equal <= most(n * (len(means) - 1)) and n_wrong <= most(n, LEVEL / 2),
                   f"{counts}: {n_equal} equivalent, {n_wrong} the wrong way")


def found(test, n):
    """What is there is found: the power is that of the test."""
    random = numpy.random.default_rng(7)
    n_found = n_equal = 0
    for _ in range(n):
        verdicts, _ = check_study(test, Study(random, [M, M - 3 * DEVIATION], [5, 5]), "v0", "power")
        n_found += verdicts["v1"][0] == "worse"
        verdicts, _ = check_study(test, Study(random, [M, M], [12, 12]), "v0", "equivalence")
        n_equal += verdicts["v1"][0] == "equivalent"
    print(f"of {n} studies {n_found} find a difference of 3 deviations, {n_equal} equivalence")
    degrees, shift = 8, 3 / (2 / 5) ** 0.5
    t = stats.t.isf(LEVEL / 2, degrees)
    power = stats.nct.sf(t, degrees, shift)
    test.check(stats.binom.ppf(0.001, n, power) - 1 <= n_found, f"power {power}, found {n_found / n}")
    test.check(n_equal >= 0.7 * n, f"{n_equal} of {n} equivalent")


def failures_and_single_runs(test, n):
    """Survivors never make a variant better or equivalent; one seed has no verdict."""
    random = numpy.random.default_rng(8)
    for _ in range(n):
        study = Study(random, [M + 0.005, M, M], [5, 5, 5], failing=[0.6, 0, 0.2])
        verdicts, _ = check_study(test, study, "v1", "survivors")
        for name, (verdict, _) in verdicts.items():
            test.check(not study.n_failed(name) or verdict not in ("better", "equivalent"),
                       f"{name}: {verdict}\n{study.table()}")
        study = Study(random, [M, M - 0.01, M], [1, 5, 4])
        verdicts, _ = check_study(test, study, "v1", "one run")
        test.check(verdicts["v0"][0] == "not compared", f"one run: {verdicts}")
        ties = Study(random, [M] * 3, [3] * 3, deviation=0)
        verdicts, _ = check_study(test, ties, None, "ties")
        test.check(not any(v in DECIDED for v, _ in verdicts.values()), f"ties: {verdicts}")


def trends(test, n):
    """Along an axis without a trend each of the two tests finds one in the level's share."""
    random = numpy.random.default_rng(9)
    n_line = n_order = 0
    for _ in range(n):
        study = Study(random, [M] * 5, [4] * 5)
        lines = study.table().replace("variant,seed,correct,loss,diverged",
                                      "variant,seed,correct,loss,diverged,optimizer.lr")
        for i in range(5):
            lines = lines.replace(f"\nv{i},", f"\nbatch,{i}")
        rows = [line.split(",") for line in lines.splitlines()]
        text = "\n".join(",".join([*row[:1], row[1][1:], *row[2:], str(2 ** int(row[1][0]))])
                         if row[0] == "batch" else ",".join(row) for row in rows) + "\n"
        write("trend.csv", text)
        line = json.loads(test.run_well("compare", "trend.csv", "--trend", "lr", "--json").out)["trends"][0]
        n_line += line["p_holm"] <= LEVEL
        n_order += line["p_order_holm"] <= LEVEL
    print(f"of {n} studies without a trend {n_line} by the line, {n_order} by the order")
    test.check(max(n_line, n_order) <= most(n), f"trends: {n_line}, {n_order} of {n}")


def main():
    test = Test(__doc__)
    n = 2000 if test.long else 60
    for case, n_studies in ((equals, n), (apart_by_the_margin, n), (found, n),
                            (failures_and_single_runs, n // 3), (trends, n // 3)):
        if case in test.chosen([case]):
            case(test, n_studies)
    test.finish()


main()
