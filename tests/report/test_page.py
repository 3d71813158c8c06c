"""normlab compare --html and --plots: the page against the files and --json.

Exit status: 0 passed, 1 failed, 77 skipped.
"""

import glob
import json
import os
import re
import shutil
import sys
import xml.etree.ElementTree

try:
    import h5py
    import numpy
    import results
    from full_results import N_CLASSES, N_EPOCHS, N_TEST, PHASES, full, images, study
    from pages import Node, Page, check_form, decode_png
except (ImportError, OSError) as error:
    print(f"skipped: {error}")
    sys.exit(77)

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "program"))
from harness import Test, errors, litter, read, write  # noqa: E402

FAILED, USAGE, FILE = 1, 2, 3


def make_page(test, *arguments, status=0, name="page.html"):
    if os.path.exists(name):
        os.unlink(name)
    outcome = test.run("compare", *arguments, "--html", name)
    test.check(outcome.status == status and os.path.exists(name),
               f"{arguments}: {outcome.status}\n{outcome.err}")
    page = Page(name)
    check_form(test, page, str(arguments))
    test.check("nan" not in page.section("result").lower(), f"{arguments}: nan")
    return page


def interval(ends, form, factor, least, most):
    if ends is None:
        return "-"
    low, high = max(least, ends[0]), min(most, ends[1])
    return f"[{form % (factor * low)}, {form % (factor * high)}]"


def number(form, value, factor=1):
    return "-" if value is None else form % (factor * value)


def check_ranking(test, page, found):
    rows = page.table("Final ")
    test.check(len(rows) == 1 + len(found["variants"]), f"{rows}")
    for i, (row, v) in enumerate(zip(rows[1:], found["variants"])):
        a, loss = v["test_accuracy"], v["test_loss"]
        wanted = [str(i + 1), v["name"], str(v["n_seeds"]), number("%.2f", a["mean"], 100),
                  number("%.3f", a["deviation"], 100),
                  interval(a["interval"], "%.2f", 100, 0, 1), number("%.4f", loss["mean"]),
                  number("%.4f", loss["deviation"]),
                  interval(loss["interval"], "%.4f", 1, 0, float("inf"))]
        test.check(row == wanted, f"{row} is not {wanted}")


def load(folder):
    """{norm: [(label, prediction, probability of it, loss) by seed]}"""
    runs = {}
    for path in sorted(glob.glob(folder + "/*.h5")):
        with h5py.File(path) as file:
            p = {k: file["predictions/" + k][()] for k in ("label", "prediction", "probability",
                                                           "loss")}
            chosen = p["probability"][numpy.arange(len(p["label"])), p["prediction"]]
            runs.setdefault(file["config"].attrs["network.norm"].decode(), []).append(
                (p["label"], p["prediction"], chosen, p["loss"]))
    return runs


def expected_mistakes(runs, only_all, most):
    """(image, label, prediction, how many are wrong, mean probability)"""
    label = runs[0][0]
    wrong = sum((r[1] != label).astype(int) for r in runs)
    loss = sum(r[3] for r in runs) / len(runs)
    picked = numpy.flatnonzero(wrong == len(runs) if only_all else wrong > 0)
    picked = sorted(picked, key=lambda i: (-wrong[i], -loss[i], i))[:most]
    found = []
    for i in picked:
        votes = [r[1][i] for r in runs if r[1][i] != label[i]]
        class_ = min(set(votes), key=lambda c: (-votes.count(c), c))
        share = numpy.mean([r[2][i] for r in runs if r[1][i] == class_], dtype=float)
        found.append((i, label[i], class_, wrong[i], share))
    return found


