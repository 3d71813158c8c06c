"""The page of normlab compare --html in Chromium: widths, themes, messages, paper.

Exit status: 0 passed, 1 failed, 77 skipped.
"""

import html
import json
import os
import re
import shutil
import subprocess
import sys

try:
    import numpy
    import full_results
    from full_results import full, study
except (ImportError, OSError) as error:
    print(f"skipped: {error}")
    sys.exit(77)

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "program"))
from harness import Test, read, write  # noqa: E402

# Runs in a copy of the page and tells the page around it what it has found.
PROBE = """<script>
const root = document.documentElement, style = getComputedStyle;
const shown = (e, of) => e ? style(e)[of] : null;
const wide = [...document.querySelectorAll("main *")].filter(e => !e.closest("svg, .scroll, pre")
  && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.tagName + "." + e.className);
const texts = svg => [...svg.querySelectorAll("text")].filter(e => e.textContent.trim())
  .map(e => e.getBoundingClientRect());
const meet = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
  && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3;
const collide = svg => texts(svg).some((a, i, all) => all.slice(i + 1).some(b => meet(a, b)));
const bottom = (of, selector) => {
  const e = of && of.querySelector(selector);
  return e ? e.getBoundingClientRect().bottom : null;
};
const final = document.querySelector("#final-title")?.closest("figure");
const buttons = [...document.querySelectorAll(
  '.legend[data-legend="variants"] button[data-series]')];
const drawn = i => [...document.querySelectorAll(
  `figure[data-legend="variants"] [data-series="${i}"]`)]
  .map(e => e.closest('[data-lookup="cell"]') ?? e).map(e => style(e).display !== "none");
const pressed = () => buttons.map(e => e.getAttribute("aria-pressed"));
/* What a click does, with Shift or by the key of a button, and what a pointer is told. */
const press = (e, shiftKey) => {
  e.focus();
  e.dispatchEvent(new MouseEvent("click", {bubbles: true, shiftKey}));
  return {focused: document.activeElement === e, drawn: [drawn(0), drawn(1)], pressed: pressed()};
};
const tell = () => document.querySelector(".tip").hidden ? null
  : document.querySelector(".tip").innerText;
const point = figure => {
  const svg = figure.querySelector("svg"), data = JSON.parse(figure.querySelector("script").text);
  const [series, x, y, text] = data.tips[data.tips.length - 1];
  const [l, r, b, t, x0, x1, y0, y1] = data.axes;
  const f = data.log[1] ? Math.log : v => v;
  const at = new DOMPoint(l + (r - l) * (x - x0) / (x1 - x0), svg.viewBox.baseVal.height - b
    - (t - b) * (f(y) - f(y0)) / (f(y1) - f(y0))).matrixTransform(svg.getScreenCTM());
  svg.dispatchEvent(new PointerEvent("pointermove", {clientX: at.x, clientY: at.y, bubbles: true}));
  const told = tell(), near = document.querySelector(".tip .near")?.innerText;
  svg.dispatchEvent(new PointerEvent("pointerleave"));
  return {text, told, near, after: tell()};
};
const curve = document.querySelector("#accuracy-title")?.closest("figure");
const play = () => buttons.length < 2 ? null : {
  curve: point(curve), row: point(final), off: press(buttons[0]), on: press(buttons[0]),
  only: press(buttons[0], true), all: press(buttons[0], true),
  map: [...document.querySelectorAll('figure[data-lookup="cell"]')].length};
const paths = document.querySelector('.plot [stroke="rgb(  0, 114, 178)"]');
window.addEventListener("load", () => parent.postMessage({
  width: innerWidth, scroll: root.scrollWidth, wide,
  paper: shown(document.body, "backgroundColor"), ink: shown(document.body, "color"),
  line: shown(paths, "stroke"), text: shown(document.querySelector(".plot text"), "fill"),
  images: [...document.images].map(i => i.complete && i.naturalWidth > 0),
  boxes: [...document.querySelectorAll(".scroll")].map(e => e.scrollWidth - e.clientWidth),
  cut: [...document.querySelectorAll(".confusion")].map(e => e.closest(".scroll"))
    .filter(e => e.scrollWidth > e.clientWidth).length,
  marks: [...document.querySelectorAll(".legend svg")].map(e => shown(e, "fill")),
  collisions: [...document.querySelectorAll(".plot svg")].filter(collide).map(
    e => e.querySelector("title").textContent),
  final: final?.querySelector("svg").textContent,
  caption: final?.querySelector("figcaption").textContent,
  first: [bottom(document, ".answer .verdict"), bottom(final, "svg")], play: play(),
  plot: document.querySelector(".plot svg").getBoundingClientRect().height,
  loads: performance.getEntriesByType("resource").map(e => e.name.slice(0, 80)),
}, "*"));
</script>"""
# Chromium's windows are at least 500 pixels wide; frames are not.
FRAME = """<!DOCTYPE html><html><head><meta name="color-scheme" content="light dark"></head>
<body style="margin:0"><iframe src="probe.html" style="border:0" width="%d" height="900"></iframe>
<pre id="found"></pre><script>addEventListener("message", m => {
document.getElementById("found").textContent = JSON.stringify(m.data)})</script></body></html>"""


