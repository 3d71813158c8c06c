"""Result files made with h5py, for tests of the comparison."""

import ctypes
import ctypes.util

import h5py
import numpy

HEADER_BYTES = 512
XXHASH = ctypes.CDLL(ctypes.util.find_library("xxhash") or "libxxhash.so.0")
XXHASH.XXH3_64bits.restype = ctypes.c_uint64
XXHASH.XXH3_64bits.argtypes = [ctypes.c_char_p, ctypes.c_size_t]


def xxh3(data):
    return XXHASH.XXH3_64bits(data, len(data))


def seal(path):
    """Writes the header of a result file into the user block."""
    with open(path, "rb") as file:
        body = file.read()[HEADER_BYTES:]
    text = ("normlab result file, format 1\n"
            "HDF5 begins at byte 512: h5dump, h5py and other readers open this file as it is.\n"
            f"length {len(body)}\nXXH3 {xxh3(body):016x}\nattempt 1\n").encode()
    check = b"\nXXH3 of header "
    text = text.ljust(HEADER_BYTES - 17 - len(check)) + check
    text += f"{xxh3(text):016x}\n".encode()
    with open(path, "r+b") as file:
        file.write(text)


def put(file, path, values, dtype):
    dataset = file.create_dataset(path, data=numpy.asarray(values, dtype=dtype))
    dataset.attrs["description"] = numpy.bytes_("test")
    dataset.attrs["units"] = numpy.bytes_("1")


def text(value):
    return numpy.bytes_(str(value))


def write_result(path, norm="batch", seed=1, accuracy=(0.9, 0.98), loss=(0.3, 0.1), right=None,
                 labels=None, status="finished", seconds=2.0, config=None, data="MNIST",
                 data_hash="0123456789abcdef", parameters=7652, name="s6", planned=None,
                 evaluated=None, omit=(), arrays=None, attributes_too=None, texts=None):
    """right: per test image whether it is classified right; omit: paths and attributes that are
    left out, such as "/predictions/label" or "/config@seed"; arrays: more, or others in place of these,
    {path: values of float64, or (values, type)}; attributes_too: {group: {name: bytes or number}};
    texts: {path: text}."""
    n = len(accuracy)
    attributes = {"/": {"format": text("normlab result"), "format_version": 1,
                        "status": text(status)},
                  "/config": {"name": text(name), "seed": text(seed), "network.norm": text(norm),
                              "training.epochs": text(n if planned is None else planned),
                              **{k: text(v) for k, v in (config or {}).items()}},
                  "/data": {"title": text(data), "hash": text(data_hash),
                            "test_images": 0 if right is None else len(right)},
                  "/environment": {"processor": text("P"), "ranks": 1, "threads": 2},
                  "/model": {"parameters": parameters}}
    more = {key: values if isinstance(values, tuple) else (values, "f8")
            for key, values in (arrays or {}).items()}
    arrays = {"/metrics/epoch/test_accuracy": (accuracy, "f8"),
              "/metrics/epoch/test_loss": (loss, "f8"),
              "/metrics/epoch/train_accuracy": (accuracy, "f8"),
              "/metrics/epoch/train_loss": (loss, "f8"),
              "/timing/images_per_second": ([1000.0] * n, "f8"),
              "/timing/epoch_seconds": ([seconds] * n, "f8")}
    if evaluated is not None:
        attributes["/data"].update(evaluated=text(evaluated[0]), evaluated_hash=text(evaluated[1]))
    if right is not None:
        right = numpy.asarray(right, dtype=bool)
        labels = numpy.arange(len(right)) % 10 if labels is None else numpy.asarray(labels)
        arrays["/predictions/label"] = (labels, "i4")
        arrays["/predictions/prediction"] = (numpy.where(right, labels, (labels + 1) % 10), "i4")
    arrays.update(more)
    for group, values in (attributes_too or {}).items():
        attributes[group].update(values)
    with h5py.File(path, "w", userblock_size=HEADER_BYTES, track_order=True) as file:
        for group, values in attributes.items():
            place = file if group == "/" else file.create_group(group, track_order=True)
            for key, value in values.items():
                if f"{group}@{key}" not in omit:
                    place.attrs[key] = value if isinstance(value, bytes) else numpy.int64(value)
        for group in ("/metrics", "/metrics/epoch", "/metrics/step", "/timing", "/predictions",
                      "/layers", "/probes"):
            file.create_group(group, track_order=True)
        for key, (values, dtype) in arrays.items():
            if key not in omit:
                put(file, key, values, dtype)
        for key, value in (texts or {}).items():
            put(file, key, text(value), None)
    seal(path)
    return path