def check_gallery(test, gallery, expected, n_runs, channels, what):
    items = list(gallery.all("li"))
    test.check(len(items) == len(expected), f"{what}: {len(items)} images of {len(expected)}")
    for item, (i, label, class_, n, share) in zip(items, expected):
        img = next(item.all("img"))
        alt = (f"Image {i}: a {label}, taken for {class_} by {n} of {n_runs}, "
               f"{100 * share:.0f} %")
        test.check(img.attributes["alt"].replace("\u00a0", " ") == alt,
                   f"{what}: {img.attributes['alt']}, not {alt}")
        text = next(item.all("figcaption")).text()
        test.check(text.split() == f"{label} as {class_} {n} of {n_runs}, {100 * share:.0f} % "
                   f"no. {i}".split(), f"{what}: {text}")
        test.check((decode_png(img.attributes["src"]) == images(channels)[i]).all(),
                   f"{what}: pixels of image {i}")


def cards(page, section):
    found = {}
    for card in page.by_id(section).all("section", class_="card"):
        found[next(card.all("h3")).text()] = card
    return found


def check_images(test, page, folder, channels):
    runs = load(folder)
    galleries = cards(page, "mistakes")
    test.check(set(galleries) == set(runs), f"{set(galleries)}")
    for norm, of in runs.items():
        gallery = next(galleries[norm].all("ul", class_="gallery"))
        check_gallery(test, gallery, expected_mistakes(of, False, 10), len(of), channels, norm)
    every = [run for of in runs.values() for run in of]
    gallery = list(page.by_id("mistakes").all("ul", class_="gallery"))[-1]
    check_gallery(test, gallery, expected_mistakes(every, True, 20), len(every), channels, "all")
    n_common = len(expected_mistakes(every, True, N_TEST))
    test.check(n_common >= 3 and f"{n_common} images are misclassified by all {len(every)} runs"
               in page.section("mistakes"), f"{n_common} common")
    for norm, card in cards(page, "confusion").items():
        wanted = numpy.zeros((N_CLASSES, N_CLASSES), int)
        for label, prediction, _, _ in runs[norm]:
            numpy.add.at(wanted, (label, prediction), 1)
        rows = [[c.text() for c in row.children if isinstance(c, Node)]
                for row in card.all("tr")]
        found = numpy.array([[int(x) for x in row[1:-1]] for row in rows[1:]])
        test.check((found == wanted).all(), f"{norm}: {found}")
        test.check([int(row[-1]) for row in rows[1:]] == wanted.sum(1).tolist(), f"{norm}: sums")
        n_wrong = wanted.sum() - numpy.trace(wanted)
        test.check(f"{n_wrong} of {wanted.sum()} wrong" in card.text(), f"{norm}: {card.text()}")


def all_of_it(test):
    for channels in (1, 3):
        folder = study(f"full{channels}", channels=channels)
        plain = test.run_well("compare", folder, "--json")
        both = test.run_well("compare", folder, "--json", "--html", "both.html")
        test.check(plain.out == both.out, "--html changes the output")
        page = make_page(test, folder)
        test.check(read("both.html") == read("page.html"), "two pages of one comparison differ")
        found = json.loads(plain.out)
        check_ranking(test, page, found)
        text = test.run_well("compare", folder).out
        verdicts = [" ".join(li.text().split())
                    for li in next(page.root.all("ul", class_="verdicts")).all("li")]
        test.check(len(verdicts) == 2 and all(v in " ".join(text.split()) for v in verdicts),
                   f"{verdicts}")
        check_images(test, page, folder, channels)
        check_layers(test, page, folder)
        plots = [f for f in page.root.all("figure", class_="plot")]
        test.check(len(plots) == 4 + 1 + 5 + 3 * 3 + 1, f"{len(plots)} plots")
        test.check(all("none" not in (n.attributes.get("class") or "").split()
                       for n in page.root.all("p")), "something is missing")
        keys = page.table("Keys that differ")
        test.check(keys[1:] == [["network.norm", *keys[0][1:]]], f"{keys}")
        same = dict(page.table("Keys that are the same")[1:])
        test.check(same == {"data": "0123456789abcdef", "training.epochs": "5"}, f"{same}")
        machine = dict(page.table("Machine")[1:])
        test.check(machine == {"processor": "P", "ranks": "1", "threads": "2"}, f"{machine}")
        test.check(len(page.table("Runs")) == 10, "runs")


