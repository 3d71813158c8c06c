"""The page of normlab compare --html part by part: answer, what pointers are told, steps, layers,
probes, failures; against the files and --json.

Exit status: 0 passed, 1 failed, 77 skipped.
"""

import glob
import json
import os
import shutil
import sys

try:
    import h5py
    import numpy
    import full_results
    from full_results import full, layers, probes, study
    from pages import Node, Page, check_form
except (ImportError, OSError) as error:
    print(f"skipped: {error}")
    sys.exit(77)

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "program"))
from harness import Test  # noqa: E402


def make_page(test, *arguments, name="page.html"):
    test.run_well("compare", *arguments, "--html", name)
    page = Page(name)
    check_form(test, page, str(arguments))
    return page


def compared(test, *arguments):
    return json.loads(test.run_well("compare", *arguments, "--json").out)


def words(node):
    return " ".join(node.text().split())


def rows_of(table):
    return [[words(c) for c in row.children if isinstance(c, Node)] for row in table.all("tr")]


def files_of(folder, norm):
    found = []
    for path in sorted(glob.glob(folder + "/*.h5")):
        with h5py.File(path) as file:
            if file["config"].attrs["network.norm"].decode() == norm:
                found.append(path)
    return found


def values_of(folder, norm, path):
    found = []
    for name in files_of(folder, norm):
        with h5py.File(name) as file:
            found.append(file[path][()])
    return numpy.array(found)


def answer(test):
    """The first screen: the first verdict as it is in the text, the picture, and all verdicts by
    what they say."""
    folder = study("answer", norms=("batch", "layer", "group:2", "none"), seeds=(1, 2, 3))
    for baseline in ([], ["--baseline", "layer"]):
        page = make_page(test, folder, *baseline)
        found = compared(test, folder, *baseline)
        text = " ".join(test.run_well("compare", folder, *baseline).out.split())
        box = next(page.by_id("result").all("div", class_="answer"))
        lead = [p for p in box.all("p") if "verdict" in (p.attributes.get("class") or "").split()]
        first = found["differences"][0]
        test.check(len(lead) == 1 and words(lead[0]) in text
                   and words(lead[0]).startswith(first["variant"] + ": ")
                   and first["verdict"].split()[0] in lead[0].attributes["class"],
                   f"{[words(p) for p in lead]} {first}")
        test.check("difference of 0.1 points" in words(box) and "test set of 400" in words(box),
                   words(box))
        figures = list(box.all("figure"))
        test.check(len(figures) == 1 and page.by_id("final-title").inside("figure") is figures[0],
                   "the picture is not beside the answer")
        said = {}
        for row in list(next(box.all("table", class_="groups")).all("tr"))[1:]:
            verdict, n, _ = [words(c) for c in row.children if isinstance(c, Node)]
            items = [words(li) for li in row.all("li")]
            test.check(int(n) == len(items), f"{verdict}: {n} {items}")
            for name, effect in (item.split(" ", 1) for item in items):
                test.check(f"{name}: {verdict}: {effect.split()[0]} points (95 %: "
                           f"{effect.split('(')[1][:-1]}"
                           in text, f"{name}: {verdict}: {effect}")
                said[name] = verdict
        test.check(set(said) == {d["variant"] for d in found["differences"]}, f"{said}")
        listed = [words(li) for li in next(page.root.all("ul", class_="verdicts")).all("li")]
        test.check(listed[0] == words(lead[0]) and len(listed) == 3, f"{listed}")


def one_seed(test):
    """No column that says nothing; with two seeds the columns are there."""
    for seeds in ((1,), (1, 2)):
        folder = study(f"seeds{len(seeds)}", norms=("batch", "layer"), seeds=seeds)
        page = make_page(test, folder)
        titles = page.table("Final ")[0]
        test.check(("sd" in titles) == (len(seeds) > 1), f"{seeds}: {titles}")
        for table in page.root.all("table"):
            rows = rows_of(table)
            for i, title in enumerate(rows[0]):
                test.check(len(rows) == 1 or any(row[i] != "-" for row in rows[1:]),
                           f"{seeds}: column {title} of {rows[0]} is empty")


def told(page, name):
    """{(series, x): text} of a plot, and its axes."""
    data, _ = page.data(name)
    return {(series, x): text for series, x, _, text in data["tips"]}, data


