"""Tables of runs: what normlab compare prints of result files, and reads in their place; tables of
other programs.

Exit status: 0 passed, 1 failed, 77 skipped.
"""

import json
import os
import re
import sys

try:
    import h5py
    import numpy
    from scipy import stats
    import results
    from full_results import study
except (ImportError, OSError) as error:
    print(f"skipped: {error}")
    sys.exit(77)

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "program"))
from harness import Test, errors, table_rows, write  # noqa: E402
from tables import DATA, FILE, HEAD, beside, table_of, text_of, torch_table  # noqa: E402

NEEDS_MORE = ("p_images", "p_images_holm", "images_error", "interval_of_both")


def without_images(found):
    """JSON without what a table has no place for."""
    for difference in found["differences"]:
        for name in NEEDS_MORE:
            difference[name] = None
        for pair in difference["seeds"]:
            pair["only_variant_right"] = pair["only_baseline_right"] = pair["p_mcnemar"] = None
    return found


def same(test, name, files, *options, status=0, has_images=False):
    """The table of these files, and they themselves, in every form."""
    table_of(test, name, *files, *options, status=status)
    for form in ((), ("--runs",), ("--csv",), ("--csv-runs",)):
        ours = text_of(test, name, *options, *form, status=status)
        theirs = text_of(test, *files, *options, *form, status=status)
        if form == ("--csv-runs",):
            ours, theirs = (re.sub("# command: .*", "", text) for text in (ours, theirs))
        test.check(ours == theirs or (has_images and form != ("--csv-runs",)),
                   f"{name} {options} {form}:\n{theirs}\nand from the table:\n{ours}")
    ours = json.loads(text_of(test, name, *options, "--json", status=status))
    theirs = json.loads(text_of(test, *files, *options, "--json", status=status))
    test.check(ours == (without_images(theirs) if has_images else theirs), f"{name}: JSON differs")


def make(path, *arguments, **options):
    environment = {"version": numpy.bytes_("0.9"), "commit": numpy.bytes_("abc, def"),
                   "instruction_set": numpy.bytes_("avx2")}
    more = options.pop("environment", {})
    return results.write_result(path, *arguments, attributes_too={
        "/environment": {**environment, **more}}, **options)


def there_and_back(test):
    """Verdicts, tables, CSV and JSON come out the same from files and from their table."""
    random = numpy.random.default_rng(1)
    os.mkdir("odd")
    for norm, seeds, sd in (("batch", 5, 0.001), ("layer", 3, 0.004), ("group:2", 2, 0.0001),
                            ("instance", 1, 0)):
        for seed in range(seeds):
            a = round(random.normal(0.99, sd + 1e-9), 4)
            make(f"odd/{norm.replace(':', '')}-{seed}.h5", norm, seed, (0.5, a),
                 (1, float(random.normal(0.03, 0.001))), config={"optimizer.lr": "0.1"})
    make("odd/died.h5", "layer", 7, (0.5, numpy.nan), status="diverged",
         config={"optimizer.lr": "0.1"})
    make("odd/other, \"lr\".h5", "layer", 1, (0.5, 1 / 3), config={"optimizer.lr": "0.3"},
         environment={"commit": numpy.bytes_("#9")})
    make("odd/again.h5", "batch", 1, (0.5, 0.9), config={"optimizer.lr": "0.1"})
    make("odd/stopped.h5", "batch", 9, planned=9, status="stopped", config={"optimizer.lr": "0.1"})
    same(test, "odd.csv", ["odd"])
    same(test, "odd.csv", ["odd"], "--baseline", "group:2", "--difference", "0.2")
    same(test, "odd.csv", ["odd"], "--pairs", "seed", "--failure", "0.5", "--reach", "0.5")
    same(test, "two-runs.csv", ["odd/layer-0.h5", "odd/batch-1.h5"])
    same(test, "one.csv", ["odd/batch-1.h5"])
    make("bad.h5", "layer", 3, planned=15)
    same(test, "bad.csv", ["odd", "bad.h5"], status=DATA)
    table = open("odd.csv").read()
    test.check("# optimizer.lr" not in table and "# instruction_set: avx2\n" in table
               and "# program: normlab\n" in table, table[:900])
    rows = table_rows(open("bad.csv").read())
    test.check({row["optimizer.lr"] for row in rows} == {"0.1", "0.3", ""}, f"{rows[0]}")
    for seed in range(1, 6):
        for n in (2, 4, 8):
            make(f"trend-{n}-{seed}.h5", f"batch:{n}", seed, (0.5, 0.98 + n / 1000 + seed / 9999))
    names = sorted(name for name in os.listdir(".") if name.startswith("trend-"))
    same(test, "trend.csv", names, "--trend", "norm")
    test.check("accuracy rises with" in text_of(test, "trend.csv", "--trend", "norm"), "no trend")
    a, b = [f"{name}.h5" for name in ("val1", "val2")]
    make(a, "batch", 1, evaluated=("validation", "5"), config={"data.validation": "5000"})
    make(b, "layer", 1, data="CIFAR-10", data_hash="5", evaluated=("test", "5"), parameters=5)
    same(test, "sets.csv", [a, b, "odd"])


