"""train --check refuses what train refuses at its start, with the same status and message, and makes
nothing; so do study list and summary where it is theirs to know. It says how much memory a run
takes, and how long."""

import fcntl
import os
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

from harness import IDX_FILES, PATIENT, S6, Test, errors, idx, read, read_idx, write

USAGE, FILE, DATA = 2, 3, 4
LINEAR = "{type: linear, channels: 10}"
ONE_PIXEL = "{type: block, channels: 12, norm: none}, {type: global-avg-pool}, "
# Layers, norm, options; where the message says it is, and what.
NETWORKS = [
    ("{type: block, channels: 24}, {type: block, channels: 20, padding: 1, skip: true}, " + LINEAR,
     "batch", [], "network.layers.1", "24"),
    ("{type: block, channels: 12}, " + LINEAR, "group:c/5", [], "network.layers.0", "12 channels"),
    ("{type: conv, channels: 10, kernel: 29}", "none", [], "network.layers.0", "29"),
    ("{type: conv, channels: 10}", "none", [], "network.layers.0", "10 x 26 x 26"),
    ("{type: linear, channels: 9}", "none", [], "network.layers.0", "9 outputs"),
    (ONE_PIXEL + "{type: norm}, " + LINEAR, "instance", [], "network.layers.2", "one element"),
    (ONE_PIXEL + "{type: norm}, " + LINEAR, "layer:w", [], "network.layers.2", "one element"),
    (ONE_PIXEL + "{type: norm}, " + LINEAR, "group:c/1", [], "network.layers.2", "12 x 1 x 1"),
    (ONE_PIXEL + "{type: norm}, " + LINEAR, "group:12", [], "network.layers.2", "one element"),
    (ONE_PIXEL + "{type: norm}, " + LINEAR, "batch:1", [], "network.layers.2", "one element"),
    (ONE_PIXEL + "{type: norm}, " + LINEAR, "batch", ["--batch", 1], "network.layers.2", "1 sample"),
    (ONE_PIXEL + "{type: norm}, " + LINEAR, "batch", ["--batch", 199], "network.layers.2",
     "1 of 200 training images"),
    (ONE_PIXEL + "{type: norm}, " + LINEAR, "batch:32",
     ["--batch", 66, "--set", "data.validation=1"], "network.layers.2", "1 of 199 training images"),
    ("{type: conv, channels: 1, kernel: 28}, {type: norm}, " + LINEAR, "layer", [],
     "network.layers.1", "1 x 1 x 1"),
]
GOOD = [  # the same networks where there is something to take statistics of
    (ONE_PIXEL + "{type: norm}, " + LINEAR, "batch", ["--batch", 100]),
    (ONE_PIXEL + "{type: norm}, " + LINEAR, "layer", ["--batch", 199]),
    (ONE_PIXEL + "{type: norm}, " + LINEAR, "group:6", ["--batch", 1]),
]


def network(path, layers, norm):
    return write(path, f"network:\n  norm: '{norm}'\n  layers: [{layers}]\n")


def snapshot():
    """Every file and folder below, with what would change if it were written."""
    found = {}
    for folder, _, names in os.walk("."):
        for path in [folder] + [os.path.join(folder, name) for name in names]:
            info = os.lstat(path)
            found[path] = (info.st_size, info.st_mtime_ns, info.st_ino)
    return found


def last_error(outcome):
    """Temporaries are called by the number of the process."""
    lines = errors(outcome.err)
    return re.sub(r"\.\d+:", ".N:", lines[-1]) if len(lines) == 1 else f"{lines}"


