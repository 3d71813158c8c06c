"""The findings of README.md and results/*.md: what stands between <!-- normlab compare TABLE ... : WHAT -->
and <!-- end --> is what that command says of that table, word by word. WHAT is

    table           a line for each variant: seeds, failures, accuracy, deviation, interval, loss
    verdicts        the verdict on each variant
    verdict NAME    that on one
    trends          the sentence on each trend
    data            what was trained and evaluated on
    picture FILE    the figure of --plot, whose title and numbers are those that the program draws now

Between the blocks of a section of findings stand no verdicts, and no numbers but those of blocks
above. --write puts what the program says into the pages, and draws the pictures.

Exit status: 0 passed, 1 failed, 77 skipped.
"""

import glob
import json
import os
import re
import shlex
import shutil
import sys
import tempfile
import textwrap
import xml.etree.ElementTree as ElementTree

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


def words_of(picture):
    """Title, names and numbers of an SVG file, in their order."""
    texts = ElementTree.parse(picture).iter("{http://www.w3.org/2000/svg}text")
    return [" ".join("".join(text.itertext()).split()) for text in texts]


def draw(program, arguments, kept, page, is_new):
    """The line of a page that shows the figure of this command, which FILE keeps."""
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "figure.svg")
        outcome = program(*shlex.split(arguments), "--picture", file)
        if outcome.status != 0:
            raise Wrong(f"normlab {arguments}: {outcome.err}")
        words = words_of(file)
        if is_new:
            shutil.copyfile(file, kept)
    if not os.path.exists(kept) or words_of(kept) != words:
        raise Wrong(f"{kept} is not what normlab {arguments} draws")
    title = next(word for word in words if len(word.split()) > 3)
    return f"![{title}]({os.path.relpath(kept, os.path.dirname(page))})\n"


def said(program, arguments, what, page, is_new=False):
    """What a block of this command has. Pictures are drawn where there is gnuplot."""
    if what.startswith("picture "):
        return draw(program, arguments, what[8:], page, is_new) if shutil.which("gnuplot") else None
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


def renewed(program, text, page=""):
    """The text with what the program says in its blocks."""
    return BLOCK.sub(lambda block: block[0][:block.start(3) - block.start()]
                     + (said(program, block[1], block[2], page, True) or block[3])
                     + "<!-- end -->\n", text)


def free_claims(text):
    """Numbers and verdicts in the section of findings that no block has."""
    begin = text.find(SECTION)
    if begin < 0:
        return []
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


def check_text(test, program, text, page):
    """Returns what is wrong, a sentence each."""
    wrong = []
    if text.count("<!-- normlab") != len(BLOCK.findall(text)) or \
            text.count("<!-- end -->") != len(BLOCK.findall(text)):
        wrong.append("a comment begins or ends no block")
    try:
        for block in BLOCK.finditer(text):
            expected = said(program, block[1], block[2], page)
            if expected not in (block[3], None):
                wrong.append(f"normlab {block[1]} : {block[2]} says\n{expected}and not\n{block[3]}")
        free = free_claims(text)
        if free:
            wrong.append(f"numbers or verdicts that no block above has: {free}")
    except Wrong as error:
        wrong.append(str(error))
    return [f"{page}: {sentence}" for sentence in wrong]


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
                     (" : data", " : dates"), ("study.csv :", "studies.csv :")):
        test.check(old in good and check_text(test, program, good.replace(old, new), ""),
                   f"{old} -> {new} is not found")
    test.check(not check_text(test, program, good.replace("in full", "of 5 seeds, -0.40"), ""),
               "a number of a block above is refused")
    write("study.csv", read("study.csv").decode().replace("batch,0,9900", "batch,0,9901"))
    test.check(check_text(test, program, good, ""), "other results pass")
    test.check(not check_text(test, program, renewed(program, good), ""), "made again it is wrong")


def picture(test, program):
    """A figure is made, found again, and no longer once its table or the file is another one."""
    block = ("<!-- normlab compare study.csv --plot accuracy : picture results/study.svg -->\n"
             "<!-- end -->\n")
    os.makedirs("results", exist_ok=True)
    page = "results/page.md"
    test.check(check_text(test, program, block, page), "a picture that is not there passes")
    good = renewed(program, block, page)
    test.check(re.search(r"\n!\[Test accuracy after [^]]*\]\(study.svg\)\n", good) is not None, good)
    test.check(not check_text(test, program, good, page), f"{check_text(test, program, good, page)}")
    table, drawn = read("study.csv").decode(), read("results/study.svg").decode()
    write("study.csv", table.replace("layer,0,98", "layer,0,96"))
    test.check(check_text(test, program, good, page), "the picture of another table passes")
    write("study.csv", table)
    write("results/study.svg", drawn.replace(">layer<", ">layers<"))
    test.check(check_text(test, program, good, page), "another picture passes")


def main():
    test = Test(__doc__, add_options=lambda parser: parser.add_argument(
        "--write", action="store_true", help="put what the program says into the pages"))
    sample(test, test.run)
    if shutil.which("gnuplot"):
        picture(test, test.run)
    os.chdir(ROOT)
    texts = {page: read(page).decode() for page in ["README.md", *sorted(glob.glob("results/*.md"))]}
    texts = {page: text for page, text in texts.items() if "<!-- normlab" in text}
    if test.options.write:
        texts = {page: renewed(test.run, text, page) for page, text in texts.items()}
        for page, text in texts.items():
            write(page, text)
    for page, text in texts.items():
        for sentence in check_text(test, test.run, text, page):
            test.check(False, sentence + "\nmade again by tests/report/test_findings.py --write")
    test.check(SECTION in texts["results/README.md"], f"there is no section {SECTION}")
    tables = sorted(name for name in os.listdir("results") if name.endswith(".csv"))
    for name in tables:
        test.check(any(f"<!-- normlab compare results/{name} " in text for text in texts.values()),
                   f"no page has anything of {name}")
        test.run_well("compare", f"results/{name}")
    test.check(tables, "there are no tables")
    test.finish()


main()
