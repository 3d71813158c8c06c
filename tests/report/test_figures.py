"""normlab compare --plot: what is drawn, read back from SVG, against SciPy; messages; the page.

Exit status: 0 passed, 1 failed, 77 skipped.
"""

import json
import os
import shutil
import sys

try:
    import h5py
    import numpy
    from scipy import stats
    import results
    from figures import CROSS, NEAR, RING, lines_of, read_figure
    from pages import Page, check_form
except (ImportError, OSError) as error:
    print(f"skipped: {error}")
    sys.exit(77)

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "program"))
from harness import Test, errors, read  # noqa: E402

USAGE, FILE, DATA = 2, 3, 4
WAYS = ["running", "population", "batch"]


def write_runs(folder, norm, accuracies, diverged=0, **options):
    """A run a seed, and those that have diverged."""
    os.makedirs(folder, exist_ok=True)
    n = len(os.listdir(folder))
    for seed in range(1, len(accuracies) + diverged + 1):
        is_good = seed <= len(accuracies)
        accuracy = accuracies[seed - 1] if is_good else 0.1
        results.write_result(f"{folder}/{n + seed:03}.h5", norm, seed, [0.5, accuracy],
                             [2, 2 - accuracy], status="finished" if is_good else "diverged",
                             **options)


def draw(test, folder, *options, name="figure.svg", status=0):
    outcome = test.run("compare", folder, "--picture", name, *options)
    test.check(outcome.status == status, f"{options}: {outcome.status} {outcome.err}")
    return read_figure(name)


def interval(x):
    """Mean and 95 % t interval."""
    return (x.mean(), *stats.t.interval(0.95, len(x) - 1, x.mean(), stats.sem(x)))


def check_places(test, found, wanted, what):
    found, wanted = sorted(found), sorted(wanted)
    test.check(len(found) == len(wanted) and
               numpy.allclose(found, wanted, rtol=0, atol=NEAR), f"{what}: {found}, not {wanted}")


def check_line(test, panel, name, points, x, y, right):
    """points: {x: errors in percent of its runs}"""
    band, runs, means = lines_of(panel)[name]
    marks = [(a, b) for _, a, b in means.marks if a <= right]
    expected = {at: interval(e) for at, e in points.items()}
    check_places(test, marks, [(x.place(at), y.place(e[0])) for at, e in expected.items()],
                 f"{name}: means")
    check_places(test, [(a, b) for mark, a, b in runs.marks if mark == RING],
                 [(x.place(at), y.place(e)) for at, all_ in points.items() for e in all_],
                 f"{name}: runs")
    ends = {corner for polygon in band.polygons for corner in polygon}
    check_places(test, ends, {(x.place(at), y.place(max(end, 1e-9)))
                              for at, e in expected.items() for end in e[1:]}, f"{name}: band")