def rows():
    """(status, words of the message, arguments, environment)"""
    good = ["--data", "good"]
    s6 = ["s6.yaml"] + good
    yield FILE, ["none.yaml"], ["none.yaml"] + good, {}
    write("unknown.yaml", "network: {layers: [{type: relu}]}\nx: 1\n")
    yield USAGE, ["unknown.yaml:2: x"], ["unknown.yaml"] + good, {}
    yield USAGE, ["optimizer.lr"], s6 + ["--set", "optimizer.lr=-1"], {}
    yield USAGE, ["--norm", "batchnorm"], s6 + ["--norm", "batchnorm"], {}
    for i, (layers, norm, options, place, words) in enumerate(NETWORKS):
        path = network(f"net-{i}.yaml", layers, norm)
        yield USAGE, [f"{path}:3: {place} ", words], [path] + good + options, {}
    yield USAGE, ["--data"], ["s6.yaml"], {}
    yield FILE, ["nowhere"], ["s6.yaml", "--data", "nowhere"], {}
    yield FILE, ["nowhere"], ["s6.yaml"], {"NORMLAB_DATA": "nowhere"}
    os.mkdir("empty")
    yield FILE, ["empty"], ["s6.yaml", "--data", "empty"], {}
    shutil.copytree("good", "short")
    write(os.path.join("short", IDX_FILES[2]), read(os.path.join("good", IDX_FILES[2]))[:-9])
    yield DATA, ["short", IDX_FILES[2]], ["s6.yaml", "--data", "short"], {}
    shutil.copytree("good", "eleven")
    labels, sizes = read_idx(os.path.join("good", IDX_FILES[1]))
    write(os.path.join("eleven", IDX_FILES[1]), idx(labels[:-1] + b"\x0a", *sizes))
    yield USAGE, ["network.layers", "11 classes"], ["s6.yaml", "--data", "eleven"], {}
    yield DATA, ["--data-hash 123"], s6 + ["--data-hash", "123"], {}
    yield USAGE, ["data.validation"], s6 + ["--set", "data.validation=200"], {}
    yield USAGE, ["data.mean"], s6 + ["--set", "data.mean=[0,0]", "--set", "data.deviation=[1,1]"], {}
    yield USAGE, ["augment.crop"], s6 + ["--set", "augment.crop=28"], {}
    write("text.h5", "no weights\n")
    yield FILE, ["none.h5"], s6 + ["--init", "none.h5"], {}
    yield DATA, ["text.h5"], s6 + ["--init", "text.h5"], {}
    yield DATA, ["run.h5", "layers"], s6 + ["--init", "run.h5", "--set", "network.layers.0.channels=4"], {}
    yield FILE, ["s6.yaml/a.h5"], s6 + ["--out", "s6.yaml/a.h5"], {}
    yield FILE, ["s6.yaml/below: the folder cannot be made"], s6 + ["--out", "s6.yaml/below/a.h5"], {}
    os.symlink("to-nowhere", "link")
    yield FILE, ["link/below"], s6 + ["--out", "link/below/a.h5"], {}
    yield FILE, ["good"], s6 + ["--out", "good", "--overwrite"], {}
    yield FILE, ["x" * 200], s6 + ["--out", "x" * 249 + ".h5"], {}
    yield FILE, ["x" * 200], s6 + ["--out", "x" * 240 + ".h5"], {}
    yield FILE, ["x" * 200], s6 + ["--out", "new/" + "x" * 253 + ".h5"], {}
    for name in ("there.h5", "rate.h5", "data.h5", "busy.h5"):  # one each: they are tried at once
        shutil.copy("run.h5", name)
    yield FILE, ["there.h5 exists"], s6 + ["--epochs", 1, "--out", "there.h5"], {}
    run = s6 + ["--epochs", 1, "--resume", "--out"]
    yield USAGE, ["rate.h5", "optimizer.lr"], run + ["rate.h5", "--set", "optimizer.lr=0.2"], {}
    yield USAGE, ["data.h5", "other data"], run + ["data.h5", "--data", "other"], {}
    write("half.h5", read("run.h5")[:3000])
    yield DATA, ["half.h5"], run + ["half.h5"], {}
    yield FILE, ["another run is writing it"], run + ["busy.h5"], {}
    yield FILE, ["another run is writing it"], s6 + ["--out", "busy.h5", "--overwrite"], {}
    yield FILE, ["--trace", "nowhere"], s6 + ["--trace", "nowhere/t.json", "--out", "a.h5"], {}
    yield USAGE, ["--trace", "a.h5"], s6 + ["--trace", "a.h5", "--out", "a.h5"], {}
    yield USAGE, ["--resume"], s6 + ["--resume", "--overwrite"], {}
    if os.geteuid() != 0:
        os.mkdir("closed", 0o555)
        yield FILE, ["closed"], s6 + ["--out", "closed/a.h5"], {}
        yield FILE, ["closed"], s6 + ["--out", "closed/new/a.h5"], {}


