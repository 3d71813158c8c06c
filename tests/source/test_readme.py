"""README.md names files and folders of the project: each is there. The version is the same everywhere."""

import glob
import os
import re

from sources import ROOT, Checks, read

checks = Checks()
text = read("README.md")
named = re.findall(r"`((?:src|include|tests|configs|jobs|results)/[^`\s]*)`", text)
checks(len(named) > 20, f"only {len(named)} paths found")
for path in sorted(set(named)):
    pattern = re.sub(r"NAME|SECTION", "*", path)
    if "<" in path:
        continue
    if path.startswith("results/") and not path.endswith((".md", ".csv")):
        continue  # what runs write
    checks(glob.glob(os.path.join(ROOT, pattern)), f"README.md: there is no {path}")

version = re.search(r"project\(normlab VERSION (\S+)", read("CMakeLists.txt")).group(1)
cited = re.search(r"^version: (\S+)", read("CITATION.cff"), re.M).group(1)
checks(version == cited, f"CMakeLists.txt has version {version}, CITATION.cff {cited}")
checks.end()
