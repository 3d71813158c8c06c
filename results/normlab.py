"""Result files of normlab as tables of pandas: this file alone, with h5py, numpy and pandas.

    import normlab
    runs = normlab.open_runs("results/s6-norms")
    runs.runs                    # a row a run: norm, seed, keys of the configuration, final metrics
    runs.epochs.groupby(["norm", "epoch"]).test_accuracy.mean()
    runs.to_xarray("layers")     # dimensions run, epoch and layer; needs xarray

Rows are those of finished runs, as in `normlab compare`. What is left out, and why, is in the
table left_out and in a warning; open_runs(..., unfinished=True) keeps it.

Which runs are of one variant, and what it is called, `normlab compare` decides from all that a
result depends on. So there is a column `variant` if that is asked: open_runs(..., variants=X),
where X is the program ("normlab" or its path), or a table that `normlab compare FILES --csv-runs`
has printed.
"""

import csv
import functools
import glob
import io
import os
import subprocess
import warnings

import h5py
import numpy
import pandas

HEADER_BYTES = 512
NEWEST_FORMAT = 5
TEXTS = {"name", "init", "init_hash"}  # of /config: text that might look like a number

# Columns of a run that are an attribute of its file, where the file has it.
ATTRIBUTES = {"data": ("data", "title"), "data_hash": ("data", "hash"),
              "evaluated": ("data", "evaluated"), "statistics": ("evaluation", "used"),
              "parameters": ("model", "parameters")}


class ResultError(ValueError):
    """A file that is no result file, or is damaged. The message begins with its name."""


def open_runs(what, variants=None, unfinished=False):
    """Runs of a result file, a folder (its *.h5), a pattern (files *.h5 and folders), or a list.

    All are read; FileNotFoundError and ResultError name the file that cannot be."""
    files = find_files(what)
    names = variant_names(variants, files) if variants is not None else None
    return Runs([describe(file, names) for file in files], unfinished)


def find_files(what):
    """Names of files, each once, in the order in which they were given; of a folder by name."""
    if not isinstance(what, (str, os.PathLike)):
        found = {}
        for file in (file for one in what for file in find_files(one)):
            found.setdefault(os.path.realpath(file), file)
        return list(found.values())
    name = os.fspath(what)
    found = [name] if os.path.exists(name) else glob.glob(name)
    found = [file for match in sorted(found) for file in result_files(match, match == name)]
    if not found:
        raise FileNotFoundError(f"{name}: no result file (*.h5) is there")
    return found


def result_files(name, is_named):
    """Those of a folder, or the file itself."""
    if os.path.isdir(name):
        return sorted(glob.glob(os.path.join(glob.escape(name), "*.h5")))
    return [name] if is_named or name.endswith(".h5") else []


class open_file:
    """A result file for reading, by h5py; a failure in the block names the file."""

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        check_length(self.name)
        try:
            self.file = h5py.File(self.name, "r")
        except OSError as error:
            raise ResultError(f"{self.name}: damaged, or no HDF5 file: {error}") from error
        return self.file

    def __exit__(self, kind, error, trace):
        self.file.close()
        if isinstance(error, (KeyError, OSError, RuntimeError)):
            raise ResultError(f"{self.name}: incomplete or damaged: {error}") from error


def check_length(name):
    """The header says how long the file is."""
    with open(name, "rb") as file:
        head = file.read(HEADER_BYTES)
        size = file.seek(0, os.SEEK_END)
    lines = head.decode("latin-1").splitlines() or [""]
    if not lines[0].startswith("normlab result file, format "):
        raise ResultError(f"{name}: no result file of normlab, or damaged")
    version = lines[0].rsplit(" ", 1)[1]
    if not version.isdigit() or int(version) > NEWEST_FORMAT:
        raise ResultError(f"{name}: format {version}, and this normlab.py reads those up to "
                          f"{NEWEST_FORMAT}: take that of a newer version")
    lengths = [line[7:] for line in lines if line.startswith("length ")]
    if lengths != [str(size - HEADER_BYTES)]:
        raise ResultError(f"{name}: damaged: it has {size} bytes, {HEADER_BYTES} of them a header, "
                          f"which says that {' '.join(lengths)} follow")