def numbers(test):
    """A line with a gap, failures beneath, level lines; means and intervals are SciPy's, and those of
    the tables."""
    random = numpy.random.default_rng(1)
    runs = {}
    for size, mean in ((2, 0.90), (4, 0.93), (16, 0.97), (32, 0.985)):
        runs[size] = numpy.round(mean + 0.003 * random.normal(size=5), 4)
        write_runs("sizes", f"batch:{size}", runs[size], diverged=2 if size == 4 else 0)
    write_runs("sizes", "batch:8", [], diverged=3)
    level = {}
    for norm, mean in (("layer", 0.96), ("group:2", 0.95)):
        level[norm] = numpy.round(mean + 0.002 * random.normal(size=4), 4)
        write_runs("sizes", norm, level[norm])
    panels, texts = draw(test, "sizes", "--plot", "error:norm")
    test.check(len(panels) == 2, f"{len(panels)} panels")
    x, y = panels[1].scale("x"), panels[0].scale("y")
    test.check(y.is_logarithmic and x.is_logarithmic and y.fault < NEAR and x.fault < NEAR,
               f"axes: {y.fault} {x.fault}")
    test.check(x.labels == ["2", "4", "8", "16", "32"], f"{x.labels}")
    right = max(a for _, a in panels[1].tics["x"]) + 1
    check_line(test, panels[0], "batch:N", {n: 100 * (1 - a) for n, a in runs.items()}, x, y,
               right)
    means = lines_of(panels[0])["batch:N"][2]
    at = sorted(len(path) for path in means.paths)
    test.check(at == [2, 2, 2], f"a gap where all have failed: {means.paths}")
    crosses = [(a, b) for mark, a, b in panels[0].loose if mark == CROSS]
    test.check(len(crosses) == 1 and abs(crosses[0][0] - x.place(8)) < NEAR
               and crosses[0][1] > max(b for _, _, b in means.marks), f"crosses: {crosses}")
    for norm, accuracy in level.items():
        check_level(test, panels[0], norm, 100 * (1 - accuracy), y)
    failed = panels[1].scale("y")
    shares = [mark for element in panels[1].elements for mark in element.marks]
    check_places(test, [(a, b) for _, a, b in shares],
                 [(x.place(n), failed.place(100 * k / m))
                  for n, k, m in ((2, 0, 5), (4, 2, 7), (8, 3, 3), (16, 0, 5), (32, 0, 5))],
                 "failures")
    for wanted in ("samples that share statistics (N of batch:N)", "test error, %", "failed, %",
                   "Test error against samples that share statistics, s6 on MNIST"):
        test.check(wanted in texts, f"'{wanted}' is not in {texts}")
    caption = " ".join(texts)
    for wanted in ("4 to 5 seeds", "95 % t intervals of the mean", "MNIST, test set",
                   "A cross stands where all have failed"):
        test.check(wanted in caption, f"'{wanted}' is not in {caption}")
    check_tables(test, panels[0], y)
    with open("sizes.csv", "w") as file:
        file.write(test.run_well("compare", "sizes", "--csv-runs").out)
    again, _ = draw(test, "sizes.csv", "--plot", "error:norm", name="again.svg")
    for name, elements in lines_of(panels[0]).items():
        found = lines_of(again[0]).get(name, [])
        test.check([(e.paths, e.marks, e.polygons) for e in found]
                   == [(e.paths, e.marks, e.polygons) for e in elements], f"{name} of a table")


def check_level(test, panel, norm, errors_, y):
    band, runs, line = lines_of(panel)[norm]
    mean, low, high = interval(errors_)
    path = max(line.paths, key=lambda p: abs(p[0][0] - p[-1][0]))
    test.check(all(abs(b - y.place(mean)) < NEAR for _, b in path), f"{norm}: {path}")
    check_places(test, {b for polygon in band.polygons for _, b in polygon},
                 {y.place(low), y.place(high)}, f"{norm}: band")
    check_places(test, [b for _, _, b in runs.marks], [y.place(e) for e in errors_],
                 f"{norm}: runs")


def check_tables(test, panel, y):
    """The numbers of --json are those of the figure."""
    found = json.loads(test.run_well("compare", "sizes", "--json").out)["variants"]
    marks = [b for _, a, b in lines_of(panel)["batch:N"][2].marks]
    for v in found:
        mean = v["test_accuracy"]["mean"]
        if v["norm"].startswith("batch") and mean is not None:
            test.check(any(abs(b - y.place(100 - 100 * mean)) < NEAR for b in marks),
                       f"{v['norm']}: {mean} is not drawn")


def put_evaluations(path, accuracy, random, n=50):
    """accuracy, by each way."""
    with h5py.File(path, "r+") as file:
        for way, a in accuracy.items():
            results.put(file, f"metrics/epoch/test_accuracy_{way}", [0.5, a], "f8")
            results.put(file, f"metrics/epoch/test_loss_{way}", [2, 1 - a], "f8")
        group = file.create_group("evaluation", track_order=True)
        group.attrs["used"] = numpy.bytes_("running")
        results.put(file, "evaluation/prediction", random.integers(0, 10, (3, n)), "i4")
        results.put(file, "evaluation/probability", numpy.full((3, n, 10), 0.1), "f4")
        results.put(file, "evaluation/loss", numpy.ones((3, n)), "f8")
    results.seal(path)


