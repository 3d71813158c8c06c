"""The findings of results/README.md: what stands between <!-- normlab compare TABLE ... : WHAT -->
and <!-- end --> is what that command says of that table, word by word. WHAT is

    table           a line for each variant: seeds, failures, accuracy, deviation, interval, loss
    verdicts        the verdict on each variant
    verdict NAME    that on one
    trends          the sentence on each trend
    data            what was trained and evaluated on

Between the blocks of the section of findings stand no verdicts, and no numbers but those of blocks
above. --write puts what the program says into the file.

Exit status: 0 passed, 1 failed, 77 skipped.
"""

import json
import os
import re
import shlex
import sys
import textwrap

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..")
sys.path.insert(0, os.path.join(HERE, "..", "program"))
from harness import Test, read, write  # noqa: E402

SECTION = "## What they show"
BLOCK = re.compile(r"<!-- normlab (compare [^\n]*?) : ([^\n]*?) -->\n(.*?)<!-- end -->\n", re.S)
COLUMNS = 110
# Numbers, and the words for those that texts have.
NUMBER = re.compile(r"(?<![\w.+-])[-+]?\d[\d,]*(?:\.\d+)?(?![\w])|\b(?:three|four|five|six|seven|eight|"
                    r"nine|ten|eleven|twelve|twenty|thirty)\b")
VERDICT = re.compile(r"\b(?:better|worse|best|worst|equivalent|undecided|separable|beats?|leads?|wins?|"
                     r"loses?|outperforms?|record|equal|needs?|higher|lower|above|below)\b", re.I)


class Wrong(Exception):
    """What is wrong with a text, in a sentence."""


def bullet(sentence):
    return textwrap.fill(sentence, COLUMNS, initial_indent="- ", subsequent_indent="  ",
                         break_on_hyphens=False, break_long_words=False) + "\n"


def number(x, digits):
    return "-" if x is None else f"{x:.{digits}f}"


def table_of(found):
    lines = ["| variant | seeds | failed | accuracy % | deviation | 95 % interval | loss |",
             "| --- | --- | --- | --- | --- | --- | --- |"]
    for v in found["variants"]:
        a = v["test_accuracy"]
        ends = [number(100 * max(0, min(1, x)), 2) for x in a["interval"]] if a["interval"] else []
        lines.append(f"| {v['name']} | {v['n_seeds']} | {v['n_failed']} | "
                     + number(None if a["mean"] is None else 100 * a["mean"], 2) + " | "
                     + number(None if a["deviation"] is None else 100 * a["deviation"], 3)
                     + f" | {' to '.join(ends) or '-'} | {number(v['test_loss']['mean'], 4)} |")
    return "\n".join(lines) + "\n"


def said(program, arguments, what):
    """What a block of this command has."""
    outcome = program(*shlex.split(arguments), "--json")
    if outcome.status != 0:
        raise Wrong(f"normlab {arguments}: {outcome.err}")
    found = json.loads(outcome.out)
    if what == "table":
        return table_of(found)
    if what == "data":
        return textwrap.fill(found["data"], COLUMNS) + "\n"
    sentences = {"verdicts": [d["words"] for d in found["differences"]],
                 "trends": [t["words"] for t in found["trends"]]}.get(what)
    if what.startswith("verdict "):
        sentences = [d["words"] for d in found["differences"] if d["variant"] == what[8:]]
    if not sentences:
        raise Wrong(f"normlab {arguments}: there is no \"{what}\"")
    return "".join(map(bullet, sentences))


def renewed(program, text):
    """The text with what the program says in its blocks."""
    return BLOCK.sub(lambda block: block[0][:block.start(3) - block.start()]
                     + said(program, block[1], block[2]) + "<!-- end -->\n", text)


def free_claims(text):
    """Numbers and verdicts in the section of findings that no block has."""
    begin = text.find(SECTION)
    if begin < 0:
        raise Wrong(f"there is no section {SECTION}")
    end = text.find("\n## ", begin + 1)
    section = text[begin + len(SECTION):end if end > 0 else len(text)]
    known, found, at = set(), [], 0
    for block in [*BLOCK.finditer(section), None]:
        prose = section[at:block.start() if block else len(section)]
        prose = re.sub(r"`[^`]*\.(?:csv|py|yaml|md)[^`]*`|\]\([^)]*\)", "", prose)
        found += [n for n in NUMBER.findall(prose) if n.strip("+") not in known]
        found += VERDICT.findall(re.sub(r"`[^`]*`", "", prose))
        if block:
            known |= {n.strip("+") for n in NUMBER.findall(block[1] + " " + block[3])}
            at = block.end()
    return found


