"""results/normlab.py: what it reads are the values of the files, of all formats.

Exit status: 0 passed, 1 failed, 77 skipped.
"""

import glob
import os
import shutil
import sys
import warnings

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "results"))
sys.path.insert(0, os.path.join(HERE, "..", "program"))
try:
    import h5py
    import numpy
    import pandas  # noqa: F401
    import normlab
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)
from harness import Test, read, table_rows, write  # noqa: E402

GOLDEN = os.path.join(HERE, "..", "golden")
N_EPOCHS, N_STEPS, N_LAYERS, N_IMAGES = 5, 20, 3, 20


def fails(call, *words, kind=normlab.ResultError):
    """Whether it raises an error that has these words."""
    try:
        call()
    except kind as error:
        return all(word in str(error) for word in words)
    return False


def open_all(test, *arguments, **options):
    """The runs, and the warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        runs = normlab.open_runs(*arguments, **options)
    return runs, [str(warning.message) for warning in caught]


def check_format(test, folder):
    """A format's golden files, beside what h5py and compare read in them."""
    printed = test.run("compare", "--csv-runs", folder).out
    rows = {row["file"]: row for row in table_rows(printed)}
    runs, notes = open_all(test, folder, variants=write("runs.csv", printed))
    used = {name for name, row in rows.items() if not row["left_out"]}
    test.check(len(used) > 10 and set(runs.runs["file"]) == used, f"{folder}: {runs.runs['file']}")
    left = set(rows) - used
    test.check(set(runs.left_out["file"]) == left, f"{folder}: {runs.left_out}")
    test.check(len(notes) == len(left) and all(any(name in note for note in notes)
                                               for name in left), f"{notes}")
    for row in runs.runs.to_dict("records"):
        names = runs.class_names(row["file"])
        test.check((names is not None) == row["file"].endswith("/names.h5"), f"{row['file']}: {names}")
        test.check(names is None or names[::5] == ["null", "fünf"], f"{names}")
        said = rows[row["file"]]
        for key in ("variant", "norm", "seed", "status", "epochs", "data", "parameters"):
            test.check(str(row[key]) == said[key], f"{row['file']}: {key} {row[key]} {said[key]}")
        for key in ("test_accuracy", "test_loss", "train_loss"):
            test.check(row[key] == float(said[key]), f"{row['file']}: {key} {row[key]}")
        lr = row["optimizer.lr"]
        test.check(isinstance(lr, float) and lr == float(said["optimizer.lr"]), f"lr {lr!r}")
        test.check(row["data.mean"] in ((), (0.1307,)) and row["augment.flip"] in (0, 1),
                   f"{row['file']}: {row['data.mean']!r} {row['augment.flip']!r}")
    check_tables(test, runs)
    return runs


def check_tables(test, runs):
    n = len(runs)
    for table, rows in (("epochs", N_EPOCHS), ("steps", N_STEPS), ("layers", N_EPOCHS * N_LAYERS),
                        ("predictions", N_IMAGES)):
        columns = getattr(runs, table).columns
        test.check(list(columns[:4]) == ["file", "variant", "norm", "seed"], f"{table}: {columns}")
        lengths = getattr(runs, table).groupby("file").size()
        test.check(len(lengths) == n and rows in set(lengths), f"{table}: {lengths}")
    for name in runs.runs["file"][:2]:
        with h5py.File(name) as file:
            check_file(test, runs, name, file)


def check_file(test, runs, name, file):
    for table, group in (("epochs", "metrics/epoch"), ("steps", "metrics/step")):
        rows = getattr(runs, table)
        for key, values in file[group].items():
            test.check(numpy.array_equal(rows.loc[rows["file"] == name, key], values[()],
                                         equal_nan=True), f"{name}: {table} {key}")
    rows = runs.layers[runs.layers["file"] == name]
    second = rows[rows["epoch"] == file["layers/epoch"][1]]
    test.check(numpy.array_equal(second["mean_after"], file["layers/mean_after"][1]), f"{second}")
    if "layer" in file["layers"]:
        test.check(second["layer"].iloc[1] == file["layers/layer"][1].decode(), f"{second}")
    rows = runs.predictions[runs.predictions["file"] == name]
    third = file["predictions/probability"][:, 3]
    test.check(numpy.array_equal(rows["probability_3"], third)
               and numpy.array_equal(rows["label"], file["predictions/label"]), f"{name}: {rows}")
    model = runs.model(name)
    test.check(set(model) == set(file["model"]) and all(
        numpy.array_equal(value, file["model"][key][()]) for key, value in model.items()), name)