def with_images(test):
    """Of files with predictions, what needs images is left out, with a word, and nothing else."""
    study("full")
    same(test, "full.csv", ["full"], has_images=True)
    outcome = test.run("compare", "full.csv")
    test.check("full.csv: a table of runs: what needs curves or images is left out" in outcome.err
               and "Would other test images" not in outcome.out, f"{outcome}")
    both = test.run("compare", "full.csv", "full")
    test.check(both.out.count("is left out: the same configuration and seed as") == 9, both.out)
    if test.run("--version", program="gnuplot").status == 0:
        page = test.run("compare", "full.csv", "--html", "page.html")
        test.check(page.status == 0 and os.path.getsize("page.html") > 1000, page.err)


def by_statistics(test):
    """All evaluations of a batch norm are in the table, and each can be chosen."""
    for seed in (1, 2, 3):
        for norm in ("batch:4", "layer"):
            arrays = {}
            for i, way in enumerate(("running", "population", "batch")):
                arrays[f"/metrics/epoch/test_accuracy_{way}"] = [0.5, 0.95 + i / 100 + seed / 1000]
                arrays[f"/metrics/epoch/test_loss_{way}"] = [1, 0.1 + i / 10 + seed / 1000]
            p = numpy.random.default_rng(seed).dirichlet(numpy.ones(10) / 9, (3, 40))
            right = (p[0].argmax(1) == numpy.arange(40) % 10)
            arrays["/predictions/probability"] = (p[0], "f4")
            arrays["/evaluation/prediction"] = (p.argmax(2), "i4")
            arrays["/evaluation/probability"] = (p, "f4")
            arrays["/evaluation/loss"] = (numpy.zeros((3, 40)), "f8")
            options = {"right": right, "accuracy": (0.5, 0.95 + seed / 1000),
                       "loss": (1, 0.1 + seed / 1000)}
            if norm == "layer":
                arrays = {}
            path = make(f"by-{norm[:5]}-{seed}.h5", norm, seed, arrays=arrays, **options)
            if norm != "layer":
                with h5py.File(path, "r+") as file:
                    file["evaluation"].attrs["used"] = numpy.bytes_("running")
                results.seal(path)
    names = sorted(name for name in os.listdir(".") if name.startswith("by-"))
    table_of(test, "by.csv", *names)
    for way in ("running", "population", "batch"):
        ours, theirs = (json.loads(text_of(test, *files, "--statistics", way, "--json", "--reach",
                                           "0.4")) for files in (["by.csv"], names))
        for found in (ours, theirs):
            for variant in found["variants"]:
                variant["reach"] = None
        ours["notes"] = theirs["notes"] = None  # predictions are of random numbers
        test.check(ours == without_images(theirs), f"{way}:\n{ours}\n{theirs}")
        accuracy = {v["norm"]: v["test_accuracy"]["mean"] for v in ours["variants"]}
        i = ("running", "population", "batch").index(way)
        test.check(abs(accuracy["batch:4"] - 0.952 - i / 100) < 1e-12, f"{way}: {accuracy}")
    rows = table_rows(open("by.csv").read())
    row = [row for row in rows if row["norm"] == "batch:4"][0]
    test.check(row["test_accuracy_batch"] and row["calibration_error_population"], f"{row}")
    write("without.csv", re.sub("test_accuracy_batch", "note.x", open("by.csv").read()))
    outcome = test.run("compare", "without.csv", "--statistics", "batch")
    test.check(outcome.status == DATA and "it has no evaluation by batch" in outcome.err, f"{outcome}")


