"""The recipes of .packaging name what the program is built with and runs by: jobs/packages.txt, under
each system's own name (jobs/package-names.txt)."""

import ast
import os
import re

from sources import ROOT, Checks, read

# Where a recipe asks for what a package provides, in place of the package.
PROVIDES = {"gcc": "c", "openmpi": "mpi", "zlib": "zlib-api"}
FOLDER = ".packaging"

checks = Checks()


def rows(path):
    return [line.split() for line in read(path).splitlines() if line and not line.startswith("#")]


def column(name):
    """The packages of a system that building and running need."""
    heading, *packages = rows("jobs/package-names.txt")
    needed = {row[1] for row in rows("jobs/packages.txt") if row[0] in ("build", "run")}
    names = {row[0]: row[heading.index(name)] for row in packages}
    checks(needed <= names.keys(), f"jobs/package-names.txt lacks {sorted(needed - names.keys())}")
    return {names[package] for package in needed & names.keys()} - {"-"}


def same(what, found, wanted):
    checks(found == wanted, f"{what}: too many {sorted(found - wanted)}, missing {sorted(wanted - found)}")


conda = {re.split("[>=]", line)[0] for line in
         re.findall(r"(?m)^  - (\S+)$", read(f"{FOLDER}/environment.yml"))}
same("environment.yml", conda, column("conda"))

recipe = read(f"{FOLDER}/spack/packages/normlab/package.py")
calls = [call for call in ast.walk(ast.parse(recipe)) if isinstance(call, ast.Call)
         and isinstance(call.func, ast.Name) and call.func.id == "depends_on"]
spack = {re.split("@", call.args[0].value)[0] for call in calls}
same("package.py", spack, {PROVIDES.get(name, name) for name in column("spack")})

definition = read(f"{FOLDER}/normlab.def")
container = read(f"{FOLDER}/Containerfile")
for name, text in ("normlab.def", definition), ("Containerfile", container):
    checks("packages_install build" in text, f"{name} does not install by jobs/packages.txt")
checks(re.search("BASE=.*/(.*)", container).group(1) == re.search("From: (.*)", definition).group(1),
       "the containers begin with different systems")

readme = read(f"{FOLDER}/README.md")
for file in re.findall(r"(?:\.packaging|jobs)/[\w./-]+\w", readme):
    checks(os.path.exists(os.path.join(ROOT, file)), f"{FOLDER}/README.md: no {file}")
for name in os.listdir(os.path.join(ROOT, FOLDER)):
    checks(name in ("README.md", "spack", "spack.yaml", "normlab.lua") or name in readme,
           f"{FOLDER}/README.md says nothing of {name}")
checks.end()
