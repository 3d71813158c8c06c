"""Notes in result files, and files that another program has changed."""

import fcntl
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from harness import SKIPPED, Test, read, table_rows  # noqa: E402

try:
    import h5py
except ImportError as missing:
    print(f"SKIPPED: {missing}")
    sys.exit(SKIPPED)

TINY = f"{HERE}/../golden/tiny.yaml"


def train(out, *options):
    return test.run("train", TINY, "--data", "digits", "--out", out, *options)


def refused(status, text, *words):
    outcome = test.run("note", *words)
    test.check(outcome.status == status and text in outcome.err and outcome.err.count("\n") == 1,
               f"note {words}: {outcome.status} {outcome.err}")


def notes_are_kept():
    digest = test.digest("run.h5")
    test.run_well("note", "run.h5", "who=me and é", "why=a=b", "gone=1")
    test.run_well("note", "run.h5", "gone=", "not-there=")
    test.check(test.run_well("note", "run.h5").out == "who=me and é\nwhy=a=b\n", "the notes differ")
    test.check(test.digest("run.h5") == digest, "notes change the digest")
    test.check(read("run.h5") != read("run.h5.prev") and test.digest("run.h5.prev") == digest,
               "the generation before is not kept")
    test.check(test.run_well("note", "run.h5.prev").out.count("\n") in (0, 3), "the one before differs")
    rows = table_rows(test.run_well("compare", "--csv-runs", "run.h5").out)
    test.check(rows[0]["notes"] == "who=me and é; why=a=b", f"CSV has {rows[0]['notes']}")
    runs = json.loads(test.run_well("compare", "--json", "run.h5").out)["runs"]
    test.check(runs[0]["notes"] == {"who": "me and é", "why": "a=b"}, f"JSON has {runs[0]['notes']}")
    test.check("who=me and é" in test.run_well("compare", "run.h5").out, "the text has no notes")
    test.check("why=a=b" in test.run_well("compare", "--runs", "run.h5").out.split("\nRuns")[1], "no column")


def notes_stay_when_a_run_goes_on():
    outcome = train("stopped.h5", "--time-limit", "0.0001s")
    test.check(outcome.status == 75, f"not stopped: {outcome.status} {outcome.err}")
    test.run_well("note", "stopped.h5", "why=a limit")
    outcome = train("stopped.h5", "--resume")
    test.check(outcome.status == 0, outcome.err)
    test.check(test.run_well("note", "stopped.h5").out == "why=a limit\n", "a resumed run loses its notes")
    test.check(test.digest("stopped.h5") == test.digest("run.h5"), "a note changes the run")


def bad_notes_are_refused():
    before = read("run.h5")
    refused(2, "expected KEY=VALUE", "run.h5", "word")
    refused(2, "expected KEY=VALUE", "run.h5", "a key=1")
    refused(2, "expected KEY=VALUE", "run.h5", "good=1", "=1")
    refused(2, "keys that begin with normlab.", "run.h5", "normlab.changed=")
    refused(2, "not one line of UTF-8", "run.h5", "a=\udcff")
    refused(2, "not one line of UTF-8", "run.h5", "a=b\nc")
    refused(3, "none.h5", "none.h5", "a=1")
    refused(4, "not a result file", TINY, "a=1")
    with open("run.h5.lock", "w", encoding="ascii") as lock:
        lock.write(f"host {os.uname().nodename}\npid {os.getpid()}\nattempt 1\n")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        refused(3, "nothing was noted", "run.h5", "a=1")
    os.remove("run.h5.lock")
    test.check(read("run.h5") == before, "a refused note changes the file")


def changed_files_are_taken_on_purpose():
    digest = test.digest("other.h5")
    os.remove("other.h5.prev")
    with h5py.File("other.h5", "r+") as file:
        file.attrs["comment"] = "a text of any length"
        file["model"].attrs["checked"] = True
        file.create_dataset("mine/x", data=[1.0, 2.0], compression="gzip")
    for command in (["digest"], ["compare"], ["note"], ["predict", "--config", TINY]):
        outcome = test.run(*command, "other.h5", *(["run.h5"] if command[0] == "predict" else []))
        test.check(outcome.status == 4 and "changed by another program since normlab wrote it" in outcome.err
                   and "normlab note --reseal FILE" in outcome.err, f"{command}: {outcome.status} {outcome.err}")
    refused(4, "changed by another program", "other.h5", "a=1")
    test.run_well("note", "--reseal", "other.h5", "why=a comment")
    notes = test.run_well("note", "other.h5").out
    test.check(notes.startswith("normlab.changed=by another program") and notes.endswith("\nwhy=a comment\n"), notes)
    test.check(test.digest("other.h5") == digest, "a comment changes the digest")
    with h5py.File("other.h5") as file:
        test.check(file.attrs["comment"] == b"a text of any length" and list(file["mine/x"]) == [1, 2]
                   and file["model"].attrs["checked"] == 1, "what was added is lost")
    test.run_well("note", "--reseal", "other.h5")  # there is nothing to take
    test.check(test.run_well("note", "other.h5").out == notes, "sealed again")
    refused(2, "keys that begin with normlab.", "other.h5", "normlab.changed=")


def nonsense_is_never_taken():
    with h5py.File("nonsense.h5", "r+") as file:
        file["model/layers.0.conv.weight"][0, 0, 0, 0] = float("nan")
    refused(4, "layers.0.conv.weight holds a value that is not finite", "--reseal", "nonsense.h5")
    with h5py.File("nonsense.h5", "r+") as file:
        file["model/layers.0.conv.weight"][0, 0, 0, 0] = 0
        del file["metrics/epoch/test_accuracy"]
    refused(4, "it has no /metrics/epoch/test_accuracy", "--reseal", "nonsense.h5")
    whole = read("nonsense.h5")
    with open("nonsense.h5", "wb") as file:
        file.write(whole[:len(whole) // 2])
    refused(4, "truncated", "--reseal", "nonsense.h5")


test = Test(__doc__)
test.run_well("data", "synthesize", "digits", "--train", 64, "--test", 20, "--seed", 5)
for name in ("run.h5", "other.h5", "nonsense.h5"):
    test.check(train(name).status == 0, f"no {name}")
for case in test.chosen([notes_are_kept, notes_stay_when_a_run_goes_on, bad_notes_are_refused,
                         changed_files_are_taken_on_purpose, nonsense_is_never_taken]):
    case()
test.finish()
