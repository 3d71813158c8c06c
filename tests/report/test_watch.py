"""normlab watch: on result files made with h5py, as text.

Exit status: 0 passed, 1 failed, 77 skipped.
"""

import math
import os
import re
import signal
import subprocess
import sys
import time

try:
    import results
    from watched import (ASCII, BRAILLE, DATA, FILE, NUMBERS, QUICK, STALLED, STOPPED, UNICODE,
                         USAGE, once, put)
except (ImportError, OSError) as error:
    print(f"skipped: {error}")
    sys.exit(77)

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "program"))
from harness import PATIENT, Test, errors, litter, read, write  # noqa: E402


def numbers_are_those_of_the_file(test):
    put("run.h5", 4, arrays={"/timing/evaluate_maximum": [8.0] * 4,
                             "/timing/write_maximum": [2.0] * 4})
    os.utime("run.h5", (time.time() - 10, time.time() - 10))
    outcome = once(test, "run.h5")
    for line in ("running  run.h5", "s6, norm batch, seed 1, MNIST", "40 %",
                 "train loss 0.5000 accuracy 52.00 %", "test loss 0.2500 accuracy 62.00 %",
                 "learning rate 0.0125, 1000 images/s"):
        test.check(line in outcome.out, f"{line} is not in\n{outcome.out}")
    test.check(outcome.status == 0 and not outcome.err, f"{outcome.status} {outcome.err}")
    # 6 epochs of 30 + 8 + 2 seconds, 10 of which are over.
    found = re.search(r"(\d) min (\d\d) s left, ends about (.*)", outcome.out)
    left = 60 * int(found[1]) + int(found[2]) if found else -1
    test.check(225 <= left <= 230, f"time left: {left}\n{outcome.out}")
    ends = {time.strftime(form, time.localtime(time.time() + left + more))
            for form in ("%H:%M", "%Y-%m-%d %H:%M") for more in (-5, 5)}
    test.check(found and found[3] in ends, f"end: {found and found[3]}, not {ends}")
    put("run.h5", 4, evaluated=("validation", "0"))
    outcome = once(test, "run.h5")
    test.check("validation loss 0.2500 accuracy 62.00 %" in outcome.out
               and "test " not in outcome.out, outcome.out)


def part_of_an_epoch_counts(test):
    """Two and a half of ten epochs: a checkpoint inside an epoch."""
    path = put("part.h5", 2, config={"training.batch": 10},
               arrays={"/metrics/step/loss": [1.0] * 25})
    with results.h5py.File(path, "r+") as file:
        file["data"].attrs["train_images"] = results.numpy.int64(95)
    results.seal(path)
    outcome = once(test, path)
    test.check("epoch 2 of 10  [######" in outcome.out and " 25 %" in outcome.out
               and "3 min 4" in outcome.out, outcome.out)


def states_have_their_status(test):
    put("good.h5", 10, "finished")
    put("diverged.h5", 3, "diverged")
    put("stopped.h5", 3, "stopped")
    put("lies.h5", 3, "finished")
    put("odd.h5", 10, "sleeping")
    damaged = bytearray(read("good.h5"))
    damaged[2000] ^= 1
    write("damaged.h5", bytes(damaged))
    write("cut.h5", read("good.h5")[:3000])
    write("text.h5", "no result")
    os.mkdir("empty")
    silent = put("silent.h5", 3)
    os.utime(silent, (time.time() - 3600,) * 2)
    put("slow.h5", 3, seconds=3000.0)
    os.utime("slow.h5", (time.time() - 3600,) * 2)
    put("new.h5", 0)
    os.utime("new.h5", (time.time() - 3600,) * 2)
    for path, status, text in (
            ("good.h5", 0, "finished"), ("diverged.h5", NUMBERS, "diverged after 3 of 10 epochs"),
            ("stopped.h5", STOPPED, "--resume"), ("missing.h5", FILE, "no such file yet"),
            ("lies.h5", DATA, "3 of 10 epochs are done"), ("odd.h5", DATA, "its status"),
            ("damaged.h5", DATA, "damaged"), ("cut.h5", DATA, "truncated"),
            ("text.h5", DATA, "not a result file"), ("empty", FILE, "no result file"),
            ("silent.h5", STALLED, "no update for 1 h 00 min"), ("slow.h5", 0, "running"),
            ("new.h5", 0, "running"), ("nowhere/run.h5", FILE, "no such file yet"),
            ("good.h5/run.h5", FILE, "no such file yet")):
        outcome = once(test, path, COLUMNS="200")
        test.check(outcome.status == status and text in outcome.out + outcome.err
                   and len(errors(outcome.err)) == (status != 0),
                   f"{path}: {outcome.status}\n{outcome.out}{outcome.err}")
    outcome = once(test, "good.h5", "stopped.h5", "diverged.h5")
    test.check(outcome.status == STOPPED and len(errors(outcome.err)) == 1
               and "3 runs: 1 finished, 1 diverged, 1 stopped" in outcome.out,
               f"{outcome.status}\n{outcome.out}{outcome.err}")
    for paths, status in ((["good.h5"], 0), (["good.h5", "stopped.h5"], STOPPED),
                          (["diverged.h5"], NUMBERS)):
        outcome = test.run("watch", *paths, *QUICK)
        test.check(outcome.status == status, f"{paths}: {outcome.status} {outcome.err}")


