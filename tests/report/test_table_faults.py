"""What is wrong with a table of runs, wherever it is: one message with file, line and column.

Exit status: 0 passed, 1 failed, 77 skipped.
"""

import os
import re
import sys

try:
    from full_results import study
except (ImportError, OSError) as error:
    print(f"skipped: {error}")
    sys.exit(77)

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "program"))
from harness import Test, errors, write  # noqa: E402
from tables import DATA, FILE, HEAD, beside, table_of  # noqa: E402

GOOD = "variant,seed,accuracy,loss\nbatch,1,0.99,0.1\nbatch,2,0.98,0.1\n"
# Head, columns and lines, and what the message says.
FAULTS = [
    ("", "", "other.csv:6: no line with the names of the columns"),
    ("", "variant,seed,accuracy,loss\n", "other.csv: has no line of a run"),
    ("", GOOD + "batch,3,0.9\n", "other.csv:9: has 3 cells, but there are 4 names of columns"),
    ("", GOOD + "batch,3,0,99,0.1\n", "other.csv:9: has 5 cells, but there are 4 names"),
    ("", GOOD + 'batch,3,"0.9,0.1\n', "other.csv:9: a quotation mark that begins a cell has no second"),
    ("", GOOD + 'bat"ch,3,0.9,0.1\n', "other.csv:9: a quotation mark inside a cell"),
    ("", GOOD + '"bat"ch,3,0.9,0.1\n', "other.csv:9: text behind the quotation mark"),
    ("", GOOD + "batch,3,0.9,\0\n", "other.csv:9: a zero byte"),
    ("", GOOD.replace(",", ";"), 'other.csv:6: "variant;seed;accuracy;loss": commas separate columns'),
    ("", GOOD.replace("loss", "los"), 'other.csv:6: "los" is not known; there are variant, correct,'),
    ("", GOOD.replace("loss", "seed"), 'other.csv:6: "seed" is there already, as "seed" in line 6'),
    ("", GOOD.replace("loss", "test_accuracy"),
     '"test_accuracy" is there already, as "accuracy" in line 6'),
    ("# split: test\n", GOOD, '"split" is there already, as "evaluated" in line 3'),
    ("# loss: 1\n", GOOD, 'other.csv:7: "loss" is there already, as "loss" in line 6'),
    ("# colour: red\n", GOOD, '"colour" is not known'),
    ("", GOOD.replace("loss", "command"), '"command" is not known'),
    ("# watchdog.seconds: 3\n", GOOD, "is a key that results do not depend on"),
    ("", GOOD.replace("0.98", "99.4"), 'other.csv:8: accuracy "99.4": expected a share from 0 to 1; '
     "percent are in a column accuracy_percent"),
    ("", GOOD.replace("0.98", "-0.1"), 'other.csv:8: accuracy "-0.1": expected a share'),
    ("", GOOD.replace("accuracy", "accuracy_percent"),
     'no number of "accuracy_percent" is above 1: percent, or shares?'),
    ("", GOOD.replace("accuracy", "accuracy_percent").replace("0.98", "101"),
     'accuracy_percent "101": expected percent from 0 to 100'),
    ("", GOOD.replace("0.98", "nan"), "other.csv:8: accuracy is not a finite number; of a run that"),
    ("", GOOD.replace("0.98,0.1", "0.98,inf"), "other.csv:8: loss is not a finite number; of a run that"),
    ("", GOOD.replace("0.98", ""), "other.csv:8: no accuracy; of a run that has diverged"),
    ("", GOOD.replace("0.98", "0x1"), 'accuracy "0x1": expected a number, with a point'),
    ("", GOOD.replace("0.98", "high"), 'accuracy "high": expected a number'),
    ("", GOOD.replace("h,2", "h,two"), 'other.csv:8: seed "two": expected a whole number'),
    ("", GOOD.replace("h,2", "h,"), "other.csv:8: no seed"),
    ("", GOOD.replace("batch,2", ",2"), "other.csv:8: no variant"),
    ("", GOOD.replace("h,2", "h,1"), "other.csv:8: batch with seed 1 is there already, in line 7"),
    ("", GOOD.replace("h,2", "h,01"), "other.csv:8: batch with seed 01 is there already, in line 7"),
    ("", GOOD.replace("0.98", "0.98765"),
     "other.csv:8: an accuracy of 0.98765 is not that of a whole number of images out of 10000"),
    ("", GOOD.replace("loss", "correct"), 'other.csv:7: correct "0.1": expected a whole number'),
    ("", "variant,seed,accuracy,correct\nbatch,1,0.99,9901\nbatch,2,0.9912,9912\n",
     "an accuracy of 0.99 is not that of the correct ones of 10000 images"),
    ("", "variant,seed,correct\nbatch,1,10001\n", "10001 correct of 10000 images"),
    ("", "variant,seed,accuracy,diverged\nbatch,1,0.9,maybe\n", 'diverged "maybe": expected 1 or 0'),
    ("", "variant,seed,accuracy,statistics\nbatch,1,0.9,mine\n", '"statistics" is there already'),
    ("", "variant,norm,seed,accuracy\nours,batch,1,0.9\nyours,batch,2,0.9\n",
     'variant "yours" has the norm and the keys of variant "ours" in line 7'),
    ("", "variant,norm,seed,accuracy\nours,batch,1,0.9\nours,layer,2,0.9\n",
     'variant "ours" has another norm, or other keys, than in line 7'),
]
WITHOUT = [("data", "other.csv:6: no data"), ("evaluated", "other.csv:6: no evaluated")]


