"""A disk that loses what was not synced, played back from a log of calls.

Content: what was written to a file since its last fsync is kept, lost, or half of either: sectors
of 512 bytes arrive alone, a size without the bytes (zeros), bytes without the end. Names: what was
made, renamed or removed since the last fsync of the folder is kept or lost; in half of the cuts as
a journal does it (all up to some point, and an fsync of a file takes the journal with it), in the
others each for itself, which POSIX allows too.
"""

import os

SECTOR = 512


class File:
    """durable: bytes that are safe; changes: (offset, bytes), or (None, size), that are not."""

    def __init__(self, content=b""):
        self.durable = content
        self.changes = []

    def content(self):
        return apply(self.durable, self.changes)

    def sync(self):
        self.durable, self.changes = self.content(), []

    def torn(self, random):
        """One of the contents that a cut may leave."""
        kind = random.randrange(4)
        if kind == 0:
            return self.durable
        if kind == 1:
            return apply(self.durable, self.changes[:random.randint(0, len(self.changes))])
        if kind == 2:  # the size has arrived, of the content some sectors
            return apply(bytearray(self.durable), [part for change in self.changes
                                                   for part in sectors(change, random)])
        whole = self.content()
        return whole[:random.randint(min(len(self.durable), len(whole)), len(whole))]


def apply(content, changes):
    content = bytearray(content)
    for offset, data in changes:
        if offset is None:
            content = content[:data].ljust(data, b"\0")
        else:
            content = content.ljust(offset + len(data), b"\0")
            content[offset:offset + len(data)] = data
    return bytes(content)


def sectors(change, random):
    offset, data = change
    if offset is None:
        yield change
        return
    for start in range(0, len(data), SECTOR):
        part = data[start:start + SECTOR]
        yield offset + start, part if random.random() < 0.7 else bytes(len(part))


class Disk:
    """Plays rows of a log; cut() tells what a power cut at this moment leaves."""

    def __init__(self, folder=None):
        self.live = {}  # name: File
        self.descriptors = {}
        self.pending = []  # sets of (name, File or None) that belong together
        if folder:
            for name in os.listdir(folder):
                with open(os.path.join(folder, name), "rb") as file:
                    self.live[name] = File(file.read())
        self.durable = dict(self.live)

    def rename_all(self, *changes):
        for name, file in changes:
            if file is None:
                self.live.pop(name, None)
            else:
                self.live[name] = file
        self.pending.append(changes)

    def play(self, row, data):
        """data: reads the bytes that were written, one after the other."""
        function, path, other = row["function"], row["path"], row["other"]
        if row["result"] < 0:
            return
        file = self.descriptors.get(row["descriptor"])
        if function == "create":
            if path not in self.live:
                self.rename_all((path, File()))
            else:  # truncated
                self.live[path].changes.append((None, 0))
        if function in ("create", "open"):
            self.descriptors[row["descriptor"]] = self.live.get(path)  # None: the folder
        elif function in ("write", "pwrite"):
            file.changes.append((row["offset"], data.read(row["result"])))
        elif function == "ftruncate":
            file.changes.append((None, row["size"]))
        elif function == "fsync" and file:
            file.sync()
            self.pending.append("journal")
        elif function == "fsync":
            self.durable, self.pending = dict(self.live), []
        elif function == "rename" and path in self.live:
            self.rename_all((other, self.live[path]), (path, None))
        elif function == "link":
            self.rename_all((other, self.live[path]))
        elif function in ("unlink", "unlinkat"):
            self.rename_all((path, None))

    def cut(self, random):
        """{name: File} and {File: content}."""
        names = dict(self.durable)
        is_journal = random.random() < 0.5
        last = max((i for i, p in enumerate(self.pending) if p == "journal"), default=0)
        end = random.randint(last, len(self.pending))
        for i, changes in enumerate(self.pending):
            is_kept = i < end if is_journal else random.random() < 0.5
            if changes == "journal" or not is_kept:
                continue
            for name, file in changes:
                if file is None:
                    names.pop(name, None)
                else:
                    names[name] = file
        return names, {file: file.torn(random) for file in names.values()}
