"""README.md names files and folders of the project: each is there."""

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
checks.end()