def plain(value):
    """A value of /config, of any format: a number, a tuple of numbers, or text."""
    if isinstance(value, (bytes, numpy.bytes_)):
        value = value.decode()
    if isinstance(value, numpy.ndarray):
        return tuple(value.tolist())
    if not isinstance(value, str):
        return value.item() if isinstance(value, numpy.generic) else value
    if value in ("true", "false"):
        return int(value == "true")
    inside = value[1:-1] if value.startswith("[") and value.endswith("]") else None
    try:
        if inside is not None:
            return tuple(float(part) for part in inside.split(",")) if inside else ()
        return int(value) if value.lstrip("-").isdigit() else float(value)
    except ValueError:
        return value


def text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


def describe(name, variants=None):
    """The row of a run in Runs.runs."""
    with open_file(name) as file:
        config = file["config"].attrs
        row = {"file": name}
        if variants is not None:
            if os.path.realpath(name) not in variants:
                raise ResultError(f"{name}: the table of variants does not have it")
            row["variant"] = variants[os.path.realpath(name)]
        row.update(norm=text(config["network.norm"]), seed=plain(config["seed"]),
                   status=text(file.attrs["status"]),
                   epochs=len(file["metrics/epoch/test_accuracy"]))
        for key, (group, attribute) in ATTRIBUTES.items():
            if group in file and attribute in file[group].attrs:
                value = file[group].attrs[attribute]
                row[key] = int(value) if isinstance(value, numpy.integer) else text(value)
        row.update({key: values[-1] if len(values) else numpy.nan
                    for key, values in file["metrics/epoch"].items()
                    if key not in ("epoch", "learning_rate")})
        if "notes" in file:
            row.update({f"note.{key}": text(value)
                        for key, value in file["notes"].attrs.items()})
        row.update({key: text(value) if key in TEXTS else plain(value)
                    for key, value in sorted(config.items())
                    if key not in ("seed", "network.norm")})
    return row


def variant_names(variants, files):
    """Names by file, from the program or from its table."""
    variants = os.fspath(variants)
    if variants.endswith(".csv"):
        with open(variants, newline="", encoding="utf-8") as file:
            return table_names(file.read(), variants)
    done = subprocess.run([variants, "compare", "--csv-runs", *files], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False)
    if done.returncode:
        raise ResultError(f"{variants} compare: exit status {done.returncode}:\n"
                          + done.stderr.decode(errors="replace"))
    return table_names(done.stdout.decode(), variants)


def table_names(content, source):
    lines = list(io.StringIO(content, newline=""))
    head = {}
    while lines and lines[0].startswith("#"):
        name, _, value = lines.pop(0)[1:].strip().partition(": ")
        head[name] = value
    rows = [{**head, **row} for row in csv.DictReader(lines)]
    if not rows or not all("file" in row and "variant" in row for row in rows):
        raise ResultError(f"{source}: no table of runs as normlab compare --csv-runs prints it")
    return {os.path.realpath(row["file"]): row["variant"] or None for row in rows}


