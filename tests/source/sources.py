"""The C sources of the project, and their text without comments."""

import os
import re
import subprocess
import sys

ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
PRODUCT = ("src", "include")
FOLDERS = PRODUCT + ("tests",)
FEWEST = 100  # a search that finds less has gone wrong


def paths(folders=FOLDERS, endings=(".c", ".h")):
    """Relative to ROOT: those that git tracks, or all of a tree that is not git's."""
    command = ["git", "-c", "safe.directory=*", "-C", ROOT, "ls-files", "-z", "--", *folders]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
        names = done.stdout.decode().split("\0") if done.returncode == 0 else []
    except FileNotFoundError:
        names = []
    names = names or [top for top in folders if os.path.isfile(os.path.join(ROOT, top))] + [
                      os.path.relpath(os.path.join(folder, name), ROOT) for top in folders
                      for folder, _, inside in os.walk(os.path.join(ROOT, top)) for name in inside]
    found = sorted(name for name in names
                   if name.endswith(endings) and os.path.exists(os.path.join(ROOT, name)))
    if len(found) < FEWEST // 2 or (folders == FOLDERS and len(found) < FEWEST):
        sys.exit(f"found only {len(found)} sources in {ROOT}")
    return found


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)


def without_comments(text):
    """Lines stay where they are; strings stay, too."""
    def blank(match):
        token = match.group()
        return re.sub(r"[^\n]", " ", token) if token.startswith("/") else token
    return TOKEN.sub(blank, text)


def without_strings(text):
    """Nor comments: what is left has only braces that count."""
    return TOKEN.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


class Checks:
    """Counts what is checked; ends with status 1 if something was wrong."""

    def __init__(self):
        self.n = self.n_failed = 0

    def __call__(self, good, text):
        self.n += 1
        if not good:
            self.n_failed += 1
            print("FAILED: " + text)

    def end(self):
        print(f"{self.n} checks, {self.n_failed} failed")
        sys.exit(1 if self.n_failed or not self.n else 0)