def same_as_train(test):
    table = list(rows())
    test.check(len(table) >= 45, f"{len(table)} rows")
    lock = open("busy.h5.lock", "w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    before = snapshot()

    def run(numbered_row, *more):
        i, (_, _, arguments, environment) = numbered_row
        # Open MPI's runs share a folder, and one that ends may take it from one that starts.
        return test.run("train", *arguments, *more, **environment,
                        OMPI_MCA_orte_tmpdir_base=os.path.join(test.folder, "mpi", str(i)))

    for i in range(len(table)):
        os.mkdir(os.path.join(test.folder, "mpi", str(i)))
    with ThreadPoolExecutor(2) as pool:
        checks = list(pool.map(lambda row: run(row, "--check"), enumerate(table)))
        changed = set(before.items()) ^ set(snapshot().items())
        starts = list(pool.map(run, enumerate(table)))
    # A trace is tried by a file that is removed again.
    test.check(not [path for path, _ in changed if path != "."], f"--check changed {changed}")
    for (status, words, arguments, _), (started, checked) in zip(table, zip(starts, checks)):
        what = " ".join(str(a)[:60] for a in arguments)
        test.check(started.status == checked.status == status,
                   f"{what}: status {started.status}, in --check {checked.status}, not {status}\n"
                   + started.err[-600:] + checked.err[-600:])
        message = last_error(checked)
        test.check(message == last_error(started),
                   f"{what}: train says {last_error(started)}, --check {message}")
        for word in words:
            test.check(word in message, f"{what}: {word!r} is not in {message}")
    lock.close()
    os.unlink("busy.h5.lock")


def others(test):
    """summary, bench and study list."""
    for i, (layers, norm, options, place, words) in enumerate(NETWORKS[5:13]):
        path = network("other.yaml", layers, norm)
        outcome = test.run("summary", path, "--data", "good", *options)
        test.check(outcome.status == USAGE and place in last_error(outcome)
                   and words in last_error(outcome), f"summary {norm} {options}: {outcome}")
    outcome = test.run("bench", network("other.yaml", *NETWORKS[5][:2]))
    test.check(outcome.status == USAGE and "one element" in last_error(outcome), f"bench: {outcome}")
    for layers, norm, options, place, words in (NETWORKS[i] for i in (0, 1, 4, 7, 11, 12)):
        network("other.yaml", layers, "none" if norm != "none" else norm)
        changes = [word for word in options if word != "--set"]
        batch = f", batch: {changes[1]}" if "--batch" in options else ""
        held = ", data.validation: 1" if "--set" in options else ""
        write("study.yaml", "base: other.yaml\nset: {epochs: 1" + batch + held + "}\n"
              f"variants: [{{name: fine, norm: none, set: {{optimizer.lr: 0.1}}}}, "
              f"{{name: bad, norm: '{norm}'}}]\naxes: {{seed: 1..2}}\n")
        outcome = test.run("study", "study.yaml", "list", "--data", "good")
        run = "bad-s1, bad: " if norm != "none" and "skip" not in layers else "fine-s1, fine: "
        test.check(outcome.status == USAGE and run in last_error(outcome)
                   and place in last_error(outcome) and words in last_error(outcome),
                   f"study list {norm} {options}: {outcome}")
        test.check("bad" not in outcome.out, f"study list prints: {outcome.out}")
    write("values.txt", "2 4 1 1\n1 2 3 4 5 6 7 8\n")
    refused = test.run("explain", "--norm", "instance", "--values", "values.txt")
    test.check(refused.status == USAGE and "one element" in refused.err, f"explain: {refused}")
    test.run_well("explain", "--values", "values.txt")


def good(test):
    """A check that finds nothing makes nothing; the configuration printed is the same network."""
    before = snapshot()
    for i, (layers, norm, options) in enumerate(GOOD):
        path = network(f"good-{i}.yaml", layers, norm)
        before = snapshot()
        text = test.run_well("train", path, "--data", "good", *options, "--check").out
        test.check(snapshot() == before, "train --check makes or changes something")
    write("resolved.yaml", test.run_well("train", path, "--data", "good", *options,
                                         "--print-config").out)
    again = test.run_well("train", "resolved.yaml", "--data", "good", "--check", "--measure", 2,
                          "--out", "results/good-2-group-6-batch1-s1.h5").out
    tables = [[line for line in out.splitlines()[2:] if line and line[0] != "#"]
              for out in (text, again)]
    test.check(len(tables[0]) == 6 and tables[0] == tables[1], f"{text}\nread again:\n{again}")
    test.check(re.search(r"# time, from 2 steps of 1 rank x 1 thread: \d.* ms a step, \d.* s an "
                         r"epoch, .* for 15 epochs", again) is not None, f"--measure: {again}")
    test.check("mpirun -n 1" in again and "--check" not in again, f"the command to start: {again}")
    for arguments in (["--resume", "--out", "run.h5", "--epochs", 1], ["--init", "run.h5"],
                      ["--overwrite", "--out", "run.h5"], ["--out", "new/folder/a.h5"]):
        before = snapshot()
        test.run_well("train", "s6.yaml", "--data", "good", *arguments, "--check")
        test.check(snapshot() == before, f"train --check {arguments} makes or changes something")
    test.check(test.run("train", "s6.yaml", "--measure", 2).status == USAGE, "--measure alone")


def peak(test, *arguments):
    """(MB of the largest process, standard output)"""
    process = subprocess.Popen(test.command(arguments, 0, PATIENT), env=test.environment(1),
                               stdin=subprocess.DEVNULL, stdout=open("peak.out", "wb"),
                               stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss * 1024e-6, read("peak.out").decode()


def memory(test):
    """What is foretold of rank 0: a tenth is left for MPI's buffers, stacks, and what malloc keeps."""
    for arguments in (["s6.yaml", "--batch", 512, "--threads", 2, "--norm", "batch"],
                      ["wide.yaml", "--norm", "layer"]):
        run = ["train", *arguments, "--data", "good", "--epochs", 1]
        _, text = peak(test, *run, "--check")
        found = re.search(r"(?m)^# +rank 0 +([\d.]+) to ([\d.]+)$", text)
        test.check(found is not None, f"no memory in {text}")
        if not found:
            continue
        least, most = float(found.group(1)), float(found.group(2))
        real, _ = peak(test, *run)
        test.check(0.9 * real <= most and least <= 1.1 * real,
                   f"{arguments}: {real} MB, foretold {least} to {most}")
        _, text = peak(test, "summary", *arguments, "--data", "good", "--epochs", 1)
        found = re.search(r"(?m)^ +rank 0 +([\d.]+) to ([\d.]+)$", text)
        test.check(found is not None and float(found.group(1)) <= 1.1 * real
                   and 0.9 * real <= float(found.group(2)), f"summary {arguments}: {text}")


def main():
    test = Test(__doc__)
    shutil.copy(S6, "s6.yaml")
    shutil.copy(S6.replace("s6.yaml", "wide.yaml"), "wide.yaml")
    test.run_well("data", "synthesize", "good", "--train", 200, "--test", 200)
    test.run_well("data", "synthesize", "other", "--train", 200, "--test", 200, "--seed", 2)
    test.run_well("train", "s6.yaml", "--epochs", 1, "--data", "good", "--out", "run.h5")
    for case in test.chosen([same_as_train, others, good, memory]):
        case(test)
    test.finish()


main()