class Runs:
    """Tables of runs. Rows begin with file, variant if it was asked for, norm and seed. Each of
    epochs, steps, layers and predictions is read when it is first asked for, and kept."""

    def __init__(self, rows, unfinished=False):
        table = pandas.DataFrame(rows)
        is_left = (table["status"] != "finished") & (not unfinished)
        #: A row a run. Metrics are those of its last epoch, by their names in /metrics/epoch.
        self.runs = table[~is_left].reset_index(drop=True)
        #: The runs that have not finished, or have diverged.
        self.left_out = table.loc[is_left, ["file", "norm", "seed", "status", "epochs"]]
        self.left_out = self.left_out.reset_index(drop=True)
        for row in self.left_out.itertuples():
            warnings.warn(f"{row.file} is left out: {row.status} after {row.epochs} epochs",
                          stacklevel=3)

    def __len__(self):
        return len(self.runs)

    def __repr__(self):
        return f"<{len(self.runs)} runs of normlab, {len(self.left_out)} left out>"

    def file_of(self, run):
        """The file of a run, which is given by its file or by its number in `runs`."""
        if isinstance(run, (int, numpy.integer)):
            return self.runs["file"].iloc[run]
        name = os.fspath(run)
        if name not in set(self.runs["file"]):
            raise KeyError(f"{name}: none of these runs")
        return name

    def keys_of(self, row):
        return {key: row[key] for key in ("file", "variant", "norm", "seed") if key in row}

    def gather(self, columns_of):
        """One table of what columns_of(file) gives for each run."""
        parts = []
        for _, row in self.runs.iterrows():
            with open_file(row["file"]) as file:
                part = pandas.DataFrame(columns_of(file))
            for position, (key, value) in enumerate(self.keys_of(row).items()):
                part.insert(position, key, value)
            parts.append(part)
        return pandas.concat(parts, ignore_index=True) if parts else pandas.DataFrame()

    @functools.cached_property
    def epochs(self):
        """A row an epoch of a run: /metrics/epoch and, from /timing, images/s and seconds."""
        def columns(file):
            found = {key: values[()] for key, values in file["metrics/epoch"].items()}
            for key in ("images_per_second", "epoch_seconds"):
                values = file["timing"][key][()]
                if len(values) == len(found["epoch"]):
                    found[key] = values
            return found
        return self.gather(columns)

    @functools.cached_property
    def steps(self):
        """A row a step of a run: /metrics/step."""
        return self.gather(lambda file: {key: values[()]
                                         for key, values in file["metrics/step"].items()})

    @functools.cached_property
    def layers(self):
        """A row a layer of an epoch of a run: /layers. The first formats number the layers."""
        def columns(file):
            group = file["layers"]
            values = {key: array[()] for key, array in group.items() if array.ndim == 2}
            shape = next((array.shape for array in values.values()), (0, 0))
            names = range(shape[1])
            if "layer" in group:
                names = [text(name) for name in group["layer"][()]]
            return {"epoch": numpy.repeat(group["epoch"][()], shape[1]),
                    "layer": list(names) * shape[0],
                    **{key: array.ravel() for key, array in values.items()}}
        return self.gather(columns)

    @functools.cached_property
    def predictions(self):
        """A row an evaluated image of a run: /predictions, with `probability_CLASS`."""
        def columns(file):
            group = file["predictions"]
            found = {"image": numpy.arange(len(group["label"]))}
            found.update({key: group[key][()] for key in ("label", "prediction", "loss")})
            found.update({f"probability_{k}": column
                          for k, column in enumerate(group["probability"][()].T)})
            return found
        return self.gather(columns)

    def class_names(self, run):
        """The names of the classes of a run's data set, by label; None where it is not known."""
        with open_file(self.file_of(run)) as file:
            names = file["data"].get("class")
            return None if names is None else [text(name) for name in names[()]]

    def model(self, run):
        """The weights of a run that were evaluated: a dictionary of arrays, by PyTorch's names."""
        with open_file(self.file_of(run)) as file:
            return {key: value[()] for key, value in file["model"].items()}

    def to_xarray(self, table="epochs"):
        """epochs, steps, layers or predictions as an xarray.Dataset. Its first dimension is `run`,
        by file, with norm and seed (and variant) as coordinates; what a run lacks is NaN."""
        index = {"epochs": ["epoch"], "steps": ["step"], "layers": ["epoch", "layer"],
                 "predictions": ["image"]}
        if table not in index:
            raise ValueError(f"to_xarray({table!r}): expected one of {', '.join(index)}")
        keys = [key for key in ("variant", "norm", "seed") if key in self.runs]
        values = getattr(self, table).drop(columns=keys).rename(columns={"file": "run"})
        found = values.set_index(["run"] + index[table]).to_xarray()
        about = self.runs.set_index("file").loc[found["run"].values]
        return found.assign_coords({key: ("run", about[key].values) for key in keys})