def check_layers(test, page, folder):
    for name, path in (("Mean before the norm", "mean_before"),
                       ("Norm of the gradient", "gradient_norm")):
        table = page.table(name + " after the last epoch")
        for i, norm in enumerate(table[0][1:]):
            values = []
            for file in glob.glob(folder + "/*.h5"):
                with h5py.File(file) as f:
                    if f["config"].attrs["network.norm"].decode() == norm.strip():
                        values.append(f["layers/" + path][-1])
            wanted = ["%.4g" % x for x in numpy.mean(values, 0)]
            test.check([row[1 + i] for row in table[1:]] == wanted, f"{norm} {path}: {table}")
    times = page.table("Seconds an epoch")
    test.check(times[0] == ["variant", *PHASES] and len(times) == 4, f"{times}")
    for row in times[1:]:
        values = []
        for file in glob.glob(folder + "/*.h5"):
            with h5py.File(file) as f:
                if f["config"].attrs["network.norm"].decode() == row[0]:
                    values.append([numpy.median(f[f"timing/{p}_mean"][()]) for p in PHASES])
        test.check(row[1:] == ["%.3f" % x for x in numpy.mean(values, 0)], f"{row}")


def escaped(test):
    evil = "<script>alert(1)</script>\"'&`touch pwned`$(touch pwned)\\\x07\xff"
    name = numpy.bytes_(evil.encode("latin-1"))  # no UTF-8 at its end
    os.mkdir("evil")
    texts = {"/config/resolved": "</pre>" + evil[:-2]}
    attributes = {"/config": {"name": name, "network.norm": name}, "/data": {"title": name},
                  "/environment": {"processor": name}}
    for seed in (1, 2):
        full(f"evil/{seed}<b>.h5", "x", seed, attributes_too=attributes, texts=texts)
        full(f"evil/b'{seed}.h5", "batch", seed, 0.8)
    page = make_page(test, "evil", "--plots", "evil-plots")
    shown = "<script>alert(1)</script>\"'&`touch pwned`$(touch pwned)\\?\ufffd"
    ranking = [row[1] for row in page.table("Final ")[1:]]
    test.check(any(shown.replace("\ufffd", "") in r.replace("\ufffd", "") for r in ranking),
               f"{ranking}")
    test.check("</pre><script>" in page.section("configuration"), "the configuration")
    test.check("1<b>.h5" in page.section("runs"), "a file's name")
    test.check(not glob.glob("**/pwned*", recursive=True), "a name was run by a shell")
    for path in glob.glob("evil-plots/*.svg"):
        root = xml.etree.ElementTree.parse(path).getroot()
        test.check(not list(root.iter("{http://www.w3.org/2000/svg}script")), path)


def gaps(test):
    """What files lack is said, and fails nothing."""
    folder = study("gaps", norms=("batch", "layer"), seeds=(1,))
    page = make_page(test, folder)
    test.check("one run does not tell a norm" in page.section("result"), page.section("result"))
    full("gaps/2.h5", "layer", 2, status="stopped", planned=9)
    full("gaps/3.h5", "group:2", 3, status="diverged")
    page = make_page(test, folder)
    test.check("2.h5 is left out: 5 of 9 epochs" in page.section("result")
               and "3.h5 is left out: it diverged" in page.section("result"), "left out")
    test.check(set(cards(page, "mistakes")) == {"batch epochs=5", "layer epochs=5"},
               f"{set(cards(page, 'mistakes'))}")
    results.write_result("bare.h5", "none", 1, accuracy=[0.5] * N_EPOCHS,
                         loss=[1] * N_EPOCHS)
    page = make_page(test, "gaps/0-1.h5", "bare.h5")
    test.check("No run of this variant stores predictions" in page.section("mistakes")
               and "No run of this variant stores predictions" in page.section("confusion"),
               "a variant without predictions")
    results.write_result("once.h5", "none", 1, accuracy=[1.0], loss=[0.0])
    make_page(test, "once.h5")
    page = make_page(test, "bare.h5")
    for section, words in (("mistakes", "stores predictions"), ("confusion", "stores predictions"),
                           ("layers", "stores statistics"), ("time", "stores its time")):
        test.check("No finished run " + words in page.section(section), page.section(section))
    full("cifar.h5", "batch", 1, channels=3, data="CIFAR-10", data_hash="fedcba9876543210")
    page = make_page(test, "gaps/0-1.h5", "cifar.h5")
    test.check("different images" in page.section("mistakes")
               and "different images" in page.section("result"), "different data")
    page = make_page(test, "gaps/3.h5")
    test.check("No run is finished" in page.section("result")
               and page.by_id("final-title") is None, "nothing finished")
    outcome = test.run_well("compare", "gaps/3.h5", "--plots", "none")
    test.check("no plots" in outcome.err and os.listdir("none") == [], outcome.err)
    check_broken_arrays(test)
    many = study("many", norms=[f"group:{n}" for n in range(1, 15)], seeds=(1,))
    page = make_page(test, many)
    test.check("Drawn are the 12 best of 14 variants" in page.section("curves"), "many variants")


