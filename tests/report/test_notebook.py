"""The lines for notebooks in src/report/README.md, as they stand there, on small results.

Exit status: 0 passed, 1 failed, 77 skipped.
"""

import glob
import os
import shutil
import sys
import textwrap

os.environ["MPLBACKEND"] = "Agg"
try:
    import h5py
    import matplotlib  # noqa: F401
    import numpy
    import pandas
    from full_results import N_EPOCHS, study
except (ImportError, OSError) as error:
    print(f"skipped: {error}")
    sys.exit(77)

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "program"))
from harness import Test, read  # noqa: E402

FOLDER = "results/s6-norms"
PAGE = os.path.join(HERE, "..", "..", "src", "report", "README.md")


def find_lines():
    """The indented block of that page that begins with sys.path and imports normlab."""
    lines = read(PAGE).decode().splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("    import sys; sys.path"))
    last = next(i for i in range(first, len(lines)) if lines[i] and lines[i][0] != " ")
    return textwrap.dedent("\n".join(lines[first:last]))


def main():
    code = find_lines()
    test = Test(__doc__)
    os.makedirs("results")
    shutil.copy(os.path.join(HERE, "..", "..", "results", "normlab.py"), "results/normlab.py")
    study(FOLDER, seeds=(1, 2), config={"optimizer.lr": 0.1})
    test.check(FOLDER in code, f"the folder is another one:\n{code}")
    names = {}
    exec(compile(code, PAGE, "exec"), names)
    runs = names["runs"].epochs
    files = sorted(glob.glob(FOLDER + "/*.h5"))
    test.check(isinstance(runs, pandas.DataFrame) and len(runs) == len(files) * N_EPOCHS
               and sorted(set(runs["file"])) == files, f"{runs}")
    for file in files:
        with h5py.File(file) as f:
            rows = runs[runs["file"] == file]
            test.check(set(rows["norm"]) == {f["config"].attrs["network.norm"].decode()}
                       and set(rows["seed"]) == {int(f["config"].attrs["seed"])}, f"{rows}")
            for name, values in f["metrics/epoch"].items():
                test.check(numpy.array_equal(rows[name], values[()]), f"{file} {name}: {rows}")
    lines = {line.get_label(): line.get_ydata() for line in names["axes"].get_lines()}
    means = runs.groupby(["norm", "epoch"])["test_accuracy"].mean()
    test.check(set(lines) == set(runs["norm"]), f"{set(lines)}")
    for norm, values in lines.items():
        test.check(numpy.allclose(values, means[norm], rtol=1e-12), f"{norm}: {values}")
    test.check(read("accuracy.png")[:4] == b"\x89PNG", "no picture")
    test.finish()


if __name__ == "__main__":
    main()