def refuses(test):
    for value in ("0", "-1", "nan", "inf", "1e1", "0x1", " 1", "", "2s", "0.01", "3601"):
        outcome = test.run("watch", "good.h5", "--interval", value)
        test.check(outcome.status == USAGE and "0.1 to 3600" in outcome.err,
                   f"--interval {value}: {outcome.status} {outcome.err}")
    for arguments in ([], [""], ["--once", "--stay", "a"], ["--often", "a"]):
        outcome = test.run("watch", *arguments)
        test.check(outcome.status == USAGE and len(errors(outcome.err)) == 1,
                   f"{arguments}: {outcome.status} {outcome.err}")


def chart_rows(text, title):
    """Cells of a chart that is alone in its lines, by row."""
    lines = text.split("\n")
    first = next(i for i, line in enumerate(lines) if line.startswith(title)) + 1
    rows = []
    while " |" in lines[first] or " \u2502" in lines[first]:
        rows.append(re.split(r" [|\u2502]", lines[first], maxsplit=1)[1])
        first += 1
    return rows


def curves_are_in_their_place(test):
    """A straight rise from the lower left to the upper right, a loss that falls by equal shares."""
    n = 30
    put("rise.h5", n, planned=n + 1, arrays={
        "/metrics/epoch/test_accuracy": [i / 100 for i in range(n)],
        "/metrics/epoch/test_loss": [2.0 ** -i for i in range(n)],
        "/metrics/epoch/train_loss": [2.0 ** -(n - 1)] * n})
    text = once(test, "rise.h5", COLUMNS="39").out
    rows = chart_rows(text, "test accuracy")
    columns = 30
    good = len(rows) == 8 and all(len(row) <= columns for row in rows)
    for x in range(columns):
        row = 7 - round(7 * x / (columns - 1))
        good = good and rows[row][x:x + 1] == "*"
    test.check(good, text)
    loss = chart_rows(text, "loss, log scale")
    good = len(loss) == 8
    for x in range(columns):
        row = round(7 * x / (columns - 1))
        good = good and loss[row][x:x + 1] == "*"
    test.check(good and "." in loss[7], text)
    braille = once(test, "rise.h5", COLUMNS="39", **UNICODE).out
    rows = chart_rows(braille, "test accuracy")
    dots = [0] * 60
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            bits = ord(cell) - 0x2800 if BRAILLE.match(cell) else 0
            for k in range(2):
                for r, bit in enumerate(((1, 2, 4, 64), (8, 16, 32, 128))[k]):
                    if bits & bit:
                        dots[2 * x + k] = 31 - 4 * y - r
    worst = max(abs(dots[x] - 31 * x / 59) for x in range(60))
    test.check(worst <= 1.1, f"Braille dots are off by {worst}\n{braille}")
    put("flat.h5", n, planned=n + 1, arrays={"/metrics/epoch/test_loss": [math.nan] * n,
                                             "/metrics/epoch/train_loss": [0.5] * n})
    flat = "".join(chart_rows(once(test, "flat.h5", COLUMNS="39", **UNICODE).out, "loss"))
    test.check(len(BRAILLE.findall(flat)) == 15, f"not dashed: {flat}")
    for bad in ([math.nan] * n, [math.inf] * n, [0.0] * n, [0.5] * n):
        put("odd-curve.h5", n, planned=n + 1, arrays={"/metrics/epoch/test_loss": bad,
                                                      "/metrics/epoch/test_accuracy": bad,
                                                      "/metrics/epoch/train_loss": bad})
        test.check(once(test, "odd-curve.h5").status == 0, f"{bad[0]}")


def fits_and_is_plain(test):
    put("r\u00e9sum\u00e9-\x1b[31m\u65e5\u672c.h5", 5)
    put("long-" + 100 * "x" + ".h5", 5, "finished", planned=5)
    paths = sorted(name for name in os.listdir(".") if name[0] in "rl" and len(name) > 10)
    for width in (1, 2, 12, 20, 39, 80, 300):
        for environment in (ASCII, UNICODE):
            for arguments in (paths, ["."], [paths[-1]]):
                out = once(test, *arguments, COLUMNS=str(width), **environment).out
                lines = out.split("\n")
                widest = max(len(line) + len(re.findall("[\u3000-\u9fff]", line)) for line in lines)
                test.check(widest <= width, f"{widest} > {width} columns: {out}")
                test.check("\x1b" not in out, f"escapes in text: {out!r}")
                if environment is ASCII:
                    test.check(out.isascii(), f"not ASCII: {out}")
    out = once(test, paths[-1], **UNICODE).out
    test.check("r\u00e9sum\u00e9-?[31m\u65e5\u672c.h5" in out and BRAILLE.search(out), out)