def check_xarray(test, runs):
    try:
        import xarray  # noqa: F401
    except ImportError:
        return
    for table, dimensions in (("epochs", ("run", "epoch")), ("layers", ("run", "epoch", "layer")),
                              ("steps", ("run", "step")), ("predictions", ("run", "image"))):
        found = runs.to_xarray(table)
        test.check(tuple(found.dims) == dimensions
                   and {"norm", "seed", "variant"} <= set(found.coords), f"{table}: {found}")
    name = runs.runs["file"][1]
    with h5py.File(name) as file:
        values = runs.to_xarray()["test_loss"].sel(run=name).dropna("epoch").values
        test.check(numpy.array_equal(values, file["metrics/epoch/test_loss"]), f"{name}: {values}")
        norm = runs.to_xarray().norm.sel(run=name).item()
        test.check(norm == file["config"].attrs["network.norm"].decode(), f"{name}: {norm}")


def check_choices(test):
    """What may be given, what is left out, and what is refused."""
    newest = f"{GOLDEN}/format-{normlab.NEWEST_FORMAT}"
    test.check(not os.path.exists(f"{GOLDEN}/format-{normlab.NEWEST_FORMAT + 1}"), "NEWEST_FORMAT")
    os.makedirs("results/a")
    for source in ("batch-s1", "stopped"):
        shutil.copy(f"{newest}/{source}.h5", f"results/a/{source}.h5")
    shutil.copy(f"{newest}/layer-s1.h5", "results/layer-s1.h5")
    write("results/readme.md", "no result")
    for what in ("results/*", ["results/a", "results/layer-s1.h5", "results/./layer-s1.h5"]):
        runs, notes = open_all(test, what, variants=test.program)
        test.check(list(runs.runs["file"]) == ["results/a/batch-s1.h5", "results/layer-s1.h5"]
                   and list(runs.runs["variant"]) == ["batch", "layer"] and len(notes) == 1
                   and "results/a/stopped.h5 is left out: stopped after 1 epochs" in notes[0],
                   f"{what}: {runs.runs['file']} {notes}")
    runs, notes = open_all(test, "results/a", unfinished=True)
    test.check(list(runs.runs["status"]) == ["finished", "stopped"] and not notes
               and "variant" not in runs.runs and len(runs.left_out) == 0, f"{runs.runs}")
    test.run_well("note", "results/a/batch-s1.h5", "by=me")
    runs, _ = open_all(test, "results/a")
    test.check(list(runs.runs["note.by"]) == ["me"], f"{runs.runs}")
    test.check(fails(lambda: normlab.open_runs("results/none.h5"), "results/none.h5",
                     kind=FileNotFoundError), "a missing file")
    test.check(fails(lambda: normlab.open_runs("results/readme.md"), "results/readme.md"), "text")
    whole = read("results/a/batch-s1.h5")
    write("results/a/cut.h5", whole[:-1000])
    test.check(fails(lambda: normlab.open_runs("results/*"), "results/a/cut.h5: damaged: it has",
                     f"{len(whole) - 1000} bytes"), "cut")
    write("results/a/cut.h5", whole[:512] + bytes(len(whole) - 512))
    test.check(fails(lambda: normlab.open_runs("results/a"), "results/a/cut.h5: damaged"), "zeros")
    write("runs.csv", "# variant: A\n# file: results/layer-s1.h5\nseed\n1\n")
    runs, _ = open_all(test, "results/layer-s1.h5", variants="runs.csv")
    test.check(list(runs.runs["variant"]) == ["A"], f"names in the head: {runs.runs}")
    write("runs.csv", "file,variant\nresults/layer-s1.h5,layer\n")
    test.check(fails(lambda: normlab.open_runs(newest + "/batch-s1.h5", variants="runs.csv"),
                     "format-5/batch-s1.h5: the table of variants does not have it"), "no row")


def main():
    test = Test(__doc__)
    for folder in sorted(glob.glob(GOLDEN + "/format-*")):
        runs = check_format(test, folder)
    check_xarray(test, runs)
    check_choices(test)
    test.finish()


if __name__ == "__main__":
    main()
