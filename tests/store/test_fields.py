"""What a result file holds is what the rows of fields say, and the table of
src/store/README.md has all of them."""

import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..")
sys.path.insert(0, os.path.join(HERE, "..", "program"))
from harness import SKIPPED, Test, read, write  # noqa: E402

try:
    import h5py
except ImportError as missing:
    print(f"SKIPPED: {missing}")
    sys.exit(SKIPPED)

TITLES = ["path", "type", "shape", "units", "since format", "in digest", "description"]
OF_HDF5 = {"description", "units", "CLASS", "NAME", "DIMENSION_LIST", "REFERENCE_LIST"}
RUNS = {"batch": ["--norm", "batch", "--set", "training.ema=0.9"],
        "adamw": ["--set", "optimizer={type: adamw}", "--init", "batch.h5"],
        "validation": ["--set", "data.validation=16"],
        "probes": ["--set", "probes.every=1", "--set", "probes.walk=[0.5, 1]", "--set",
                   "probes.layers=true"]}


class Field:
    def __init__(self, line):
        words = line.split("\t")
        test.check(len(words) == len(TITLES), f"--fields: {line}")
        self.path, self.type, self.shape, self.units, self.since, self.digest, self.text = words
        pattern = re.sub(r"[A-Z]{2,}", "[^/@]+?", re.escape(self.path))
        self.pattern = re.compile(pattern.replace("@[^/@]+?", "@.+"))
        self.seen = False


def type_name(item):
    kind = getattr(item, "dtype", None)
    return "text" if isinstance(item, bytes) or kind is None or kind.kind in "SO" else str(kind)


def field_of(fields, path):
    for field in fields:
        if field.pattern.fullmatch(path):
            field.seen = True
            return field
    test.check(False, f"{path} has no row")
    return None


def look_at_attributes(fields, path, item):
    for name, value in item.attrs.items():
        if isinstance(item, h5py.Dataset) and name in OF_HDF5:
            continue
        field = field_of(fields, f"{path}@{name}")
        kind = "text" if isinstance(value, bytes) else type_name(value)
        if field and field.type != "of the value":
            test.check(kind == field.type, f"{path}@{name} is {kind}, not {field.type}")


def look_at_array(fields, path, item, evaluated):
    field = field_of(fields, path)
    if not field:
        return
    test.check(type_name(item) == field.type, f"{path} is {item.dtype}, not {field.type}")
    test.check(item.attrs["units"].decode() == field.units, f"{path}: units {item.attrs['units']}")
    text = field.text.replace("EVALUATED", evaluated)
    test.check(item.attrs["description"].decode().startswith(text),
               f"{path}: {item.attrs['description']}, not {text}")
    if field.shape != "*":
        test.check(item.ndim == field.shape.count("["), f"{path} has the shape {item.shape}")
    shape = field.shape if field.shape != "*" else item.attrs["description"].decode()
    names = re.findall(r"\[(\w+)\]", shape)
    test.check(len(names) == item.ndim, f"{path}: dimensions {names} for {item.shape}")
    for dimension, (name, size) in enumerate(zip(names, item.shape)):
        scale = f"{os.path.dirname(path)}/{name}"
        scale = scale if scale in item.file else f"/{name}_{size}"
        test.check(scale in item.file and (scale == path or item.dims[dimension][0] == item.file[scale]),
                   f"{path}: the scale of [{name}] is not {scale}")


def look_at_file(fields, name):
    with h5py.File(f"{name}.h5") as file:
        evaluated = {b"test": "the test set",
                     b"validation": "the validation split (not the test set)"}
        words = evaluated[file["data"].attrs["evaluated"]]
        look_at_attributes(fields, "/", file)

        def look(path, item):
            look_at_attributes(fields, f"/{path}", item)
            if isinstance(item, h5py.Dataset):
                look_at_array(fields, f"/{path}", item, words)

        file.visititems(look)


def files_hold_the_rows(fields):
    test.run_well("data", "synthesize", "digits", "--train", 64, "--test", 20)
    write("digits/names.txt", "".join(f"class: name {k}\n" for k in range(10)))
    for name, options in RUNS.items():
        test.run_well("train", f"{HERE}/../golden/tiny.yaml", "--data", "digits", "--epochs", 1,
                      "--out", f"{name}.h5", *options)
        test.run_well("note", f"{name}.h5", "why=a test")
        look_at_file(fields, name)
    for field in fields:
        test.check(field.seen, f"no run has {field.path}")


def page_has_all(fields):
    groups = {}
    for field in fields:
        group, name = re.fullmatch(r"(/optimizer|/model|/metrics/\w+|/\w+(?=[/@])|)[/]?(.+)", field.path).groups()
        groups.setdefault(group or "/", []).append(name)
    table = read(f"{ROOT}/src/store/README.md").decode().split("| group | holds | |\n", 1)[1]
    table = table.split("\n\n", 1)[0].split("\n")[1:]
    found = {}
    for line in table:
        group, names = line.split("|")[1:3]
        found[group.strip(" `")] = re.findall(r"`([^`]+)`", names)
    test.check(found == groups, f"src/store/README.md has {found}\nnot {groups}")


test = Test(__doc__)
lines = test.run_well("digest", "--fields").out.splitlines()
test.check(lines[0].split("\t") == TITLES, f"--fields: {lines[0]}")
rows = [Field(line) for line in lines[1:]]
test.check(len({row.path for row in rows}) == len(rows), "a path has two rows")
for case in test.chosen([page_has_all]):
    case(rows)
for case in test.chosen([files_hold_the_rows]):
    case(rows)
outcome = test.run("digest", "--fields", "x.h5")
test.check(outcome.status == 2 and "--fields takes no FILE" in outcome.err, outcome.err)
test.finish()
