"""Every command from outside: help, versions, counts, predictions, what a run prints."""

import json
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import time

from harness import IDX_FILES, PATIENT, S6, Test, png, read_idx, subset, write

COMMANDS = ["train", "config", "summary", "explain", "data", "digest", "compare", "watch", "predict"]
N_TEST = 200

# Parameters of s6 without norms, elements of the outputs of its blocks, and what there is with a
# norm; of a norm that is not here no count is published.
N_WEIGHTS = 7384
ELEMENTS = [8 * 26 ** 2, 8 * 24 ** 2, 8 * 22 ** 2, 12 * 81, 14 * 49, 8 * 49, 26 * 25, 50 * 25]
S6_PARAMETERS = {"none": N_WEIGHTS, "layer:w": 7594, "layer:chw": N_WEIGHTS + 2 * sum(ELEMENTS),
                 **dict.fromkeys(["batch", "batch:", "layer", "group:", "group:c/", "instance"], 7652)}


def help_and_version(test):
    whole = test.run_well("--help").out
    test.check(all(f"  {name} " in whole for name in COMMANDS), f"--help names too few: {whole}")
    for name in re.findall(r"(?m)^  ([a-z]+) ", whole):
        for ranks in (0, 2) if name in ("train", "digest") else (0,):
            text = test.run_well(name, "--help", ranks=ranks).out
            test.check(text.count(f"Usage: normlab {name}") == 1, f"{name} --help, {ranks}: {text}")
            test.check("--help" in text, f"{name} --help does not name --help")
    for ranks in (0, 2):
        text = test.run_well("--version", ranks=ranks).out
        for line in (r"normlab \d+\.\d+\.\d+", r"  commit +[0-9a-f]{7,}", r"  compiler +\S+ \d+",
                     r"  mpi +\S.*\d", r"  hdf5 +\d+\.\d+\.\d+",
                     r"  instruction_set +(portable|avx2|avx512)"):
            test.check(len(re.findall(f"(?m)^{line}", text)) == 1, f"{line} is not once in {text}")


def counts(test):
    """Of s6, beside the published sizes of torchsummary."""
    for norm in test.norms():
        text = test.run_well("summary", S6, "--norm", norm).out
        found = re.search(r"(?m)^parameters +([\d,]+)$", text)
        test.check(found is not None, f"{norm}: no parameters in {text}")
        if found:
            n = int(found.group(1).replace(",", ""))
            expected = S6_PARAMETERS.get(norm.rstrip("0123456789"), n)
            test.check(n == expected and n >= N_WEIGHTS, f"{norm}: {n}, not {expected}")
        sizes = re.findall(r"(?m)^[a-z].* ([\d.]+) MB$", text)
        if norm == "batch":
            test.check(sizes == ["0.00", "0.55", "0.03", "0.58"], f"{norm}: {sizes}")
    # What the program takes is measured, and so never twice the same.
    once, twice = (re.sub(r"(?m)^  (program and|rank 0).*\n", "", test.run_well(
        "summary", S6, ranks=ranks).out) for ranks in (0, 2))
    test.check(twice == once, "summary differs under two ranks")


def stored(test, path, kind):
    """Values of a data set of the result file, by h5dump; None without it."""
    if not shutil.which("h5dump"):
        return None
    subprocess.run(["h5dump", "-d", path, "-b", "LE", "-o", "values.bin", "run.h5"], check=True,
                   stdout=subprocess.DEVNULL)
    with open("values.bin", "rb") as file:
        data = file.read()
    return struct.unpack(f"<{len(data) // struct.calcsize(kind)}{kind}", data)


def predicted(text):
    """(class, probability) of each line of predict."""
    return [(int(c), float(p)) for c, p in re.findall(r"(?m)^[^:]+(?::\d+)?:\s+(\d+)\s+([\d.]+)",
                                                      text)]


def predictions(test):
    images = os.path.join("digits", IDX_FILES[2])
    whole = test.run_well("predict", "run.h5", images).out
    found = predicted(whole)
    labels, _ = read_idx(os.path.join("digits", IDX_FILES[3]))
    if not test.check(len(found) == N_TEST, f"{len(found)} predictions: {whole[:200]}"):
        return
    right = sum(label == c for label, (c, _) in zip(labels, found)) / N_TEST
    run = json.loads(test.run_well("compare", "--json", "run.h5").out)["runs"][0]
    test.check(right == run["test_accuracy"], f"{right} right, not {run['test_accuracy']}")
    test.check(run["status"] == "finished" and run["parameters"] == 7652, f"compare: {run}")
    classes = stored(test, "/predictions/prediction", "i")
    if classes is None:
        print("skipped: h5dump is missing: predictions are not compared with the stored ones")
    else:
        test.check(list(classes) == [c for c, _ in found], "predictions are not the stored ones")
        share = stored(test, "/predictions/probability", "f")
        test.check(all(abs(p - max(share[10 * i:10 * i + 10])) <= 5.1e-5
                       for i, (_, p) in enumerate(found)), "probabilities are not the stored ones")
    lines = whole.splitlines()
    ranged = test.run_well("predict", "run.h5", images + ":3-7", images + ":11", ranks=2).out
    test.check(ranged.splitlines() == lines[3:8] + [lines[11]], f"ranges: {ranged}")
    pixels, _ = read_idx(images)
    for i in range(5):
        write("digit.png", png(pixels[784 * i:784 * (i + 1)], 28, 28))
        text = test.run_well("predict", "run.h5", "digit.png").out
        test.check(predicted(text) == [found[i]] and text.startswith("digit.png"),
                   f"digit {i} as a picture: {text}, not {lines[i]}")