def follows_in_lines(test):
    """A job in the queue, its file, replacements, damage, the end."""
    watching = test.start("watch", "queued.h5", *QUICK, LC_ALL="C")

    def says(text):
        end = time.monotonic() + PATIENT
        while text not in watching.output()[0] and time.monotonic() < end:
            time.sleep(0.05)
        test.check(text in watching.output()[0], f"{text} is not in {watching.output()}")

    says("queued.h5: there is no such file yet")
    put("queued.h5", 1)
    says("queued.h5: running, epoch 1/10")
    put("queued.h5", 2)
    says("epoch 2/10  train loss 1.0000 accuracy 44.00 %  test loss 0.5000 accuracy 54.00 %")
    good = read("queued.h5")
    write("queued.new", good[:-100])
    os.replace("queued.new", "queued.h5")
    says("truncated")
    time.sleep(0.5)
    os.remove("queued.h5")
    says("is no longer there")
    put("queued.h5", 3)
    says("epoch 3/10")
    put("queued.h5", 10, "finished")
    says("finished, epoch 10/10")
    status = watching.wait(PATIENT)
    lines = watching.output()[0].splitlines()
    test.check(status == 0 and len(lines) == 7
               and all(re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  queued.h5: ", x) for x in lines),
               f"status {status}, {len(lines)} lines:\n" + "\n".join(lines))
    watching.close()


def follows_a_folder(test):
    os.mkdir("folder")
    watching = test.start("watch", "folder", "later", *QUICK, "--stay", LC_ALL="C")

    def says(text):
        end = time.monotonic() + PATIENT
        while text not in watching.output()[0] and time.monotonic() < end:
            time.sleep(0.05)
        test.check(text in watching.output()[0], f"{text} is not in {watching.output()}")

    says("folder: no result file (*.h5) in it yet")
    put("folder/b.h5", 2)
    says("folder/b.h5: running, epoch 2/10")
    put("folder/a.h5", 10, "finished")
    says("folder/a.h5: finished")
    os.mkdir("later")
    put("later/c.h5", 1)
    says("later/c.h5: running, epoch 1/10")
    put("folder/b.h5", 10, "finished")
    put("later/c.h5", 10, "finished")
    says("later/c.h5: finished")
    time.sleep(0.5)
    test.check(watching.process.poll() is None, "--stay does not stay")
    watching.signal(signal.SIGTERM, watching.members("normlab"))
    test.check(watching.wait(PATIENT) not in (None, 0), "TERM does not end it")
    watching.close()
    outcome = once(test, "folder")
    names = re.findall(r"^(\w\.h5) +finished +10/10 +86\.00 +0\.1 ", outcome.out, re.M)
    test.check(names == ["a.h5", "b.h5"] and "2 runs: 2 finished" in outcome.out, outcome.out)
    outcome = once(test, "folder", "folder/a.h5", "folder/b.h5")
    test.check("2 runs: 2 finished" in outcome.out, f"files twice: {outcome.out}")


def does_not_touch(test):
    path = put("untouched.h5", 5)
    os.utime(path, ns=(10 ** 18, 10 ** 18 + 123))
    before, names = os.stat(path), sorted(os.listdir("."))
    content = read(path)
    once(test, path)
    watching = test.start("watch", path, *QUICK, LC_ALL="C")
    time.sleep(1)
    watching.kill_all()
    watching.close()
    after = os.stat(path)
    test.check((before.st_mtime_ns, before.st_ino, before.st_ctime_ns)
               == (after.st_mtime_ns, after.st_ino, after.st_ctime_ns) and read(path) == content,
               "a watched file has changed")
    more = [x for x in os.listdir(".") if x not in names and not x.startswith("run-")]
    test.check(not more and not litter(), f"watching leaves {more} {litter()}")


def many_ranks_are_one(test):
    outcome = test.run("watch", "--once", "good.h5", ranks=2)
    test.check(outcome.status == 0 and outcome.out.count("good.h5") == 1,
               f"under mpirun: {outcome.status} {outcome.out} {outcome.err}")
    program = subprocess.run([test.program, "watch", "--help"], capture_output=True, text=True,
                             env=test.environment())
    test.check(program.returncode == 0 and "--stay" in program.stdout, program.stderr)


def main():
    test = Test(__doc__)
    for case in test.chosen([numbers_are_those_of_the_file, part_of_an_epoch_counts,
                             states_have_their_status, refuses, curves_are_in_their_place,
                             follows_in_lines, follows_a_folder, does_not_touch,
                             many_ranks_are_one, fits_and_is_plain]):
        case(test)
    test.finish()


if __name__ == "__main__":
    main()
