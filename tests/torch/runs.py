"""Data folders and runs of the program, for comparisons with PyTorch; without PyTorch."""
import pathlib
import re
import subprocess

import h5py
import numpy

MEAN, DEVIATION = 0.35, 0.31


def write_idx(path, items):
    header = bytes([0, 0, 8, items.ndim]) + b"".join(s.to_bytes(4, "big") for s in items.shape)
    path.write_bytes(header + items.tobytes())


def write_data(folder, train, test):
    """Pixels [n][c][h][w] and labels [n] of both sets: as MNIST has them, or as CIFAR-10."""
    folder = pathlib.Path(folder)
    folder.mkdir(exist_ok=True)
    names = {"train": (train, "data_batch_1.bin"), "t10k": (test, "test_batch.bin")}
    for name, ((pixels, labels), cifar_name) in names.items():
        if pixels.shape[1] == 1:
            write_idx(folder / f"{name}-images-idx3-ubyte", pixels[:, 0])
            write_idx(folder / f"{name}-labels-idx1-ubyte", labels)
        else:
            assert pixels.shape[1:] == (3, 32, 32), pixels.shape
            records = numpy.concatenate([labels[:, None], pixels.reshape(len(pixels), -1)], 1)
            (folder / cifar_name).write_bytes(records.astype(numpy.uint8).tobytes())


def network_inputs(pixels, mean=MEAN, deviation=DEVIATION):
    """As the program sees them: single precision numbers."""
    table = ((numpy.arange(256) / 255 - mean) / deviation).astype(numpy.float32)
    return table[pixels].astype(numpy.float64)


def specs(program, samples):
    """Each form of each norm that the program has; batch norms of groups get so many samples."""
    table = subprocess.run([program, "explain", "--list"], stdout=subprocess.PIPE, text=True,
                           check=True).stdout
    forms = re.findall(r"(?m)^\| `([^`]+)` \|", table)[1:]
    return [form.replace("N", str(samples) if form == "batch:N" else "2") for form in forms]


def fits(spec, layers):
    """group:c/N needs channels that N divides."""
    widths = [layer["channels"] for layer in layers if layer["type"] == "block"]
    return not spec.startswith("group:c/") or all(w % int(spec[8:]) == 0 for w in widths)


def train(program, config, spec, data, out, channels, *settings, options=(), mean=MEAN,
          deviation=DEVIATION):
    """The result of a run without dropout, on the samples in their order."""
    command = [program, "train", config, "--norm", spec, "--data", data, "--out", out,
               "--overwrite", *options]
    defaults = ["network.dropout=0", "augment={rotation: 0}", "data.shuffle=false",
                f"data.mean={[mean] * channels}",
                f"data.deviation={[deviation] * channels}", "schedule={type: constant}"]
    for setting in [*defaults, *settings]:
        command += ["--set", setting]
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=120,
                          check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{config} {spec}: exit status {done.returncode}: {done.stderr}")
    return h5py.File(out, "r")