def chromium():
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if shutil.which(name):
            return shutil.which(name)
    return None


def browse(test, *arguments):
    folder = os.path.abspath("profile")
    shutil.rmtree(folder, ignore_errors=True)
    command = ["timeout", "-k", "5", "100", chromium(), "--headless=new", "--no-sandbox",
               "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
               "--disable-background-networking", "--enable-logging=stderr", "--v=0",
               f"--user-data-dir={folder}", *arguments]
    done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL)
    text = done.stderr.decode(errors="replace")
    messages = [line for line in text.splitlines() if "CONSOLE" in line]
    test.check(done.returncode == 0, f"{arguments}: {done.returncode} {text[-1500:]}")
    test.check(not messages, f"{arguments}: {messages[:5]}")
    return done.stdout.decode(errors="replace")


def look(test, page, width, is_dark):
    source = read(page).decode()
    write("probe.html", source.replace("</body>", PROBE + "</body>"))
    write("frame.html", FRAME % width)
    options = ["--force-dark-mode", "--blink-settings=preferredColorScheme=0"] if is_dark else []
    out = browse(test, *options, "--window-size=1500,1000", "--virtual-time-budget=10000",
                 "--dump-dom", "file://" + os.path.abspath("frame.html"))
    found = re.search(r'<pre id="found">([^<]+)</pre>', out)
    if not test.check(found is not None, f"{page} {width}: the page says nothing: {out[-500:]}"):
        return None
    return json.loads(html.unescape(found.group(1)))


def luminance(colour):
    parts = [int(x) / 255 for x in re.findall(r"\d+", colour)[:3]]
    parts = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(a, b):
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def check_first_screen(test, page):
    """At 1280 x 800 the verdict and the picture are seen."""
    found = look(test, page, 1280, False)
    test.check(found and all(y is not None and y <= 800 for y in found["first"]),
               f"{page}: the first screen ends before {found and found['first']}")


def check_play(test, page, play):
    """Legends hide and show lines in all plots of their kind, and pointers are told values."""
    off, on, only, everything = play["off"], play["on"], play["only"], play["all"]
    test.check(all(x["focused"] for x in (off, on)), f"{page}: a legend's button is not focused")
    test.check(len(off["drawn"][0]) > 5 and not any(off["drawn"][0]) and all(off["drawn"][1])
               and set(off["pressed"]) == {"true", "false"} and off["pressed"][0] == "false",
               f"{page}: hidden: {off}")
    test.check(all(on["drawn"][0]) and set(on["pressed"]) == {"true"}, f"{page}: shown: {on}")
    test.check(all(only["drawn"][0]) and not any(only["drawn"][1]), f"{page}: only: {only}")
    test.check(all(sum(everything["drawn"], [])), f"{page}: all again: {everything}")
    for place in ("curve", "row"):
        told = play[place]
        test.check(told["told"] and told["text"] in told["told"] and told["after"] is None,
                   f"{page}: {place}: {told}")
    test.check(play["curve"]["told"].startswith("epoch ")
               and play["curve"]["text"] in play["curve"]["near"], f"{page}: {play['curve']}")


