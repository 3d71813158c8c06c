"""What is printed for programs is JSON, CSV and HTML in UTF-8, whatever bytes names have."""

import csv
import html.parser
import io
import json
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from harness import Test, read  # noqa: E402

ODD = b'odd \xff\xc3 "x", <zz>\\\x01\x7f \xe2\x82\nend'
CONFIG = b'a "name"\\\t<i> \xc3\xa9 \xe9.yaml'


def run(*words):
    done = subprocess.run([os.fsencode(test.program), *words], capture_output=True, timeout=120, check=False)
    test.check(done.returncode == 0, f"{words}: {done.returncode} {done.stderr}")
    return done.stdout


def no_number_like(text):
    raise ValueError(text)


def parse(text):
    """Not Python's own JSON, which has NaN and Infinity."""
    return json.loads(text.decode("utf-8"), parse_constant=no_number_like)


def comparisons_are_json_and_csv():
    found = parse(run("compare", "--json", ODD))
    test.check(found["runs"][0]["file"].startswith('odd \ufffd\ufffd "x", <zz>\\\x01\x7f \ufffd\ufffd\nend/'),
               f"JSON has the file {found['runs'][0]['file']!r}")
    for option in ("--csv", "--csv-runs"):
        text = re.sub(r"(?m)\A(#.*\n)*", "", run("compare", option, ODD).decode("utf-8"))
        rows = list(csv.reader(io.StringIO(text, newline="")))
        test.check(len(rows) > 1 and len({len(row) for row in rows}) == 1, f"{option}: {rows}")


def pages_are_html():
    if not shutil.which("gnuplot"):
        return
    run("compare", "--html", b"page.html", ODD)
    text = read("page.html").decode("utf-8")
    html.parser.HTMLParser().feed(text)
    test.check("<zz>" not in text and "&lt;zz&gt;" in text, "the page has markup of a name")
    test.check(not [c for c in text if c < " " and c not in "\n\t"], "the page has control characters")


def the_rest_is_json():
    shutil.copy(f"{HERE}/../golden/tiny.yaml", CONFIG)
    found = parse(run("bench", CONFIG, "--json", "--batch", "20", "--threads", "1"))
    test.check(found["name"], "bench has no name")
    run("train", CONFIG, "--data", "digits", "--out", "traced.h5", "--epochs", "1", "--trace", "t.json")
    parse(run("compare", "--json", "traced.h5"))
    test.check(len(parse(read("t.json"))["traceEvents"]) > 10, "no trace")


test = Test(__doc__)
test.run_well("data", "synthesize", "digits", "--train", 64, "--test", 20, "--seed", 5)
for seed in (1, 2):
    for norm in ("layer", "none"):
        test.run_well("train", f"{HERE}/../golden/tiny.yaml", "--data", "digits", "--epochs", 1, "--norm", norm,
                      "--seed", seed, "--out", f"{norm}{seed}.h5")
os.mkdir(ODD)
for name in [name for name in os.listdir(b".") if name.endswith(b".h5")]:
    os.rename(name, ODD + b"/" + name)
for case in test.chosen([comparisons_are_json_and_csv, pages_are_html, the_rest_is_json]):
    case()
test.finish()
