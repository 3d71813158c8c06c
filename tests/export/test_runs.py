"""normlab export --csv and --tensorboard: every epoch and step of every run, as h5py reads them.

Exit status: 0 passed, 1 failed, 77 skipped.
"""

import csv
import glob
import os
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "program"))
try:
    import h5py
    import numpy
    from protobuf import fields
except (ImportError, OSError) as error:
    print(f"skipped: {error}")
    sys.exit(77)
from harness import Test, errors, litter, read, table_rows, write  # noqa: E402

try:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
except ImportError:
    EventAccumulator = None

FOLDER = os.path.join(HERE, "..", "golden", "format-4")
GROUPS = {"epoch": ("metrics/epoch", "timing"), "step": ("metrics/step",)}


def series_of(file):
    """{(unit, quantity): (numbers, values)}"""
    found = {}
    with h5py.File(file) as f:
        for unit, groups in GROUPS.items():
            for group in groups:
                for name, values in f[group].items():
                    if name != unit:
                        found[unit, name] = (f[group][unit][()], values[()])
    return found


def same(a, b):
    return numpy.array_equal(numpy.asarray(a, float), numpy.asarray(b, float), equal_nan=True)


def check_csv(test, files):
    test.run_well("export", *files, "--csv", "all.csv")
    with open("all.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    of = {}
    for row in rows:
        of.setdefault(row["file"], []).append(row)
    names = {row["file"]: row for row in table_rows(test.run("compare", *files, "--csv-runs").out)}
    test.check(set(of) <= set(files) and len(of) > 3, f"{set(of)}")
    for file in files:
        wanted, found = series_of(file), {}
        for row in of.get(file, []):
            numbers, values = found.setdefault((row["unit"], row["quantity"]), ([], []))
            numbers.append(int(row["number"]))
            values.append(float(row["value"] or "nan"))
            test.check(all(row[key] == names[file][key] for key in (
                "variant", "norm", "seed", "status")), f"{row} {names[file]}")
        wanted = {key: value for key, value in wanted.items() if len(value[0])}
        test.check(set(found) == set(wanted), f"{file}: {set(found) ^ set(wanted)}")
        for key, (numbers, values) in found.items():
            test.check(
    same(
        numbers,
        wanted[key][0]) and same(
            values,
            wanted[key][1]),
             f"{file} {key}")


def crc32c(data, table=[]):
    if not table:
        for byte in range(256):
            for _ in range(8):
                byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
            table.append(byte)
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ table[(crc ^ byte) & 255]
    return crc ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def events_of(test, path):
    """The events of a file, its check sums tried."""
    data, at, found = read(path), 0, []
    while at < len(data):
        length, check = struct.unpack_from("<QI", data, at)
        event = data[at + 12:at + 12 + length]
        after, = struct.unpack_from("<I", data, at + 12 + length)
        test.check(check == masked(data[at:at + 8]) and after == masked(event), f"{path}: at {at}")
        found.append(fields(event))
        at += length + 16
    return found


def check_tensorboard(test, files):
    test.run_well("export", *files, "--tensorboard", "tb")
    for file in files:
        name = os.path.basename(file)[:-3]
        path, = glob.glob(f"tb/{name}/*")
        first, *events = events_of(test, path)
        test.check(os.path.basename(path).startswith("events.out.tfevents.")
                   and first[3] == [b"brain.Event:2"] and first[1][0] > 1.7e9, f"{first}")
        scalars = {}
        for event in events:
            value = fields(fields(event[5][0])[1][0])
            scalars.setdefault(value[1][0].decode(), []).append((event[2][0], value[2][0]))
        wanted, n = series_of(file), {unit: 1 for unit in GROUPS}
        if len(wanted["epoch", "test_loss"][0]):
            n["epoch"] = len(wanted["step", "loss"][0]) // len(wanted["epoch", "test_loss"][0])
        wanted = {f"{unit}/{quantity}": [(k * n[unit], numpy.float32(v)) for k, v in zip(*value)
                                         if not numpy.isnan(v)]
                  for (unit, quantity), value in wanted.items()}
        wanted = {tag: values for tag, values in wanted.items() if values}
        test.check(scalars == wanted, f"{file}: {set(scalars) ^ set(wanted)}")
        if EventAccumulator and wanted:
            reader = EventAccumulator(f"tb/{name}", size_guidance={"scalars": 0})
            reader.Reload()
            seen = {tag: [(e.step, numpy.float32(e.value)) for e in reader.Scalars(tag)]
                    for tag in reader.Tags()["scalars"]}
            test.check(seen == wanted, f"{file}: TensorBoard: {set(seen) ^ set(wanted)}")


def check_refused(test, files):
    write("kept.csv", "kept")
    write("bad.h5", read(files[0])[:3000])
    for status, words, arguments in (
    (2, "kept.csv is there already", [
        files[0], "--csv", "kept.csv"]), (2, "tb is there already", [
            files[0], "--tensorboard", "tb"]), (4, "bad.h5", [
                files[0], "bad.h5", "--csv", "new.csv"]), (3, "none.h5", [
                    "none.h5", "--csv", "new.csv"])):
        outcome = test.run("export", *arguments)
        test.check(outcome.status == status and len(errors(outcome.err)) == 1
                   and words in outcome.err and not os.path.exists("new.csv")
                   and read("kept.csv") == b"kept" and not litter(),
                   f"{arguments}: {outcome.status} {outcome.err}")
    test.run_well("export", files[0], "--csv", "kept.csv", "--tensorboard", "tb", "--overwrite")
    test.check(read("kept.csv").startswith(b"file,"), "--overwrite")


def main():
    test = Test(__doc__)
    files = [f"{FOLDER}/{name}.h5" for name in ("batch-s1",
                                                "batch-s2",
                                                "groupc2",
                                                "diverged",
                                                "stopped",
                                                "mixed-adam")]
    check_csv(test, files)
    check_tensorboard(test, files)
    check_refused(test, files)
    test.finish()


if __name__ == "__main__":
    main()