def check_broken_arrays(test):
    """Arrays of wrong shapes and values."""
    zeros = numpy.zeros(N_TEST)
    arrays = {"/predictions/prediction": (zeros - 1, "i4"),
              "/predictions/probability": (zeros, "f4"),
              "/predictions/misclassified_index": ([-1, 3, 1 << 30, N_TEST], "i4"),
              "/predictions/misclassified_pixels": (numpy.zeros((4, 1, 2, 2)), "u1"),
              "/layers/gradient_norm": (numpy.full((N_EPOCHS, 3), numpy.nan), "f8"),
              "/layers/deviation_after": (numpy.zeros((N_EPOCHS, 3)), "f8"),
              "/layers/mean_after": (numpy.zeros((2, 3)), "f8"),
              "/timing/load_mean": ([numpy.inf] * N_EPOCHS, "f8")}
    full("broken.h5", "layer", 1, arrays=arrays)
    far = [0, -1, numpy.nan, 1e300, 1e-320, numpy.inf]
    arrays = {f"/layers/{name}": ([far] * N_EPOCHS, "f8")
              for name in ("mean_before", "deviation_before", "mean_after", "deviation_after",
                           "gradient_norm")}
    arrays["/metrics/epoch/train_loss"] = (far[1:], "f8")
    arrays.update({f"/timing/{phase}_mean": (numpy.zeros(N_EPOCHS), "f8") for phase in PHASES})
    full("far.h5", "layer", 1, arrays=arrays)
    page = make_page(test, "far.h5")
    test.check(page.by_id("layers-gradient-norm-title") is not None, "far numbers")
    make_page(test, "far.h5", "broken.h5", "gaps/0-1.h5")
    page = make_page(test, "broken.h5", "gaps/0-1.h5")
    test.check("classes are not 0, 1" in page.section("confusion"), page.section("confusion"))
    page = make_page(test, "broken.h5")
    test.check("400 images are misclassified" in page.section("mistakes"), "all wrong")


def check_refused(test, arguments, status, words, unchanged=(), **changes):
    before = {path: read(path) for path in unchanged}
    outcome = test.run("compare", *arguments, **changes)
    test.check(outcome.status == status and words in outcome.err
               and len(errors(outcome.err)) == 1, f"{arguments}: {outcome.status} {outcome.err}")
    test.check(all(read(path) == text for path, text in before.items()) and not litter(),
               f"{arguments}: what was there has changed: {os.listdir()}")
    return outcome