def pointers(test):
    """What pointers are told is in the files, and every element has its series."""
    n_epochs = 20
    folder = study("told", norms=("batch", "layer"), seeds=(1, 2), n_epochs=n_epochs)
    page = make_page(test, folder)
    names = [v["name"] for v in compared(test, folder)["variants"]]
    listed = [li.text() for li in next(page.root.all("ul", **{"data-names": "variants"})).all("li")]
    test.check(listed == names, f"{listed}")
    tips, data = told(page, "accuracy")
    test.check(data["x"] == "epoch" and data["log"] == [0, 1], f"{data['x']} {data['log']}")
    for i, norm in enumerate(["batch", "layer"]):
        values = 100 * values_of(folder, norm, "metrics/epoch/test_accuracy")
        for e in range(values.shape[1]):
            low, high = values[:, e].min(), values[:, e].max()
            wanted = "%.2f %%" % values[:, e].mean()
            if "%.2f" % low != "%.2f" % high:
                wanted += " (%.2f %% to %.2f %%)" % (low, high)
            test.check(tips[i, e + 1] == wanted, f"{norm} {e}: {tips[i, e + 1]}, not {wanted}")
    test.check(len(tips) == 2 * n_epochs, f"{len(tips)}")
    left, right, bottom, top, x0, x1, y0, y1 = data["axes"]
    test.check(0 < left < right < 480 and 0 < bottom < top < 300 and x0 <= 1 and x1 >= n_epochs
               and y0 != y1, f"{data['axes']}")
    for shape in page.by_id("accuracy-title").inside("figure").all("polygon"):
        points = [tuple(map(float, xy.split(","))) for xy in shape.attributes["points"].split()]
        test.check(all(left - 1 <= x <= right + 1 and 300 - top - 1 <= y <= 301 - bottom
                           for x, y in points), f"a band of {points}")
    test.check(page.data("accuracy")[1] == [0, 1, 0, 1], f"{page.data('accuracy')[1]}")
    test.check(page.data("final")[1] == [0, 0, 1, 1], f"{page.data('final')[1]}")
    cells = page.data("layers-gradient-norm-1")[0]["tips"]
    gradients = values_of(folder, "batch", "layers/gradient_norm").mean(0).T
    test.check(numpy.allclose(cells, gradients, rtol=6e-3), f"{cells}")
    times = page.data("time")[0]["tips"]
    test.check(len(times) == 2 * len(full_results.PHASES), f"{times}")
    for name, n in (("accuracy", 2), ("time", len(full_results.PHASES))):
        kind = page.by_id(name + "-title").inside("figure").attributes["data-legend"]
        legend = next(page.root.all("ul", **{"data-legend": kind}))
        test.check(len(list(legend.all("li"))) == n, f"legend of {kind}")