def of_other_programs(test):
    """Figures against SciPy; ways to write a table; beside result files."""
    random = numpy.random.default_rng(2)
    x, y = (numpy.round(random.normal(m, 0.0008, 6), 4) for m in (0.991, 0.989))
    values = [("batch", seed, f"{a:.4f}", 0.03 + seed / 1000) for seed, a in enumerate(x)]
    values += [("layer", seed, f"{a:.4f}", 0.04 + seed / 990) for seed, a in enumerate(y)]
    plain = torch_table(values)
    write("torch.csv", plain)
    expected = json.loads(text_of(test, "torch.csv", "--json", "--baseline", "batch"))
    found = expected["differences"][0]["accuracy"]
    p = stats.ttest_ind(y, x, equal_var=False).pvalue
    test.check(abs(found["p"] - p) < 1e-12 and abs(found["mean"] - (y.mean() - x.mean())) < 1e-15,
               f"{p} {found}")
    same(test, "again.csv", ["torch.csv"], "--baseline", "batch")
    percent = [(v, s, f"{100 * float(a):.2f}", loss) for v, s, a, loss in values]
    correct = [(v, s, round(10000 * float(a)), loss) for v, s, a, loss in values]
    ways = {
        "percent": torch_table(percent, "variant,seed,accuracy_percent,loss"),
        "names": torch_table(values, "norm,seed,test_accuracy,test_loss"),
        "correct": torch_table(correct, "variant,seed,correct,loss"),
        "crlf": "\ufeff" + plain.replace("\n", "\r\n"),
        "quoted": re.sub(r"(?m)^(batch|layer),", r'"\1" , ', plain),
        "end": plain.rstrip("\n"),
        "blank": plain + "\n  \n\n",
        "split": plain.replace("evaluated:", "split:"),
        "comments": "# Runs of last night: all of them\n#\n# see https://example.org\n" + plain,
        "columns": torch_table([(*v, "MNIST", "test", 10000, "running", "torch 2.1", "")
                                for v in values], "variant,seed,accuracy,loss,data,split,images,"
                               "statistics,program,diverged", ""),
        "noise": torch_table([(v, s, float(numpy.float32(a)), loss) for v, s, a, loss in values])}
    for name, text in ways.items():
        write("way.csv", text)
        way = text_of(test, "way.csv", "--json", "--baseline", "batch").replace("way.csv", "torch.csv")
        way = re.sub(r"torch.csv:\d+", "", way)
        test.check(way == re.sub(r"torch.csv:\d+", "", text_of(test, "torch.csv", "--json",
                                                               "--baseline", "batch")),
                   f"{name}: {way}\n{text}")
    notes = test.run_well("compare", "torch.csv").out
    test.check("rank p" in notes and "Notes" not in notes, notes)
    test.check("does not state by which statistics batch norms were evaluated" in " ".join(
        test.run_well("compare", beside(plain.replace("# statistics: running\n", ""))).out.split()),
        "statistics that are not stated")
    keys = torch_table([(v, s, a, loss, lr, f"w{s}") for lr in ("0.1", "1e-2", 1)
                        for v, s, a, loss in values],
                       "variant,seed,accuracy,loss,optimizer.lr,note.who")
    outcome = test.run_well("compare", beside(keys), "--trend", "lr", "--json")
    found = json.loads(outcome.out)
    test.check({v["name"] for v in found["variants"]} ==
               {f"{v} lr={lr}" for v in ("batch", "layer") for lr in ("0.1", "0.01", "1")}
               and len(found["trends"]) == 2 and found["runs"][0]["notes"]["who"][0] == "w",
               outcome.out)
    test.check(found["trends"][0]["words"].startswith("batch: no trend with optimizer.lr"),
               f"{found['trends'][0]}")
    dead = torch_table(values + [("layer", 9, "", "", 1), ("layer", 10, "nan", "NaN", "yes")],
                       "variant,seed,accuracy,loss,failed").replace("\nbatch", "\nbatch")
    dead = re.sub(r"(?m)^((batch|layer),\d,0.*)$", r"\1,0", dead)
    found = json.loads(text_of(test, beside(dead), "--json"))
    test.check({v["name"]: v["n_failed"] for v in found["variants"]} == {"batch": 0, "layer": 2},
               f"{found['variants']}")