def check_view(test, page, width, is_dark):
    found = look(test, page, width, is_dark)
    if found is None:
        return
    what = f"{page} at {width}, {'dark' if is_dark else 'light'}: {found}"
    test.check(found["width"] == width and found["scroll"] <= width and not found["wide"],
               "wider than the window: " + what)
    test.check((luminance(found["paper"]) < 0.1) == is_dark, "theme: " + what)
    test.check(contrast(found["ink"], found["paper"]) >= 7, "text: " + what)
    check_play(test, what[:60], found["play"])
    if found["line"]:
        test.check(contrast(found["line"], found["paper"]) >= 3, "lines: " + what)
        test.check(found["text"] == found["ink"], "text of plots: " + what)
        test.check(found["plot"] > 100, "plots: " + what)
    test.check(all(found["images"]), "pictures: " + what)
    test.check(not [x for x in found["loads"] if not x.startswith("data:")], "loads: " + what)
    if width < 500 and "names" in page:
        test.check(max(found["boxes"]) > 0, "nothing to be scrolled: " + what)


def check_crowd(test, width, is_dark):
    """Many variants and epochs, large numbers, and a variant that is far below the others."""
    found = look(test, "crowd.html", width, is_dark)
    if found is None:
        return
    test.check(found["cut"] == 0, f"{width}: {found['cut']} confusion matrices are cut")
    test.check(set(found["marks"]) == {"none"}, f"marks of the legend are filled: {found['marks']}")
    test.check(not found["collisions"], f"{width}: texts collide: {found['collisions']}")
    test.check("mean 10." in found["final"] and "An arrow" in found["caption"],
               f"what is far below has no mark: {found['final']} {found['caption']}")
    ticks = [int(x) for x in re.findall(r"\s(\d+)(?=\s)", found["final"])]
    test.check(len(ticks) > 3 and min(ticks) > 50, f"the axis of accuracies begins at {ticks}")


def twenty():
    os.mkdir("twenty")
    for i in range(20):
        for seed in (1, 2, 3):
            full(f"twenty/{i}-{seed}.h5", f"group:{i + 1}", seed, 0.9 - 0.005 * i)


def crowd():
    full_results.N_TEST, full_results.N_EPOCHS, full_results.N_LAYERS = 6000, 120, 23
    os.mkdir("crowd")
    for i in range(8):
        for seed in (1, 2):
            full(f"crowd/{i}-{seed}.h5", f"batch:{i + 2}", seed, 0.1 if i == 7 else 0.9 - 0.005 * i)


def main():
    if not chromium() or not shutil.which("gnuplot"):
        print("skipped: chromium and gnuplot are needed")
        sys.exit(77)
    test = Test(__doc__)
    study("plain", seeds=(1, 2))
    test.run_well("compare", "plain", "--html", "plain.html")
    os.mkdir("long")
    for seed in (1, 2):
        for norm in ("batch", "layer", "x" * 90):
            full(f"long/{'y' * 60}-{norm[:5]}-{seed}.h5", norm, seed, channels=3,
                 attributes_too={"/environment": {"processor": numpy.bytes_("P" * 120)}})
    test.run_well("compare", "long", "--html", "names.html")
    for page in ("plain.html", "names.html"):
        for width in (400, 1400):
            for is_dark in (False, True):
                check_view(test, page, width, is_dark)
    twenty()
    test.run_well("compare", "twenty", "--html", "twenty.html")
    for page in ("plain.html", "names.html", "twenty.html"):
        check_first_screen(test, page)
    crowd()
    test.run_well("compare", "crowd", "--html", "crowd.html")
    check_crowd(test, 1200, False)
    check_crowd(test, 1920, True)
    browse(test, "--no-pdf-header-footer", "--print-to-pdf=paper.pdf",
           "file://" + os.path.abspath("plain.html"))
    paper = read("paper.pdf") if os.path.exists("paper.pdf") else b""
    n = len(re.findall(rb"/Type\s*/Page\b", paper))
    test.check(paper.startswith(b"%PDF") and 2 <= n <= 12, f"paper: {n} pages")
    test.finish()


if __name__ == "__main__":
    main()
