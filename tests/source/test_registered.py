"""Each test_NAME of a folder is run: NAME stands in the folder's CMakeLists.txt."""

import glob
import os
import re

from sources import ROOT, Checks, read

checks = Checks()
paths = sorted(glob.glob(os.path.join(ROOT, "tests", "*", "test_*.*")))
checks(len(paths) > 100, f"only {len(paths)} tests found")
for path in paths:
    folder, name = os.path.split(os.path.relpath(path, ROOT))
    name = re.sub(r"^test_|\..*$", "", name)
    words = re.findall(r"\w+", read(os.path.join(folder, "CMakeLists.txt")))
    checks(name in words or f"test_{name}" in words, f"{os.path.relpath(path, ROOT)} is not run")
checks.end()