def evaluations(test):
    """With several statistics the lines are the evaluations; of norms that know no batch there is one."""
    random = numpy.random.default_rng(2)
    os.mkdir("ways")
    kept = {}
    for i, size in enumerate((2, 4, 8)):
        for seed in (1, 2, 3):
            path = f"ways/{size}-{seed}.h5"
            accuracy = {way: round(0.8 + 0.03 * i + 0.02 * k + 0.01 * random.random(), 4)
                        for k, way in enumerate(WAYS)}
            results.write_result(path, f"batch:{size}", seed, [0.5, accuracy["running"]],
                                 [2, 1], right=numpy.ones(50))
            put_evaluations(path, accuracy, random)
            for way, a in accuracy.items():
                kept.setdefault(way, {}).setdefault(size, []).append(100 * a)
    write_runs("ways", "layer", [0.9, 0.91, 0.92])
    panels, texts = draw(test, "ways", "--plot", "accuracy:norm", "--statistics", ",".join(WAYS))
    names = ["running averages", "all training images", "groups as in training", "layer"]
    titles = [element.title for element in panels[0].elements if element.title]
    test.check(titles == names, f"{titles}")
    x, y = panels[0].scale("x"), panels[0].scale("y")
    test.check(not y.is_logarithmic and len(panels) == 1, f"{y.labels}")
    right = max(a for _, a in panels[0].tics["x"]) + 1
    for way, name in zip(WAYS, names):
        check_line(test, panels[0], name, {n: numpy.array(a) for n, a in kept[way].items()}, x, y,
                   right)
    colours = {lines_of(panels[0])[name][2].colour for name in names}
    test.check(len(colours) == 4, f"{colours}")
    outcome = test.run_well("compare", "ways", "--json", "--statistics", "population,running",
                            "--plot", "loss", "--picture", "ways.svg")
    alone = test.run_well("compare", "ways", "--json", "--statistics", "population")
    test.check(outcome.out == alone.out, "the first of several is compared")
    results.write_result("ways/old.h5", "batch:16", 1, [0.5, 0.9], [2, 1],
                         arrays={"/model/0.running_mean": [0.0]})
    outcome = test.run("compare", "ways", "--picture", "ways.svg", "--plot", "error:norm",
                       "--statistics", "running,batch")
    test.check(outcome.status == DATA and "not compared: it has no evaluation by batch" in outcome.err
               and outcome.err.count("old.h5") == 1, outcome.err)


def axes(test):
    """Steps by factors are drawn so, others not; colours in a row for numbers in a row; categories."""
    rates = {"even": ["0.1", "0.2", "0.3", "0.4"], "factors": ["0.001", "0.003", "0.01", "0.03"]}
    for name, values in rates.items():
        for norm in ("batch:2", "batch:4", "batch:8", "layer"):
            for i, value in enumerate(values):
                write_runs(name, norm, [0.9 - 0.01 * i, 0.91 - 0.01 * i],
                           config={"optimizer.lr": value})
        panels, texts = draw(test, name, "--plot", "test_loss:lr")
        x = panels[0].scale("x")
        test.check(x.is_logarithmic == (name == "factors") and x.fault < NEAR
                   and x.labels == values, f"{name}: {x.labels}")
        lines = lines_of(panels[0])
        test.check(list(lines) == ["batch:2", "batch:4", "batch:8", "layer"], f"{list(lines)}")
        dark = [sum(int(c) for c in lines[n][2].colour[4:-1].split(","))
                for n in ("batch:2", "batch:4", "batch:8")]
        test.check(dark == sorted(dark) and dark[0] < dark[2], f"colours in a row: {dark}")
        test.check("optimizer.lr" in texts and "test loss, nats" in texts, f"{texts}")
    far = {"0.1": [0.9, 0.91], "0.2": [0.98, 0.981], "0.3": [0.99, 0.992]}
    for value, accuracies in far.items():
        write_runs("far", "batch", accuracies, config={"optimizer.lr": value})
    panels, texts = draw(test, "far", "--plot", "accuracy:lr")
    x, y = panels[0].scale("x"), panels[0].scale("y", of=lambda text: 100 - float(text))
    test.check(y.is_logarithmic and y.fault < NEAR and "99" in y.labels, f"{y.labels}")
    check_places(test, [(a, b) for _, a, b in panels[0].elements[3].marks],
                 [(x.place(float(value)), y.place(100 - 100 * numpy.mean(a)))
                  for value, a in far.items()], "what is missing to all, on a logarithmic axis")
    kinds = ["adam", "adamw", "sgd"]
    for kind in reversed(kinds):
        write_runs("words", "batch", [0.9, 0.92], config={"optimizer.type": kind})
    panels, texts = draw(test, "words", "--plot", "accuracy:optimizer.type")
    test.check(panels[0].scale("x", of=lambda text: 1 + kinds.index(text)).labels == kinds,
               f"{texts}")