def failures(test):
    folder = study("fail", seeds=(1,))
    os.mkdir("bin")
    empty = {"PATH": os.path.abspath("bin")}
    timeout = shutil.which("timeout")
    os.symlink(timeout, "bin/timeout")
    for option in ("--html", "--plots"):
        outcome = check_refused(test, [folder, option, "new"], FILE, "gnuplot-nox", **empty)
        test.check(not os.path.exists("new") and outcome.out == "", f"{option}: {os.listdir()}")
    write("old.html", "as it was")
    write("bin/gnuplot", "#!/bin/sh\necho 'line 3: no such thing' >&2\nexit 1\n")
    os.chmod("bin/gnuplot", 0o755)
    check_refused(test, [folder, "--html", "old.html"], FAILED, "no such thing", ["old.html"],
                  **empty)
    write("bin/gnuplot", "#!/bin/sh\nexit 0\n")
    check_refused(test, [folder, "--html", "old.html"], FAILED, "has drawn no", ["old.html"],
                  **empty)
    check_refused(test, [folder, "--html", "absent/x.html"], FILE, "absent/x.html")
    check_refused(test, [folder, "--html", folder], FILE, "it is a folder")
    check_refused(test, [folder, "--html", "/dev/null"], FILE, "not a regular file")
    check_refused(test, [folder, "--plots", "old.html"], FILE, "old.html", ["old.html"])
    check_refused(test, [folder, "--html"], USAGE, "--html")
    check_refused(test, [folder, "--html", ""], USAGE, "--html")
    full("result.h5", "batch", 1)
    check_refused(test, ["--html", "result.h5", folder], USAGE, "would be lost", ["result.h5"])
    # A limit on the size of files stands for a full disk; gnuplot's own output is larger than the
    # page.
    test.run_well("compare", folder, "--html", "new.html")
    write("bin/gnuplot", f"#!/bin/sh\nulimit -Sf unlimited; exec {shutil.which('gnuplot')} $@\n")
    path = {"PATH": f"{os.path.abspath('bin')}:{os.environ['PATH']}"}
    for blocks in (4, os.path.getsize("new.html") // 1024 - 4):
        outcome = test.run("-c", f"ulimit -Sf {blocks}; exec {test.program} compare {folder} "
                           "--html old.html", program="bash", **path)
        test.check(outcome.status == FILE and read("old.html") == b"as it was" and not litter(),
                   f"a limit of {blocks}: {outcome.status} {outcome.err}")
    os.symlink("old.html", "link.html")
    test.run_well("compare", folder, "--html", "link.html")
    test.check(os.path.islink("link.html") and read("old.html").startswith(b"<!DOCTYPE html>"),
               "a link is replaced")


def plots(test):
    folder = study("plotted", seeds=(1, 2))
    outcome = test.run_well("compare", folder, "--json", "--plots", "deep/plots", "--html",
                            "with.html")
    test.check(outcome.out == test.run_well("compare", folder, "--json").out, "--plots: output")
    names = sorted({os.path.splitext(name)[0] for name in os.listdir("deep/plots")})
    wanted = ["accuracy", "accuracy-train", "final", "loss", "loss-train", "time"]
    for quantity in ("mean-before", "mean-after", "deviation-before", "deviation-after",
                     "gradient-norm"):
        wanted.append(f"layers-{quantity}")
        if "mean" not in quantity:
            wanted += [f"layers-{quantity}-{i}" for i in (1, 2, 3)]
    test.check(names == sorted(wanted) and len(os.listdir("deep/plots")) == 2 * len(wanted),
               f"{names}")
    test.check(all(re.search(rf"\b{n}\b", outcome.err) for n in wanted), outcome.err)
    for name in wanted:
        svg = xml.etree.ElementTree.parse(f"deep/plots/{name}.svg").getroot()
        texts = "".join(svg.itertext())
        test.check(svg.tag.endswith("svg") and (name[-1] in "123" or "time" in name
                                                or "group:2" in texts), f"{name}: {texts[:200]}")
        png = read(f"deep/plots/{name}.png")
        test.check(png[:8] == b"\x89PNG\r\n\x1a\n" and png[-8:-4] == b"IEND", f"{name}.png")
    test.check(read("with.html") == read_page(test, folder), "--plots changes the page")


def read_page(test, folder):
    test.run_well("compare", folder, "--html", "alone.html")
    return read("alone.html")


def main():
    if not shutil.which("gnuplot"):
        print("skipped: gnuplot is not there")
        sys.exit(77)
    test = Test(__doc__)
    for case in test.chosen([all_of_it, escaped, gaps, failures, plots]):
        case(test)
    test.finish()


if __name__ == "__main__":
    main()