def progress_in_a_pipe(test):
    """One plain line an epoch, also under mpirun."""
    for ranks in (0, 2):
        text = test.run_well("train", S6, "--epochs", 3, "--data", "digits", "--out", "plain.h5",
                             "--overwrite", ranks=ranks, TERM="xterm").out
        lines = [line for line in text.splitlines() if line.startswith("epoch ")]
        form = r"epoch \d/3  train loss [\d.]+ accuracy [\d.]+ %  test loss [\d.]+ accuracy"
        test.check(len(lines) == 3 and all(re.match(form, line) for line in lines),
                   f"{ranks} ranks: {lines}")
        test.check("\r" not in text and "\033" not in text, f"{ranks} ranks: control characters")


def on_terminal(test, ranks, terminal="xterm"):
    main, other = pty.openpty()
    command = test.command(["train", S6, "--epochs", "3", "--data", "digits", "--out", "bar.h5",
                            "--overwrite"], ranks, PATIENT)
    run = subprocess.Popen(command, env=test.environment(1, {"TERM": terminal}), stdin=other,
                           stdout=other, stderr=other, start_new_session=True)
    os.close(other)
    text, end = b"", time.monotonic() + PATIENT
    while time.monotonic() < end:
        if not select.select([main], [], [], 0.2)[0]:
            if run.poll() is not None:
                break
            continue
        try:
            piece = os.read(main, 65536)
        except OSError:
            break
        if not piece:
            break
        text += piece
    os.close(main)
    test.check(run.wait(PATIENT) == 0, f"on a terminal, {ranks} ranks: status {run.returncode}")
    return text.decode(errors="replace")


def progress_on_a_terminal(test):
    for ranks in (0, 2):
        text = on_terminal(test, ranks)
        test.check(re.search(r"\r\x1b\[Kepoch 1/3 \[[#.]{6,24}\] loss", text) is not None,
                   f"{ranks} ranks: no bar on a terminal: {text[-300:]!r}")
        test.check(len(re.findall(r"epoch \d/3  train loss", text)) == 3,
                   f"{ranks} ranks: not one line an epoch on a terminal")
    test.check("[K" not in on_terminal(test, 0, "dumb"), "a bar on a dumb terminal")


def names_of_files(test):
    """Default name of the result file; digest and compare on several, also under ranks."""
    for norm, name in (("batch", "batch"), ("group:c/2", "group-c-2")):
        test.run_well("train", S6, "--norm", norm, "--seed", 3, "--epochs", 0, "--data", "digits")
        test.check(os.path.exists(f"results/s6-{name}-epochs0-s3.h5"), f"{norm}: {os.listdir('results')}")
    files = ["run.h5", "results/s6-batch-epochs0-s3.h5"]
    for ranks in (0, 2):
        lines = test.run_well("digest", *files, ranks=ranks).out.splitlines()
        test.check([line.split()[1:] for line in lines] == [[f] for f in files]
                   and all(re.match(r"[0-9a-f]{32}  ", line) for line in lines),
                   f"digest, {ranks} ranks: {lines}")
        runs = json.loads(test.run_well("compare", "--json", *files, ranks=ranks).out)["runs"]
        test.check(len(runs) == 2, f"compare, {ranks} ranks: {runs}")
    text = test.run_well("explain", ranks=2).out
    test.check(text == test.run_well("explain").out, "explain differs under two ranks")


def a_file_to_start_from(test):
    """What `normlab config` prints trains as it is, as the same bytes from any number of ranks."""
    text = test.run_well("config").out
    write("start.yaml", text.encode())
    test.run_well("train", "start.yaml", "--epochs", 1, "--data", "digits", "--out", "start.h5")
    test.check(test.run_well("config", ranks=2).out == text, "config differs under two ranks")
    for key in ("optimizer.lr", "optimizer", "schedule.step", "network.layers.0.kernel"):
        test.check(test.run_well("config", key).out.startswith(f"{key}\n"), f"config {key}")


def any_folder(test):
    """Reading does not depend on what else lies in the working folder."""
    digest = test.run_well("digest", "run.h5").out
    for name in ("normlab", "weights", "run"):
        write(name, b"a file of the user's")
    test.check(test.run_well("digest", "run.h5").out == digest, "digest beside other files")
    test.run_well("train", S6, "--epochs", 0, "--data", "digits", "--init", "run.h5", "--out",
                  "init.h5")


def main():
    test = Test(__doc__)
    if os.environ.get("NORMLAB_DATA"):
        subset(os.environ["NORMLAB_DATA"], "digits", 2000, N_TEST)
    else:
        test.run_well("data", "synthesize", "digits", "--train", 2000, "--test", N_TEST)
    test.run_well("train", S6, "--epochs", 2, "--data", "digits", "--out", "run.h5")
    help_and_version(test)
    counts(test)
    predictions(test)
    names_of_files(test)
    a_file_to_start_from(test)
    any_folder(test)
    progress_in_a_pipe(test)
    progress_on_a_terminal(test)
    test.finish()


main()
