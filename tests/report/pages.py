"""Pages read back with Python's html.parser, for tests of normlab compare --html."""

import base64
import json
import re
import struct
import zlib
from html.parser import HTMLParser

import numpy

SECTIONS = ["result", "curves", "tuning", "probes", "layers", "mistakes", "confusion", "time",
            "configuration", "machine", "runs"]
SOMETIMES = {"probes", "tuning"}  # only where files have them
VOID = {"meta", "img", "br", "link", "hr", "input"}


def is_own_script(node):
    """The page's script, or the data of a plot; neither loads anything."""
    return node.tag == "script" and node.attributes in ({}, {"type": "application/json"})


class Node:
    def __init__(self, tag, attributes, parent):
        self.tag, self.attributes, self.parent = tag, attributes, parent
        self.children = []  # nodes and texts

    def text(self):
        parts = [c if isinstance(c, str) else " " if c.tag == "br" else c.text()
                 for c in self.children]
        return "".join(parts).replace("\u00a0", " ")

    def walk(self):
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child.walk()

    def all(self, tag, **attributes):
        """Descendants by tag; class_="x" is one of the classes."""
        name = attributes.pop("class_", None)
        for node in self.walk():
            if node.tag != tag or any(node.attributes.get(k) != v for k, v in attributes.items()):
                continue
            if name is None or name in (node.attributes.get("class") or "").split():
                yield node

    def inside(self, tag):
        node = self.parent
        while node and node.tag != tag:
            node = node.parent
        return node


class Page(HTMLParser):
    """faults: what is not well-formed."""

    def __init__(self, path):
        super().__init__(convert_charrefs=True)
        self.root = self.open = Node("", {}, None)
        self.faults = []
        with open(path, encoding="utf-8") as file:
            self.source = file.read()
        self.feed(self.source)
        self.close()
        if self.open is not self.root:
            self.faults.append(f"<{self.open.tag}> is not closed")

    def handle_starttag(self, tag, attributes, is_empty=False):
        names = [name for name, _ in attributes]
        if len(set(names)) < len(names):
            self.faults.append(f"<{tag}>: an attribute twice: {names}")
        node = Node(tag, dict(attributes), self.open)
        self.open.children.append(node)
        if tag not in VOID and not is_empty:
            self.open = node

    def handle_startendtag(self, tag, attributes):
        if not any(n.tag == "svg" for n in self.ancestors()) and tag not in VOID and tag != "svg":
            self.faults.append(f"<{tag}/> outside of SVG")
        self.handle_starttag(tag, attributes, is_empty=True)

    def ancestors(self):
        node = self.open
        while node:
            yield node
            node = node.parent

    def handle_endtag(self, tag):
        if self.open.tag != tag:
            self.faults.append(f"</{tag}> in <{self.open.tag}> at {self.getpos()}")
            return
        self.open = self.open.parent

    def handle_data(self, data):
        self.open.children.append(data)

    def by_id(self, name):
        found = [n for n in self.root.walk() if n.attributes.get("id") == name]
        return found[0] if found else None

    def table(self, caption):
        """Rows of cells as texts, the titles first, of the table whose caption begins so."""
        for table in self.root.all("table"):
            if next(table.all("caption")).text().startswith(caption):
                return [[c.text() for c in row.children if isinstance(c, Node)]
                        for row in table.all("tr")]
        return None

    def data(self, name):
        """What the script is told of a plot, and the series that its elements belong to."""
        figure = self.by_id(name + "-title").inside("figure")
        script = next(figure.all("script"), None)
        series = [int(g.attributes["data-series"]) for g in figure.all("g")
                  if "data-series" in g.attributes]
        return json.loads(script.text()) if script else None, series

    def section(self, name):
        node = self.by_id(name)
        return " ".join(node.text().split()) if node else ""


