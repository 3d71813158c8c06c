"""Pages read back with Python's html.parser, for tests of normlab compare --html."""

import base64
import struct
import zlib
from html.parser import HTMLParser

import numpy

VOID = {"meta", "img", "br", "link", "hr", "input"}


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
