"""The pages, every README.md and results/*.md: files and folders that they name are there, links within the
project lead somewhere, a page is short, and README.md leads to all. The version is the same everywhere."""

import glob
import os
import re

from sources import ROOT, Checks, paths, read

MOST_LINES, MOST_COLUMNS = 150, 120
LINK = re.compile(r"\]\(([^)\s]*)\)")
checks = Checks()


def prose(text):
    """Without code that stands by itself, whose brackets are none of Markdown's."""
    return "\n".join(line for line in text.split("\n") if not line.startswith("    "))


def anchors(text):
    """What a # behind a page may name: its headings, as GitHub calls them."""
    headings = re.findall(r"(?m)^#+ (.*)$", text)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(page):
    """(what stands in the link, file or folder relative to ROOT, anchor) of each link within the project."""
    for target in LINK.findall(prose(read(page))):
        if "://" not in target:
            path, _, anchor = target.partition("#")
            folder = os.path.dirname(page)
            yield target, os.path.normpath(os.path.join(folder, path)) if path else page, anchor


def look_at(page):
    text = read(page)
    for path in sorted(set(re.findall(r"`((?:src|include|tests|configs|jobs|results)/[^`\s]*)`", text))):
        pattern = re.sub(r"NAME|SECTION", "*", path)
        if "<" in path or (path.startswith("results/") and not path.endswith((".md", ".csv", ".svg"))):
            continue  # what runs write
        checks(glob.glob(os.path.join(ROOT, pattern)), f"{page}: there is no {path}")
    for target, path, anchor in links(page):
        checks(os.path.exists(os.path.join(ROOT, path)) and not path.startswith(".."),
               f"{page}: the link to {target} leads nowhere")
        checks(not anchor or anchor in anchors(read(path)), f"{page}: {target} has no such heading")
    if os.path.basename(page) == "README.md":
        checks(text.count("\n") <= MOST_LINES, f"{page}: more than {MOST_LINES} lines")
        for i, line in enumerate(text.split("\n"), 1):
            checks(len(line) <= MOST_COLUMNS or line[0] == "|", f"{page}:{i}: {len(line)} columns")


def reached(page, known):
    """All pages that one comes to from this one."""
    if page not in known:
        known.add(page)
        for _, path, _ in links(page):
            if path.endswith(".md"):
                reached(path, known)
    return known


top = (".packaging", "README.md", "configs", "jobs", "results", "src", "tests")
pages = [page for page in paths(top, (".md", ".c")) if page.endswith(".md")]
checks(len(pages) > 10 and "README.md" in pages, f"only {pages} found")
for name in pages:
    look_at(name)
unseen = set(pages) - reached("README.md", set())
checks(not unseen, f"from README.md no links lead to {sorted(unseen)}")
checks(list(LINK.findall("![a b](c.svg) and [d](../e/f.md#g-h)")) == ["c.svg", "../e/f.md#g-h"], "LINK")
checks("what-they-show" in anchors("# A\n\n## What they show\n"), "anchors")

version = re.search(r"project\(normlab VERSION (\S+)", read("CMakeLists.txt")).group(1)
cited = re.search(r"^version: (\S+)", read("CITATION.cff"), re.M).group(1)
checks(version == cited, f"CMakeLists.txt has version {version}, CITATION.cff {cited}")
checks.end()