def check_text(test, program, text, what):
    """Returns what is wrong, a sentence each."""
    wrong = []
    if text.count("<!-- normlab") != len(BLOCK.findall(text)) or \
            text.count("<!-- end -->") != len(BLOCK.findall(text)):
        wrong.append("a comment begins or ends no block")
    try:
        for block in BLOCK.finditer(text):
            expected = said(program, block[1], block[2])
            if expected != block[3]:
                wrong.append(f"normlab {block[1]} : {block[2]} says\n{expected}and not\n{block[3]}")
        free = free_claims(text)
        if free:
            wrong.append(f"numbers or verdicts that no block above has: {free}")
    except Wrong as error:
        wrong.append(str(error))
    return [f"{what}: {sentence}" for sentence in wrong]


SAMPLE = """# Results

## What they show

Does layer norm differ from batch norm?

<!-- normlab compare study.csv --baseline batch : verdicts -->
<!-- end -->

The accuracies in full, of MNIST:

<!-- normlab compare study.csv --baseline batch : table -->
<!-- end -->
<!-- normlab compare study.csv : data -->
<!-- end -->

## Other numbers

These are 5 better ones.
"""


def sample(test, program):
    """A study of known truth: what is right passes, and each change is found."""
    head = "# program: sample\n# data: MNIST\n# evaluated: test\n# images: 10000\n# statistics: none\n"
    rows = [(v, s, 9900 + 3 * s - 40 * (v == "layer") + 2 * (v == "group:2" and s % 2))
            for v in ("batch", "layer", "group:2") for s in range(5)]
    write("study.csv", head + "variant,seed,correct,loss\n"
          + "".join(f"{v},{s},{k},0.1\n" for v, s, k in rows))
    test.check(check_text(test, program, SAMPLE, "empty blocks"), "empty blocks pass")
    good = renewed(program, SAMPLE)
    test.check(not check_text(test, program, good, "sample"), f"{check_text(test, program, good, '')}")
    test.check("- layer: worse than batch: -0.40 points (95 %:" in good and
               "| batch | 5 | 0 | 99.06 | 0.047 |" in good, good)
    for old, new in (("-0.40 points", "-0.41 points"), ("worse", "better"), ("99.06", "99.07"),
                     ("MNIST, test", "MNIST, a test"), ("<!-- end -->\n\n## Other", "\n## Other"),
                     ("in full", "of 7 seeds"), ("in full", "of seven seeds"),
                     ("in full", "of the best"), ("in full", "with -0.42 points"),
                     (" : data", " : dates"), ("study.csv :", "studies.csv :"),
                     (SECTION, "## Findings")):
        test.check(old in good and check_text(test, program, good.replace(old, new), ""),
                   f"{old} -> {new} is not found")
    test.check(not check_text(test, program, good.replace("in full", "of 5 seeds, -0.40"), ""),
               "a number of a block above is refused")
    write("study.csv", read("study.csv").decode().replace("batch,0,9900", "batch,0,9901"))
    test.check(check_text(test, program, good, ""), "other results pass")
    test.check(not check_text(test, program, renewed(program, good), ""), "made again it is wrong")


def main():
    test = Test(__doc__, add_options=lambda parser: parser.add_argument(
        "--write", action="store_true", help="put what the program says into results/README.md"))
    sample(test, test.run)
    os.chdir(ROOT)
    path = "results/README.md"
    text = read(path).decode()
    if test.options.write:
        text = renewed(test.run, text)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    for sentence in check_text(test, test.run, text, path):
        test.check(False, sentence + "\nmade again by tests/report/test_findings.py --write")
    tables = sorted(name for name in os.listdir("results") if name.endswith(".csv"))
    for name in tables:
        test.check(f"<!-- normlab compare results/{name} " in text, f"{path} has nothing of {name}")
        test.run_well("compare", f"results/{name}")
    test.check(tables and f"results/{tables[0]}" in text, "there are no tables")
    test.finish()


main()
