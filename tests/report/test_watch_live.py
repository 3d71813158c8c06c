"""normlab watch before the first epoch has ended, by a note that a run has left, and as a page that
is written again and again.

Exit status: 0 passed, 1 failed, 77 skipped.
"""

import html.parser
import math
import os
import re
import sys
import time

try:
    import h5py
    from watched import ASCII, BRAILLE, QUICK, STALLED, UNICODE, USAGE, once, put
except (ImportError, OSError) as error:
    print(f"skipped: {error}")
    sys.exit(77)

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "program"))
from harness import PATIENT, S6, Test, litter, read, write  # noqa: E402

N = 96
OPEN = {"meta", "br", "path", "polyline"}


def note(path, epochs=0, losses=None, age=0):
    losses = losses if losses is not None else [2.3 * 0.97 ** i for i in range(N)]
    curve = "".join(f"curve {5 * i + 5} {loss}\n" for i, loss in enumerate(losses))
    write(path + ".progress", f"normlab progress 1\nepochs {epochs}\nstep 4\nn_steps 10\nloss 0.5\n"
          f"accuracy 0.6\nimages_per_second 900\nseconds_left 80\nnext 5\n{curve}end\n")
    os.utime(path + ".progress", (time.time() - age,) * 2)


class Structure(html.parser.HTMLParser):
    """Elements that are open, and what the page asks a browser to load."""

    def __init__(self, text):
        super().__init__()
        self.open, self.wrong, self.loads = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.loads += [value for key, value in attrs if key in ("src", "href")]
        if tag not in OPEN:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass


def structure(test, page):
    text = read(page).decode()
    found = Structure(text)
    test.check(not found.wrong and not found.open and not found.loads,
               f"{page}: {found.wrong} {found.open} {found.loads}")
    return text


def steps_before_epochs(test):
    """A curve of any width, in Unicode and ASCII; a row of a folder has a small one."""
    os.mkdir("folder")
    path = put("folder/new.h5", 0)
    test.check("loss of steps" not in once(test, path).out, "a curve without losses")
    note(path)
    for columns in range(40, 201, 7):
        for locale in (ASCII, UNICODE):
            out = once(test, path, **{**locale, "COLUMNS": str(columns)}).out
            test.check("loss of steps, log scale" in out and "step 480" in out
                       and all(len(line) <= columns for line in out.splitlines()),
                       f"{columns} columns: {out}")
            rows = [line for line in out.splitlines() if BRAILLE.search(line) or "*" in line]
            test.check(len(rows) >= 6, f"{columns} columns: {out}")
    out = once(test, "folder", **UNICODE).out
    test.check("█▇▆▅▄▃▂▁" in out and " steps " in out, out)
    test.check("steps" not in once(test, "folder", **ASCII).out, "blocks in ASCII")
    for columns in range(40, 201, 9):
        out = once(test, "folder", **{**UNICODE, "COLUMNS": str(columns)}).out
        test.check(all(len(line) <= columns for line in out.splitlines()), f"{columns}: {out}")
    note(path, losses=[math.nan, math.inf, 0.0, -1.0] * 24)
    test.check(once(test, "folder", path, **UNICODE).status == 0, "losses that are no numbers")
    note(path, losses=[1.0])
    test.check("loss of steps" not in once(test, path).out, "a curve of one point")
    note(path, losses=[])
    test.check("step 4 of 10, loss 0.5000" in once(test, path).out, "a note of an older program")


def steps_beside_epochs(test):
    path = put("some.h5", 4)
    note(path, epochs=4)
    out = once(test, path, **UNICODE).out
    test.check("test accuracy, %" in out and "loss of steps, log scale" in out, out)
    put("some.h5", 10, "finished")
    test.check("loss of steps" not in once(test, path).out, "a curve of steps of a run that has ended")
    os.remove(path + ".progress")
    path = put("stored.h5", 1, config={"training.batch": 10},
               arrays={"/metrics/step/loss": [2.0 - 0.1 * i for i in range(15)]})
    test.check("loss of steps, log scale" in once(test, path).out, "steps of the file alone")


