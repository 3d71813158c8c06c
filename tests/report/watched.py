"""Result files of runs to be watched, made with h5py, and normlab watch on them."""

import os
import re

import results

USAGE, FILE, DATA, NUMBERS, STALLED, STOPPED = 2, 3, 4, 5, 7, 75
QUICK = ["--interval", "0.1"]
ASCII = {"LC_ALL": "C"}
UNICODE = {"LC_ALL": "C.UTF-8"}
BRAILLE = re.compile("[\u2801-\u28ff]")


def put(path, epochs, status="running", planned=10, seconds=30.0, **more):
    """Replaces a file as a run does: as a whole."""
    accuracy = [0.5 + 0.04 * i for i in range(epochs)]
    arrays = {"/metrics/epoch/learning_rate": [0.05 / (i + 1) for i in range(epochs)],
              "/metrics/epoch/train_loss": [2 / (i + 1) for i in range(epochs)],
              "/metrics/epoch/train_accuracy": [0.4 + 0.04 * i for i in range(epochs)],
              **more.pop("arrays", {})}
    loss = [1 / (i + 1) for i in range(epochs)]
    results.write_result(path + ".new", accuracy=accuracy, loss=loss, status=status,
                         planned=planned, seconds=seconds, arrays=arrays, **more)
    os.replace(path + ".new", path)
    return path


def once(test, *arguments, **environment):
    return test.run("watch", "--once", *arguments, **{**ASCII, **environment})
