"""Pictures of which elements share statistics: SVG that parses, with the sides of elements shaded by
the definitions of norms, which stand here in another way than in the program.

    test_picture.py --program NORMLAB [--write]

--write makes results/norms.svg, the picture of the pages, again.
"""
import os
import re
import sys
import xml.etree.ElementTree as ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from harness import Test, read  # noqa: E402

SVG = "{http://www.w3.org/2000/svg}"
KEPT = f"{HERE}/../../results/norms.svg"
FILE, USAGE = 3, 2
ROWS = COLUMNS = 2

# The indices that elements of one group have in common, of n, c, h and w; /K: by so many at a time.
DEFINITIONS = {
    "batch": "c", "batch:2": "n/2 c", "layer": "n", "layer:chw": "n", "layer:w": "n c h",
    "position": "n h w", "group:2": "n c/2", "group:c/2": "n c/2", "instance": "n c",
    "batch-group:2": "c/2",
}
MORE = {
    "over(n:2,c:2,w)": "n/2 c/2 h", "over(n)": "c h w", "rms-group:c/3": "n c/3",
    "over(n,c,h,w) affine:none": "", "rms-layer:w": "n c h", "batch:4": "n/4 c",
    "over(c:C/3) affine:element": "n c/2 h w", "group:c/8": "n c/8", "over(n:8,w)": "n/8 c h",
}


def group_of(definition, place):
    """place: {"n": 0, ...}"""
    cuts = (word.partition("/") for word in definition.split())
    return tuple(place[axis] // int(size or 1) for axis, _, size in cuts)


def sizes_of(spec):
    """Samples and channels that are drawn of a general norm: twice a number, and at least 4."""
    n, c = (re.search(rf"\b{axis}:(?:C/)?(\d+)", spec) for axis in "nc")
    n = n or re.search(r"^batch:(\d+)", spec)
    c = c or re.search(r"group:(?:c/)?(\d+)", spec)
    return [max(4, 2 * int(found[1])) if found else 4 for found in (n, c)]


def sides_of(panel):
    """Place and class of each side."""
    return [({axis: int(path.get(f"data-{axis}")) for axis in "nchw"}, path.get("class"))
            for path in panel.iter(f"{SVG}path")]


def seen(n_samples, n_channels):
    """Places of all sides in sight: the first positions, the first sample, the last channel."""
    positions = [(h, w) for h in range(ROWS) for w in range(COLUMNS)]
    return sorted([(n, c, 0, 0) for n in range(n_samples) for c in range(n_channels)]
                  + [(0, c, *p) for c in range(n_channels) for p in positions]
                  + [(n, n_channels - 1, *p) for n in range(n_samples) for p in positions])


def check_panel(spec, definition, panel):
    n_samples, n_channels = sizes_of(spec)
    sides = sides_of(panel)
    places = sorted(tuple(place[axis] for axis in "nchw") for place, _ in sides)
    test.check(places == seen(n_samples, n_channels), f"{spec}: sides of {places}")
    nearest = group_of(definition, {"n": 0, "c": n_channels - 1, "h": 0, "w": 0})
    shades = {}
    for place, shade in sides:
        group = group_of(definition, place)
        shades.setdefault(group, shade)
        test.check((shade == "g0") == (group == nearest), f"{spec}: {place} is {shade}")
        test.check(shades[group] == shade, f"{spec}: {place} is {shade}, its group {shades[group]}")
        for axis in "nchw":
            beside = group_of(definition, {**place, axis: place[axis] + 1})
            test.check(beside == group or beside not in shades or shades[beside] != shade,
                       f"{spec}: {place} is {shade}, as is the next {axis}, of another group")
    words = [text.text for text in panel.iter(f"{SVG}text")]
    test.check(words[0] == spec and words[1].startswith("over ")
               and words[-3:] == ["channels", "samples", "rows, columns"], f"{spec}: {words}")


def panels_of(file):
    root = ElementTree.parse(file).getroot()
    test.check(root.tag == f"{SVG}svg" and root.find(f"{SVG}title").text
               and root.find(f"{SVG}desc").text, f"{file}: no title")
    style = root.find(f"{SVG}style").text
    test.check("prefers-color-scheme:dark" in style, f"{file}: nothing for dark pages")
    shown = re.findall(r"\.(g\d)\{", style)
    used = {path.get("class") for path in root.iter(f"{SVG}path")}
    test.check(used <= set(shown), f"{file}: shades {used}")
    return {panel.find(f"{SVG}text").text: panel for panel in root.iter(f"{SVG}g")}


def all_norms():
    test.run_well("explain", "--picture", "all.svg")
    panels = panels_of("all.svg")
    test.check(len(panels) >= 8, f"norms: {list(panels)}")
    for spec, panel in panels.items():
        if spec in DEFINITIONS:
            check_panel(spec, DEFINITIONS[spec], panel)
    test.check(set(panels) >= {"batch", "layer", "layer:w", "group:2", "instance"}, "norms are missing")


def norms_in_general():
    for spec, definition in {**MORE, **DEFINITIONS}.items():
        if test.run("explain", "--norm", spec).status == USAGE and spec not in MORE:
            continue  # a name that the program does not have
        test.run_well("explain", "--norm", spec, "--picture", "one.svg")
        panels = panels_of("one.svg")
        test.check(list(panels) == [spec], f"{spec}: {list(panels)}")
        check_panel(spec, definition, panels[spec])


def refused(status, text, *words):
    outcome = test.run("explain", *words)
    test.check(outcome.status == status and text in outcome.err and outcome.err.count("\n") == 1
               and not outcome.out, f"explain {words}: {outcome.status} {outcome.out} {outcome.err}")


def what_cannot_be_drawn_is_refused():
    refused(USAGE, "none has no groups", "--norm", "none", "--picture", "x.svg")
    refused(USAGE, "take a number up to 8", "--norm", "batch:9", "--picture", "x.svg")
    refused(USAGE, "take a number up to 8", "--norm", "group:32", "--picture", "x.svg")
    refused(USAGE, "goes with --norm alone", "--picture", "x.svg", "--values", "v.txt")
    refused(USAGE, "goes with no other option", "--picture", "x.svg", "--list")
    refused(FILE, "no-folder/x.svg", "--picture", "no-folder/x.svg")
    os.mkdir("folder.svg")
    refused(FILE, "folder.svg", "--picture", "folder.svg")
    test.check(sorted(os.listdir(".")) == ["all.svg", "folder.svg", "one.svg"], f"{os.listdir('.')}")


def a_picture_replaces_another():
    with open("one.svg", "w", encoding="utf-8") as file:
        file.write("something else")
    test.run_well("explain", "--norm", "layer", "--picture", "one.svg")
    test.check("layer" in panels_of("one.svg"), "an old file is not replaced")


def the_manual_has_the_picture():
    if test.options.write:
        test.run_well("explain", "--picture", KEPT)
    test.check(read("all.svg") == read(KEPT),
               "results/norms.svg is another picture; make it by test_picture.py --write")


def add_options(parser):
    parser.add_argument("--write", action="store_true", help="make results/norms.svg again")


test = Test(__doc__, add_options=add_options)
all_norms()
norms_in_general()
what_cannot_be_drawn_is_refused()
a_picture_replaces_another()
the_manual_has_the_picture()
test.finish()