def steps(test):
    """Accuracies come in steps of an image, of the digits that their column has, or of 0.0001, which
    bounds the deviation of runs that happen to be equal; percent are shares."""
    unstated = HEAD.replace("# images: 10000\n", "")
    for head, name, values, step in (
            (HEAD, "accuracy", ("0.9910", "0.9908"), 1e-4), (unstated, "accuracy", ("0.991", "0.990"), 1e-3),
            (unstated, "accuracy_percent", ("99.1", "99.0"), 1e-3), (HEAD, "accuracy", ("0.991", "0.99"), 1e-3),
            (unstated, "accuracy", ("0.99100001", "0.99080001"), 1e-4),
            (HEAD.replace("10000", "500"), "accuracy", ("0.9920", "0.9900"), 2e-3)):
        rows = [(v, s, a, 0.1) for v, a in zip(("batch", "layer"), values) for s in range(3)]
        table = beside(torch_table(rows, f"variant,seed,{name},loss", head))
        found = json.loads(text_of(test, table, "--json", "--baseline", "batch"))
        a, b = (float(x) / (100 if "percent" in name else 1) for x in values)
        effect, error = found["differences"][0]["accuracy"], step / 12 ** 0.5 * (2 / 3) ** 0.5
        p = 2 * stats.t.sf((a - b) / error, 4)
        test.check(abs(effect["mean"] - (b - a)) < 1e-12 and abs(effect["error"] - error) < 1e-12 and
                   abs(effect["p"] - p) < 1e-9, f"{values} {step}: {error} {p}, not {effect}")


def mixed(test):
    """Beside result files: named by their programs, refused where data or split are others."""
    for seed in range(4):
        make(f"ours-{seed}.h5", "batch", seed, (0.5, 0.99 + seed / 10000),
             config={"optimizer.lr": "0.1", "training.batch": "64"})
    ours = [f"ours-{seed}.h5" for seed in range(4)]
    rows = [("batch", seed, f"{0.98 + seed / 10000:.4f}", 0.1) for seed in range(4)]
    outcome = test.run_well("compare", *ours, beside(torch_table(rows)), "--json")
    found = json.loads(outcome.out)
    test.check([v["name"] for v in found["variants"]] == ["batch program=normlab",
                                                          "batch program=torch 2.1"]
               or [v["keys"] for v in found["variants"]] == ["program=normlab", "program=torch 2.1"],
               f"{found['variants']}")
    test.check(found["differences"][0]["verdict"] == "worse", f"{found['differences']}")
    same(test, "mixed.csv", [*ours, "other.csv"])
    make("cifar.h5", "batch", 1, data="CIFAR-10")
    for text, other in ((torch_table(rows, head=HEAD.replace("MNIST", "CIFAR-10")), "ours-1.h5"),
                        (torch_table(rows, head=HEAD.replace(": test", ": validation")), "ours-1.h5"),
                        (torch_table(rows), "cifar.h5")):
        first = test.run("compare", other, beside(text))
        test.check(first.status == DATA and len(errors(first.err)) == 1 and
                   re.search(r"other.csv:7: not compared: it was evaluated on the .* but "
                             + other + " on the test set of ", first.err), f"{text}{first}")
        second = test.run("compare", "other.csv", other)
        test.check(second.status == DATA and f"{other}: not compared" in second.err, f"{second}")
    two = beside(torch_table(rows, head=HEAD.replace("10000", "20000").replace("MNIST", "mnist")), "two.csv")
    outcome = test.run("compare", beside(torch_table(rows)), two)
    test.check(outcome.status == DATA and "two.csv:7: not compared" in outcome.err, f"{outcome}")