def a_page(test):
    """It escapes, says how old it is, is replaced as a whole, and tells of runs that seem dead."""
    os.mkdir("<b>&\"runs")
    put("<b>&\"runs/a<i>.h5", 3)
    note(put("<b>&\"runs/new.h5", 0))
    dead = put("<b>&\"runs/dead.h5", 0)
    note(dead, age=3600)
    os.utime(dead, (time.time() - 3700,) * 2)
    outcome = once(test, "<b>&\"runs", "--html", "page.html")
    test.check(outcome.status == STALLED, f"{outcome}")
    text = structure(test, "page.html")
    test.check("a&lt;i&gt;.h5" in text and "<b>" not in text and "<i>" not in text, "not escaped")
    test.check(text.count("<polyline") == 3, f"{text.count('<polyline')} curves")
    test.check("seems dead" in text and "http-equiv" not in text and "It is the last one" in text, text[:3000])
    written = float(re.search(r'data-written="(\d+)"', text)[1])
    test.check(abs(time.time() - written) < 60 and time.strftime("%Y-%m-%d %H:", time.localtime(written)) in text,
               f"written {written}")
    for place, status in (("none/page.html", 3), ("folder", 3), ("<b>&\"runs/new.h5", USAGE)):
        before = read("<b>&\"runs/new.h5")
        outcome = once(test, "<b>&\"runs", "--html", place)
        test.check(outcome.status == status and before == read("<b>&\"runs/new.h5"), f"{place}: {outcome}")


def a_live_page(test):
    """While it is watched a browser reads it again; when the runs have ended it is told so."""
    path = put("live.h5", 0)
    note(path)
    watching = test.start("watch", path, *QUICK, "--html", "live.html", LC_ALL="C")
    end = time.monotonic() + PATIENT
    while not os.path.exists("live.html") and time.monotonic() < end:
        time.sleep(0.1)
    text = structure(test, "live.html")
    test.check('<meta http-equiv="refresh" content="5">' in text and "It is written anew about every" in text, text[:900])
    put("live.h5", 10, "finished")
    test.check(watching.process.wait(PATIENT) == 0, "it does not end")
    watching.close()
    text = structure(test, "live.html")
    test.check("http-equiv" not in text and ">finished</td>" in text, text[-900:])
    test.check(not [name for name in os.listdir(".") if name.startswith("live.html.")], f"{os.listdir('.')}")


def of_a_run(test):
    """The points of a killed run's note are means of the losses that it has when it goes on."""
    test.run_well("data", "synthesize", "digits", "--train", 20000, "--test", 20)  # epochs of some seconds
    command = ["train", S6, "--data", "digits", "--out", "run.h5", "--epochs", 2]
    training = test.start(*command, "--progress", "0.2s")
    end, text = time.monotonic() + PATIENT, ""
    while "end" not in text and time.monotonic() < end:
        time.sleep(0.05)
        text = read("run.h5.progress").decode() if os.path.exists("run.h5.progress") else ""
    training.kill_all()
    training.close()
    points = [(int(step), float(loss)) for step, loss in re.findall(r"(?m)^curve (\d+) (\S+)$", text)]
    test.check(3 <= len(points) <= N, text)
    test.check("loss of steps" in once(test, "run.h5").out, "no curve of a run that was killed")
    test.run_well(*command, "--resume")
    with h5py.File("run.h5") as file:
        losses = file["metrics/step/loss"][()]
    first = 0
    for step, loss in points:
        mean = losses[first:step].mean()
        test.check(abs(loss - mean) <= 1e-5 * abs(mean), f"steps {first} to {step}: {loss}, not {mean}")
        first = step


def main():
    test = Test(__doc__)
    for case in test.chosen([steps_before_epochs, steps_beside_epochs, a_page, a_live_page, of_a_run]):
        case(test)
    test.finish()


if __name__ == "__main__":
    main()