def tuning(test):
    """On the validation split the best of each line is ringed; many lines have a panel each."""
    norms = ["batch", "layer", "instance", "position", "group:2", "frn", "dyt", "renorm", "none"]
    best = {}
    for k, norm in enumerate(norms):
        for i, rate in enumerate((0.01, 0.03, 0.1)):
            accuracy = 0.9 + 0.01 * ((i + k) % 3)
            write_runs("tuning", norm, [accuracy, accuracy + 0.001], evaluated=("validation", "ab"),
                       diverged=int((i + k) % 3 == 2 and k == 4),
                       config={"optimizer.lr": rate, "data.validation": 5000})
        best[norm] = (0.01, 0.03, 0.1)[[(i + k) % 3 for i in range(3)].index(1 if k == 4 else 2)]
    panels, texts = draw(test, "tuning", "--plot", "accuracy:lr")
    test.check(len(panels) == 2 * len(norms), f"{len(panels)} panels")
    ranked = [v["name"] for v in json.loads(
        test.run_well("compare", "tuning", "--json").out)["variants"]]
    order = list(dict.fromkeys(name.split()[0] for name in ranked))
    test.check([t for t in texts if t in norms] == order, f"{texts} {order}")
    for norm, panel in zip(order, panels[::2]):
        rings = [(a, b) for mark, a, b in panel.elements[-1].marks if mark == RING]
        x = [place for _, place in sorted(panel.tics["x"], key=lambda tic: tic[1])]
        wanted = x[(0.01, 0.03, 0.1).index(best[norm])]
        test.check(len(rings) == 1 and abs(rings[0][0] - wanted) < NEAR,
                   f"{norm}: {rings}, not at {wanted}")
    test.check("Validation accuracy against optimizer.lr, s6 on MNIST" in texts, f"{texts[:3]}")


def forest(test):
    """A row a variant: means, intervals, runs and failures."""
    random = numpy.random.default_rng(3)
    runs = {norm: numpy.round(mean + 0.004 * random.normal(size=5), 4)
            for norm, mean in (("batch", 0.97), ("layer", 0.96), ("instance", 0.95))}
    for norm, accuracy in runs.items():
        write_runs("rows", norm, accuracy, diverged=int(norm == "layer"))
    write_runs("rows", "dyt", [], diverged=2)
    panels, texts = draw(test, "rows", "--plot", "accuracy")
    x = panels[0].scale("x")
    order = ["batch", "instance", "layer", "dyt"]
    test.check([text for text in texts if text in order] == order, f"{texts}")
    elements = [e for e in panels[0].elements if e.marks]
    for norm, dots, mean in zip(order, elements[::2], elements[1::2]):
        middle, low, high = interval(100 * runs[norm])
        check_places(test, [a for _, a, _ in dots.marks], [x.place(100 * a) for a in runs[norm]],
                     f"{norm}: runs")
        check_places(test, [mean.marks[0][1]], [x.place(middle)], f"{norm}: mean")
        ends = [a for path in mean.paths for a, _ in path]
        check_places(test, [min(ends), max(ends)], [x.place(low), x.place(high)],
                     f"{norm}: interval")
        test.check(f"{middle:.2f}" in texts, f"{norm}: {middle} is not in {texts}")
    for wanted in ("1 of 6 failed", "2 of 2 failed", "test accuracy, %",
                   "Test accuracy after the last epoch, s6 on MNIST"):
        test.check(wanted in texts, f"'{wanted}' is not in {texts}")
    outcome = test.run_well("compare", "rows", "--plot", "loss", "--picture", "rows.png")
    test.check(read("rows.png")[:8] == b"\x89PNG\r\n\x1a\n" and "rows.png" in outcome.err, "PNG")