def right_answers(test):
    """Which images are right, from an HDF5 file: McNemar's test and the noise of images."""
    random = numpy.random.default_rng(3)
    right = {(v, s): random.random(500) < p for v, p in (("batch", 0.9), ("layer", 0.86))
             for s in range(4)}
    rows = [(v, s, r.sum(), 0.1) for (v, s), r in right.items()]
    head = HEAD.replace("10000", "500") + "# right: right.h5\n"
    os.mkdir("away")
    with h5py.File("away/right.h5", "w") as file:
        file["right"] = numpy.array(list(right.values()), dtype=numpy.uint8)
    table = beside(torch_table(rows, "variant,seed,correct,loss", head), "away/table.csv")
    found = json.loads(text_of(test, table, "--json", "--baseline", "batch"))["differences"][0]
    for pair in found["seeds"]:
        a, b = right["layer", int(pair["seed"])], right["batch", int(pair["seed"])]
        n = int((a & ~b).sum()), int((b & ~a).sum())
        p = stats.binomtest(min(n), sum(n)).pvalue
        test.check((pair["only_variant_right"], pair["only_baseline_right"]) == n
                   and abs(pair["p_mcnemar"] - p) < 1e-12, f"{n} {p} {pair}")
    test.check(found["images_error"] is not None and found["interval_of_both"], f"{found}")
    alone = beside(torch_table([(v, s, 0.1) for v, s, _, _ in rows], "variant,seed,loss", head),
                   "away/alone.csv")
    again = json.loads(text_of(test, alone, "--json", "--baseline", "batch"))["differences"][0]
    test.check(again["accuracy"] == found["accuracy"], f"{again}")
    swapped = [rows[1], rows[0], *rows[2:]]
    outcome = test.run("compare", beside(torch_table(swapped, "variant,seed,correct,loss", head),
                                         "away/swapped.csv"))
    test.check(outcome.status == DATA and "are its lines those of the table?" in outcome.err,
               f"{outcome}")
    outcome = test.run("compare", beside(torch_table(rows[:3], "variant,seed,correct,loss", head),
                                         "away/short.csv"))
    test.check(outcome.status == DATA and '"right" [3 lines of the table][images]' in outcome.err,
               f"{outcome}")
    outcome = test.run("compare", beside(torch_table(rows, "variant,seed,correct,loss",
                                                     head.replace("right.h5", "none.h5"))))
    test.check(outcome.status == FILE and "none.h5" in outcome.err, f"{outcome}")
    with h5py.File("away/right.h5", "r+") as file:
        file["right"][2, 3] = 2
    outcome = test.run("compare", table)
    test.check(outcome.status == DATA and "right[2][3] is 2, not 0 or 1" in outcome.err, f"{outcome}")


def main():
    test = Test(__doc__)
    for case in test.chosen([there_and_back, with_images, by_statistics, of_other_programs, steps, mixed,
                             right_answers]):
        case(test)
    test.finish()


main()
