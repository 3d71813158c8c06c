"""Figures of gnuplot's SVG read back into numbers, for tests of normlab compare --plot."""

import math
import re
import xml.etree.ElementTree

import numpy

SVG = "{http://www.w3.org/2000/svg}"
LINK = "{http://www.w3.org/1999/xlink}href"
RING, CROSS = "#gpPt5", "#gpPt1"
NEAR = 0.03  # pixels: those of the file have two digits


def numbers(text):
    return [float(x) for x in re.findall(r"-?\d+\.?\d*(?:e[-+]?\d+)?", text)]


class Scale:
    """From pixels to numbers, by tics; logarithmic where these say so. of: what a label stands for."""

    def __init__(self, tics, of=float):
        self.labels = [text for text, _ in tics]
        known = [(of(text), place) for text, place in tics if text]
        values, places = numpy.array(known).T
        fits = []
        for logarithmic in (False, True):
            if logarithmic and not (values > 0).all():
                continue
            x = numpy.log(values) if logarithmic else values
            slope, start = numpy.polyfit(places, x, 1)
            fits.append((abs(x - start - slope * places).max() / abs(slope), logarithmic, slope,
                         start))
        self.fault, self.is_logarithmic, self.slope, self.start = min(fits)

    def place(self, value):
        return ((math.log(value) if self.is_logarithmic else value) - self.start) / self.slope


class Element:
    """One element of a plot command: what it draws, in pixels."""

    def __init__(self, group):
        self.title = "".join(t.text or "" for t in group.iter(SVG + "text")).strip()
        self.polygons = [list(zip(*[iter(numbers(p.get("points")))] * 2))
                         for p in group.iter(SVG + "polygon")]
        self.paths = [list(zip(*[iter(numbers(part))] * 2)) for p in group.iter(SVG + "path")
                      for part in p.get("d").split("M") if part.strip()]
        self.marks = [(use.get(LINK), *numbers(use.get("transform"))[:2])
                      for use in group.iter(SVG + "use")]
        self.colour = next((e.get(k) for e in group.iter() for k in ("color", "stroke", "fill")
                            if "rgb" in (e.get(k) or "")), None)


class Panel:
    def __init__(self):
        self.tics = {"x": [], "y": []}
        self.elements, self.loose = [], []  # loose: marks that belong to no element

    def scale(self, axis, of=float):
        return Scale(self.tics[axis], of)

    def right(self):
        return max(x for element in self.elements for path in element.paths for x, _ in path)


def read_figure(path):
    """Panels, and all texts in the order of the file."""
    root = xml.etree.ElementTree.parse(path).getroot()
    panels, texts, waiting = [Panel()], [], None
    inside = set()
    for node in root.iter():
        if node.tag == SVG + "g" and (node.get("id") or "").startswith("gnuplot_plot_"):
            panels[-1].elements.append(Element(node))
            inside |= {id(child) for child in node.iter()}
        if node.tag == SVG + "text":
            text = (node.text or "").strip()
            texts.append(text)
            if waiting:
                panels[-1].tics[waiting[0]].append((text, waiting[1]))
                waiting = None
        if node.tag == SVG + "path" and node.get("class") == "gridline":
            if panels[-1].elements:
                panels.append(Panel())
            x1, y1, x2, y2 = numbers(node.get("d"))
            waiting = ("y", y1) if y1 == y2 else ("x", x1)
        if (node.tag == SVG + "use" and "translate" in (node.get("transform") or "")
                and id(node) not in inside):
            panels[-1].loose.append((node.get(LINK), *numbers(node.get("transform"))[:2]))
    return panels, texts


def lines_of(panel):
    """{title: (band, runs, means)} of the elements of a panel."""
    found = {}
    for i, element in enumerate(panel.elements):
        if element.title:
            found[element.title] = (panel.elements[i - 2], panel.elements[i - 1], element)
    return found