def on_page(test):
    """Axes with three values are on the page and among the plots by themselves."""
    outcome = test.run_well("compare", "factors", "--html", "page.html", "--plots", "plots",
                            "--plot", "epoch_seconds:lr")
    page = Page("page.html")
    check_form(test, page, "factors")
    for name in ("error-by-network.norm", "error-by-optimizer.lr", "epoch_seconds-by-optimizer.lr"):
        test.check(os.path.exists(f"plots/{name}.svg") and os.path.exists(f"plots/{name}.png"),
                   f"{sorted(os.listdir('plots'))}")
        test.check(name in outcome.err, outcome.err)
    text = page.by_id("error-by-optimizer.lr-text").text()
    found = json.loads(test.run_well("compare", "factors", "--json").out)["variants"]
    error = {v["name"]: f"{100 - 100 * v['test_accuracy']['mean']:.2f}" for v in found}
    for rate in ("0.001", "0.03"):
        test.check(f" {rate}: {error[f'layer lr={rate}']} (" in text, f"{rate} {error}: {text}")
    shown = page.section("result")
    test.check("Test error against optimizer.lr" in shown and "2 seeds" in shown, shown[:300])


def messages(test):
    cases = [
        (["--plot", "errors:norm", "--picture", "x.svg"], "there is no metric 'errors'; accepted: "
         "error, accuracy, loss, calibration_error, train_accuracy"),
        (["--plot", "error:depth", "--picture", "x.svg"], "no run has the key 'depth'; variants "
         "differ in these keys: norm, optimizer.lr"),
        (["--plot", "error:network.norm.x", "--picture", "x.svg"], "no run has the key"),
        (["--plot", "error:data", "--picture", "x.svg"],
         "data is 0123456789abcdef in all runs; variants differ in these keys: norm, optimizer.lr"),
        (["--plot", "error:lr"], "where to? Give --picture FILE, --html or --plots"),
        (["--picture", "x.svg"], "a picture of what? Give --plot"),
        (["--plot", "error", "--picture", "x.pdf"], "expected a name that ends in .svg or .png"),
        (["--statistics", "running,batch"], "are lines of a figure"),
        (["--statistics", "running,running", "--plot", "error", "--picture", "x.svg"],
         "running is given twice"),
        (["--statistics", "running,", "--plot", "error", "--picture", "x.svg"], "expected running"),
    ]
    for options, words in cases:
        outcome = test.run("compare", "factors", *options)
        test.check(outcome.status == USAGE and words in outcome.err
                   and len(errors(outcome.err)) == 1 and not os.path.exists("x.svg"),
                   f"{options}: {outcome.status} {outcome.err}")
    outcome = test.run("compare", "words", "--plot", "error:norm", "--picture", "x.svg")
    test.check(outcome.status == USAGE and "network.norm is batch in all runs" in outcome.err,
               outcome.err)
    outcome = test.run("compare", "tuning", "--plot", "error:norm", "--picture", "x.svg")
    test.check(outcome.status == USAGE and "no two variants" in outcome.err, outcome.err)
    outcome = test.run("compare", "words", "--plot", "error", "--picture", "absent/x.svg")
    test.check(outcome.status == FILE and "absent/x.svg" in outcome.err, outcome.err)
    os.mkdir("bin")
    os.symlink(shutil.which("timeout"), "bin/timeout")
    outcome = test.run("compare", "words", "--plot", "error", "--picture", "x.svg",
                       PATH=os.path.abspath("bin"))
    test.check(outcome.status == FILE and "gnuplot-nox" in outcome.err, outcome.err)


def main():
    if not shutil.which("gnuplot"):
        print("skipped: gnuplot is not there")
        sys.exit(77)
    test = Test(__doc__)
    for case in test.chosen([numbers, evaluations, axes, tuning, forest, on_page, messages]):
        case(test)
    test.finish()


if __name__ == "__main__":
    main()