def decode_png(uri):
    """Pixels [channel][row][column] of a data URI; 8 bits a channel, not interlaced."""
    kind, data = uri.split(",", 1)
    assert kind == "data:image/png;base64", kind
    data = base64.b64decode(data, validate=True)
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, body = 8, b""
    while at < len(data):
        length, name = struct.unpack(">I4s", data[at:at + 8])
        content = data[at + 8:at + 8 + length]
        assert struct.unpack(">I", data[at + 8 + length:at + 12 + length])[0] == zlib.crc32(
            name + content)
        if name == b"IHDR":
            width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", content)
        body += content if name == b"IDAT" else b""
        at += 12 + length
    assert depth == 8 and not interlaced
    n = {0: 1, 2: 3}[colour]
    lines = numpy.frombuffer(zlib.decompress(body), numpy.uint8).reshape(height, 1 + width * n)
    pixels = numpy.zeros((height, width * n), int)
    for y, (kind, line) in enumerate(zip(lines[:, 0], lines[:, 1:].astype(int))):
        for x in range(width * n):
            left = pixels[y, x - n] if x >= n else 0
            up = pixels[y - 1, x] if y else 0
            corner = pixels[y - 1, x - n] if y and x >= n else 0
            pixels[y, x] = (line[x] + predicted(kind, left, up, corner)) % 256
    return pixels.reshape(height, width, n).transpose(2, 0, 1)


def predicted(kind, left, up, corner):
    if kind == 4:
        far = [abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)]
        return (left, up, corner)[far.index(min(far))]
    return (0, left, up, (left + up) // 2)[kind]


def check_form(test, page, what):
    """What holds for every page."""
    nodes = list(page.root.walk())
    test.check(not page.faults, f"{what}: {page.faults[:3]}")
    ids = [n.attributes["id"] for n in nodes if "id" in n.attributes]
    test.check(len(set(ids)) == len(ids), f"{what}: ids are not unique")
    for node in nodes:
        for name in ("aria-labelledby", "for"):
            for wanted in (node.attributes.get(name) or "").split():
                test.check(wanted in ids, f"{what}: {name}={wanted} leads nowhere")
        for name in ("href", "xlink:href", "src", "action", "data"):
            value = node.attributes.get(name)
            test.check(value is None or (value[0] == "#" and value[1:] in ids)
                       or (name in ("src", "xlink:href")
                           and value.startswith("data:image/png;base64,")),
                       f"{what}: {node.tag} {name}={value and value[:60]}")
        test.check((node.tag not in ("script", "link", "iframe", "object", "base")
                    or is_own_script(node))
                   and not any(a.startswith("on") for a in node.attributes),
                   f"{what}: {node.tag} {node.attributes}")
    test.check("http:" not in page.source and "https:" not in page.source
               and "@import" not in page.source and "url(" not in page.source
               and "fetch(" not in page.source,
               f"{what}: something is loaded from elsewhere")
    test.check(all(n.attributes.get("alt") for n in page.root.all("img")), f"{what}: alt")
    for svg in page.root.all("svg"):
        kinds = [c.tag for c in svg.children if isinstance(c, Node)]
        test.check(svg.attributes.get("aria-hidden") == "true"
                   or (svg.attributes.get("role") == "img" and kinds[:2] == ["title", "desc"]
                       and svg.inside("figure")), f"{what}: an image without words")
    levels = [int(n.tag[1]) for n in nodes if re.fullmatch("h[1-6]", n.tag)]
    test.check(levels[0] == 1 and levels.count(1) == 1
               and all(b <= a + 1 for a, b in zip(levels, levels[1:])), f"{what}: {levels}")
    for table in page.root.all("table"):
        test.check(next(table.all("caption")).text() != ""
                   and all(h.attributes.get("scope") in ("row", "col") for h in table.all("th"))
                   and "scroll" in table.parent.attributes["class"], f"{what}: a table's headers")
        widths = {len([c for c in r.children if isinstance(c, Node)]) for r in table.all("tr")}
        test.check(len(widths) == 1, f"{what}: rows of {widths} cells")
    for tag in ("main", "nav", "header", "footer", "title"):
        test.check(len([n for n in page.root.all(tag) if not n.inside("svg")]) == 1,
                   f"{what}: <{tag}>")
    links = [a.attributes["href"] for a in next(page.root.all("nav")).all("a")]
    there = [s for s in SECTIONS if s not in SOMETIMES or page.by_id(s)]
    test.check(links == ["#" + s for s in there], f"{what}: {links}")
    test.check(next(page.root.all("html")).attributes.get("lang") == "en", f"{what}: lang")