def faults(test):
    for head, text, message in FAULTS:
        outcome = test.run("compare", beside(HEAD + head + text))
        test.check(outcome.status == DATA and message in outcome.err and not outcome.out
                   and len(errors(outcome.err)) == 1, f"{message}\n{outcome}")
    for name, message in WITHOUT:
        outcome = test.run("compare", beside(re.sub(f"# {name}.*\n", "", HEAD) + GOOD))
        test.check(outcome.status == DATA and message in outcome.err, f"{outcome}")
    table = re.sub("# (images|evaluated).*\n", "", HEAD) + "variant,seed,correct,split\nbatch,1,9,test\n"
    outcome = test.run("compare", beside(table))
    test.check(outcome.status == DATA and "no images, the number of evaluated" in outcome.err, f"{outcome}")
    outcome = test.run("compare", beside(table.replace("9,test", "9,val")))
    test.check(outcome.status == DATA and 'split "val": expected test or validation' in outcome.err,
               f"{outcome}")
    rows = "variant,seed,accuracy,data\nbatch,1,0.9,MNIST\nbatch,2,0.9,CIFAR-10\n"
    outcome = test.run("compare", beside(re.sub("# data.*\n", "", HEAD) + rows))
    test.check(outcome.status == DATA and "other.csv:7: evaluated on the test set of CIFAR-10 (10000 "
               "images), but line 6 on the test set of MNIST" in outcome.err, f"{outcome}")
    beside(HEAD + GOOD, "good.csv")
    outcome = test.run("compare", "other.csv", "good.csv")
    test.check(outcome.status == DATA and "batch" in outcome.out, f"{outcome}")
    outcome = test.run("compare", "good.csv", "./good.csv")
    test.check(outcome.status == 0 and "given twice" in outcome.err, f"{outcome}")
    for name in ("missing.csv", "folder.csv", "pipe.csv"):
        if name == "folder.csv":
            os.mkdir(name)
        if name == "pipe.csv":
            os.mkfifo(name)
        outcome = test.run("compare", name, seconds=10)
        test.check(outcome.status == FILE and len(errors(outcome.err)) == 1, f"{name}: {outcome}")


def cut_off(test):
    """A table that ends anywhere is read, or refused with one message."""
    study("cut", seeds=(1, 2))
    table_of(test, "whole.csv", "cut")
    text = open("whole.csv", "rb").read()
    for n in test.random.sample(range(len(text)), 200 if test.long else 40):
        write("cut.csv", text[:n])
        outcome = test.run("compare", "cut.csv")
        test.check(outcome.status in (0, DATA) and len(errors(outcome.err)) == (outcome.status != 0),
                   f"cut at {n}: {outcome}")
    for _ in range(300 if test.long else 60):
        n = test.random.randrange(len(text))
        write("cut.csv", text[:n] + bytes([test.random.choice(b'",\n\r#0-n\xff')]) + text[n + 1:])
        outcome = test.run("compare", "cut.csv")
        test.check(outcome.status in (0, DATA), f"another byte at {n}: {outcome}")


def main():
    test = Test(__doc__)
    for case in test.chosen([faults, cut_off]):
        case(test)
    test.finish()


main()
