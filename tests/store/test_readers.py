"""Other programs open a result as a whole: xarray by both of its engines, netCDF, h5dump."""

import os
import subprocess
import sys
import warnings

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "program"))
from harness import SKIPPED, Test  # noqa: E402

try:
    import h5netcdf  # noqa: F401
    import h5py
    import netCDF4
    import numpy
    import xarray
except ImportError as missing:
    print(f"SKIPPED: {missing}")
    sys.exit(SKIPPED)

RUNS = {"averaged": ["--norm", "batch", "--set", "training.ema=0.9", "--epochs", 1],
        "elements": ["--norm", "layer:chw", "--set", "optimizer={type: adamw}", "--epochs", 2],
        "columns": ["--norm", "layer:w", "--epochs", 1],
        "no-epoch": ["--norm", "none", "--epochs", 0]}


def groups_of(path):
    groups = ["/"]
    with h5py.File(path) as file:
        file.visititems(lambda name, item: groups.append(f"/{name}")
                        if isinstance(item, h5py.Group) else None)
    return groups


def every_dimension_has_a_scale(path):
    with h5py.File(path) as file:
        def look(name, item):
            if not isinstance(item, h5py.Dataset) or item.attrs.get("CLASS") == b"DIMENSION_SCALE":
                return
            for dimension, size in enumerate(item.shape):
                scales = item.dims[dimension].values()
                test.check(len(scales) == 1 and scales[0].shape == (size,),
                           f"{path}: {name}: dimension {dimension} has {len(scales)} scales")

        file.visititems(look)


def netcdf_reads_all(path):
    with netCDF4.Dataset(path) as file, h5py.File(path) as plain:
        def walk(group, where):
            for name, variable in group.variables.items():
                variable.set_auto_mask(False)
                expected, found = plain[f"{where}/{name}"], numpy.asarray(variable[...])
                same = expected.shape == found.shape and (
                    expected.dtype.kind in "SO" or numpy.array_equal(expected[()], found, equal_nan=True))
                test.check(same, f"{path}: netCDF reads {where}/{name} otherwise")
                test.check(len(set(variable.dimensions)) == expected.ndim,
                           f"{path}: {where}/{name}: dimensions {variable.dimensions}")
            for name, inner in group.groups.items():
                walk(inner, f"{where}/{name}")

        walk(file, "")


def xarray_opens_all(path):
    for engine in ("netcdf4", "h5netcdf"):
        for group in groups_of(path):
            try:
                with xarray.open_dataset(path, group=group, engine=engine) as data:
                    data.load()
            except Exception as error:  # whatever it is, it is in the way
                test.check(False, f"{path}: {engine}: {group}: {error!r}")


def layers_are_named(path):
    with xarray.open_dataset(path, group="layers", engine="netcdf4") as layers, \
            xarray.open_dataset(path, group="predictions", engine="h5netcdf") as predictions:
        names = [str(name) for name in layers["layer"].values]
        test.check(names == ["0 block 5x5 /2, layer:chw 4x12x12", "2 block 3x3, layer:chw 8x4x4",
                             "4 conv 1x1 10x1x1"], f"{path}: layers {names}")
        table = layers["mean_after"].to_pandas()
        test.check(list(table.columns) == names and list(table.index) == [1, 2],
                   f"{path}: a table of {table.columns} and {table.index}")
        test.check(list(predictions["class"].values) == list(range(10)), f"{path}: classes")
        test.check((predictions["image"].values == numpy.arange(20)).all(), f"{path}: images")


def tools_print_all(path):
    for tool in (["ncdump", path], ["h5dump", path]):
        try:
            done = subprocess.run(tool, capture_output=True, timeout=60, check=False)
        except FileNotFoundError:
            continue
        test.check(done.returncode == 0 and b"mean_before" in done.stdout,
                   f"{tool[0]}: {done.returncode}: {done.stderr[-300:]}")


test = Test(__doc__)
warnings.simplefilter("error")
test.run_well("data", "synthesize", "digits", "--train", 64, "--test", 20)
for run, options in RUNS.items():
    test.run_well("train", f"{HERE}/../golden/tiny.yaml", "--data", "digits", "--out", f"{run}.h5", *options)
for case in test.chosen([every_dimension_has_a_scale, netcdf_reads_all, xarray_opens_all, tools_print_all]):
    for run in RUNS:
        case(f"{run}.h5")
layers_are_named("elements.h5")
test.finish()
