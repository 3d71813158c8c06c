"""What result files hold, read by h5py alone. facts.py PROGRAM FOLDER writes FOLDER/expected.json,
with the digests that PROGRAM computes."""

import glob
import hashlib
import json
import os
import subprocess
import sys

import h5py

METRICS = ["test_accuracy", "test_loss", "train_accuracy", "train_loss"]


def bits(file, group, like):
    """A hash over names, shapes and bytes of the arrays of a group that another file has, too."""
    found = hashlib.sha256()

    def add(name, item):
        if isinstance(item, h5py.Dataset) and f"{group}/{name}" in like:
            texts = item.dtype.kind == "O"
            found.update(f"{name} {item.dtype} {item.shape}".encode()
                         + (b"\n".join(item[()]) if texts else item[()].tobytes()))

    if group in file:
        file[group].visititems(add)
    return found.hexdigest()[:32]


def plain(value):
    return value.decode() if isinstance(value, bytes) else str(value)


def read(path, like=None):
    """What a file holds; of arrays that came after the format of the file LIKE nothing is said."""
    with h5py.File(path) as file, h5py.File(like or path) as older:
        facts = {"status": plain(file.attrs["status"]),
                 "norm": plain(file["config"].attrs["network.norm"]),
                 "seed": plain(file["config"].attrs["seed"]),
                 "evaluated": plain(file["data"].attrs["evaluated"]),
                 "epochs": len(file["metrics/epoch/epoch"])}
        for name in METRICS:
            column = file[f"metrics/epoch/{name}"]
            facts[name] = float(column[-1]) if len(column) else None
        for group in ("model", "optimizer", "metrics", "predictions", "layers"):
            facts[group] = bits(file, group, older)
        return facts


if __name__ == "__main__":
    program, folder = sys.argv[1:]
    expected = {}
    for path in sorted(glob.glob(f"{folder}/*.h5")):
        name = os.path.basename(path)
        digest = subprocess.run([program, "digest", path], check=True, capture_output=True, text=True)
        expected[name] = {**read(path), "digest": digest.stdout.split()[0]}
    with open(f"{folder}/expected.json", "w", encoding="utf-8") as file:
        json.dump(expected, file, indent=1)
        file.write("\n")