def few_epochs(test):
    """Of one epoch the loss of the steps is drawn, of three it is drawn, too; of four it is not."""
    for n_epochs in (1, 3, 4):
        folder = f"epochs{n_epochs}"
        os.mkdir(folder)
        losses = numpy.random.default_rng(n_epochs).uniform(0.5, 2, (2, 330))
        for seed in (1, 2):
            arrays = {"/metrics/step/loss": (losses[seed - 1], "f8")}
            full(f"{folder}/{seed}.h5", "batch", seed, n_epochs=n_epochs, arrays_too=arrays)
        page = make_page(test, folder)
        test.check((page.by_id("accuracy-title") is not None) == (n_epochs > 1), f"{n_epochs}")
        test.check((page.by_id("loss-steps-title") is not None) == (n_epochs < 4), f"{n_epochs}")
        test.check((page.by_id("layers-gradient-norm-1-title") is not None) == (n_epochs > 1),
                   f"{n_epochs}: maps")
        if n_epochs > 3:
            continue
        tips, data = told(page, "loss-steps")
        bins = losses.reshape(2, -1, 3).mean(2)  # 330 steps in at most 150 points
        for (_, x), text in tips.items():
            mean = bins[:, int(x - 2) // 3].mean()
            test.check(text.startswith("%.3g" % mean) and (x - 2) % 3 == 0,
                       f"step {x}: {text}, not {mean}")
        test.check(len(tips) > 30 and (0, 329) in tips, f"{sorted(tips)[-3:]}")


def layer_tables(test):
    """What the numbers of layers stand for; norms that differ by layer and by variant."""
    os.mkdir("named")
    uniform, mixed = ["batch"] * 3 + [""], ["batch", "layer:chw", "", ""]
    for seed in (1, 2):
        for name, norms in (("batch", uniform), ("x", mixed)):
            full(f"named/{name}-{seed}.h5", name, seed, arrays_too=layers(norms))
    page = make_page(test, "named")
    rows = page.table("What the numbers of layers stand for: all variants")
    test.check(rows[0][:4] == ["layer", "operation", "output", "weights"]
               and {rows[0][4], rows[0][6]} == {"norm of batch", "norm of x"}, f"{rows[0]}")
    at = rows[0].index("norm of x")
    for k, row in enumerate(rows[1:]):
        number, operation, shape, weights, parameters = full_results.LAYERS[k]
        wanted = [mixed[k] or "-", str(parameters) if mixed[k] else "-"]
        test.check(row[:4] == [str(number), operation, shape, str(weights)]
                   and row[at:at + 2] == wanted, f"{row}, not {full_results.LAYERS[k]} {wanted}")
    svg = page.by_id("layers-gradient-norm-title").inside("figure")
    svg = " ".join(words(text) for text in svg.all("text"))
    numbers = " ".join(str(layer[0]) for layer in full_results.LAYERS)
    test.check(numbers in svg and page.table("Norm of the gradient after")[2][0] == "2",
               f"{numbers} are not the layers of {svg}")
    names = [li.text() for li in next(page.root.all("ul", **{"data-names": "layers"})).all("li")]
    test.check(names == [f"{a} {b}" for a, b, *_ in full_results.LAYERS], f"{names}")
    full("named/other.h5", "other", 1, arrays_too=layers(uniform, first="9 conv 1x1"))
    page = make_page(test, "named")
    captions = [words(next(t.all("caption"))) for t in page.by_id("layers").all("table")]
    captions = [c for c in captions if c.startswith("What")]
    test.check(len(captions) == 2 and any(c.endswith(": other") for c in captions), f"{captions}")


def probe_plots(test):
    """Probes are drawn where files have them, and only there."""
    os.mkdir("probed")
    for seed in (1, 2):
        for i, norm in enumerate(("batch", "none")):
            full(f"probed/{norm}-{seed}.h5", norm, seed, 0.9 - 0.2 * i,
                 arrays_too=probes(numpy.random.default_rng([seed, i])))
    page = make_page(test, "probed")
    walk = values_of("probed", "none", "probes/walk_loss")
    loss = values_of("probed", "none", "probes/loss")
    far = values_of("probed", "none", "probes/walk_distance")
    alike = values_of("probed", "none", "probes/similarity")
    steps = values_of("probed", "none", "probes/probe")[0]
    checks = {"probe-loss": (loss.mean(0), walk.min(2).mean(0), walk.max(2).mean(0)),
              "probe-gradient": (far.max(2).mean(0), far.min(2).mean(0), far.max(2).mean(0)),
              "probe-similarity-steps": [f(alike[:, :, -2], 0)
                                         for f in (numpy.mean, numpy.min, numpy.max)]}
    for name, of in checks.items():
        tips, _ = told(page, name)
        for i, step in enumerate(steps):
            wanted = "%.3g (%.3g to %.3g)" % tuple(x[i] for x in of)
            test.check(tips[1, step] == wanted, f"{name} {step}: {tips[1, step]}, not {wanted}")
    for name, path in (("similarity", "similarity"), ("deviation-before", "deviation_before"),
                       ("deviation-after", "deviation_after"), ("gradient-norm", "gradient_norm")):
        tips, _ = told(page, "probe-" + name)
        last = values_of("probed", "batch", "probes/" + path)[:, -1]
        for k in range(last.shape[1]):
            wanted = last[:, k].mean()
            found = tips.get((0, k + 1))
            test.check(found is None if numpy.isnan(wanted) else found.startswith("%.3g" % wanted),
                       f"{name} {k}: {found}, not {wanted}")
    text = page.section("probes")
    test.check("Santurkar" in text and "Lubana" in text, text)
    page = make_page(test, *glob.glob("probed/batch*"), full("plain.h5", "layer", 1))
    test.check(page.data("probe-loss")[0] is not None, "one variant has probes")
    test.check(make_page(test, "plain.h5").by_id("probes") is None, "a section without probes")


def outliers(test):
    """Runs far below are an arrow with their numbers, and failed ones stand beside the rows."""
    for norms in (("batch", "layer"), ("batch", "layer", "none")):
        folder = f"far{len(norms)}"
        os.mkdir(folder)
        for i, norm in enumerate(norms):
            for seed in (1, 2, 3, 4):
                full(f"{folder}/{i}-{seed}.h5", norm, seed, 0.9 - 0.02 * i)
        full(f"{folder}/far.h5", norms[1], 5, 0.1)
        full(f"{folder}/lost.h5", norms[0], 6, status="diverged")
        full(f"{folder}/gone.h5", "gone", 1, status="diverged")
        page = make_page(test, folder)
        accuracy = {v["name"]: v for v in compared(test, folder)["variants"]}
        lowest = 100 * min(values_of(folder, norms[1], "metrics/epoch/test_accuracy")[:, -1])
        figure = page.by_id("final-title").inside("figure")
        text = words(figure)
        _, _, _, _, x0, x1, _, _ = page.data("final")[0]["axes"]
        test.check(f"{lowest:.2f}" in text and "An arrow" in text and x0 > lowest + 20,
                   f"{lowest} {x0}: {text}")
        test.check("1 of 5 failed" in text and "1 of 1 failed" in text and "gone" in text, text)
        for name, v in accuracy.items():
            mean = v["test_accuracy"]["mean"]
            test.check(mean is None or f"{name} {100 * mean:.2f} %" in text, f"{name}: {text}")
        test.check(x1 <= 105, f"the axis ends at {x1}")
    # A run may lie outside the interval of the mean and is drawn nevertheless.
    os.mkdir("low")
    for seed, (high, low) in enumerate(((0.99, 0.95), (0.97, 0.949), (0.98, 0.951), (0.97, 0.95),
                                        (0.98, 0.85)), start=1):
        full(f"low/batch-{seed}.h5", "batch", seed, high)
        full(f"low/layer-{seed}.h5", "layer", seed, low)
    lowest = 100 * values_of("low", "layer", "metrics/epoch/test_accuracy")[:, -1].min()
    interval = min(100 * v["test_accuracy"]["interval"][0]
                   for v in compared(test, "low")["variants"])
    x0 = make_page(test, "low").data("final")[0]["axes"][4]
    test.check(x0 < lowest < interval, f"{x0} {lowest} {interval}")
    # Two seeds that differ have an interval of a hundred points.
    os.mkdir("wide")
    for norm in ("batch", "layer"):
        for seed in (1, 2):
            full(f"wide/{norm}-{seed}.h5", norm, seed, 0.9 - 0.02 * seed)
    runs = [v["test_accuracy"] for v in compared(test, "wide")["variants"]]
    _, _, _, _, x0, x1, _, _ = make_page(test, "wide").data("final")[0]["axes"]
    spread = [x["interval"][1] - x["interval"][0] for x in runs]
    ends = [100 * values_of("wide", norm, "metrics/epoch/test_accuracy")[:, -1]
            for norm in ("batch", "layer")]
    width = numpy.max(ends) - numpy.min(ends)
    test.check(100 * max(spread) > x1 - x0 and x1 - x0 < 3.4 * width, f"{spread} {x0} {x1} {ends}")


def tuning(test):
    """The tuning of a study is drawn against the keys that it tried, with what was chosen."""
    os.makedirs("tuned/tuning")
    split = ("validation", "ab" * 8)
    for i, norm in enumerate(("batch", "layer")):
        for seed in (1, 2):
            config = {"optimizer.lr": (0.1, 0.01)[i], "data.validation": 0}
            full(f"tuned/{norm}-{seed}.h5", norm, seed, 0.9 - 0.02 * i, config=config)
            for k, rate in enumerate((0.01, 0.1, 0.3)):
                config = {"optimizer.lr": rate, "data.validation": 50}
                full(f"tuned/tuning/{norm}-{rate}-{seed}.h5", norm, 1000 + seed,
                     0.8 - 0.1 * abs(k - 1 + i), config=config, evaluated=split)
    page = make_page(test, "tuned")
    figure = page.by_id("tuning-by-optimizer.lr-title").inside("figure")
    test.check("0.01" in words(figure) and "0.3" in words(figure), words(figure))
    rows = page.table("The results above, each with its own optimizer.lr")
    test.check(rows[0][1] == "optimizer.lr" and [row[1] for row in rows[1:]] == ["0.1", "0.01"],
               f"{rows}")
    test.check(len(page.table("Final ")) == 3, "runs of the tuning are compared")
    test.check(page.by_id("tuning-by-data.validation-title") is None, "what is no choice is drawn")
    test.check(make_page(test, "tuned/tuning").by_id("tuning") is None, "tuning without tuning")


def size(test):
    """Eleven variants of five seeds."""
    folder = "large"
    os.mkdir(folder)
    before = full_results.N_EPOCHS, full_results.N_LAYERS
    full_results.N_EPOCHS, full_results.N_LAYERS = 30, 9
    for i in range(11):
        for seed in range(5):
            full(f"{folder}/{i}-{seed}.h5", f"group:{i + 1}", seed, 0.9 - 0.01 * i,
                 arrays_too=probes(numpy.random.default_rng([seed, i]), 100, 9))
    full_results.N_EPOCHS, full_results.N_LAYERS = before
    make_page(test, folder)
    test.check(os.path.getsize("page.html") < 1.5e6, f"{os.path.getsize('page.html')} bytes")


def main():
    if not shutil.which("gnuplot"):
        print("skipped: gnuplot is not there")
        sys.exit(77)
    test = Test(__doc__)
    for case in test.chosen([answer, one_seed, pointers, few_epochs, layer_tables, probe_plots,
                             outliers, tuning, size]):
        case(test)
    test.finish()


if __name__ == "__main__":
    main()
