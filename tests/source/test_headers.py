"""test_headers.py COMPILER: the public headers compile alone and in one file, and no name is two."""

import os
import random
import re
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from sources import ROOT, Checks, paths, read, without_comments

OPTIONS = ["-std=gnu17", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-x", "c"]
N_ORDERS = 4


def compile_headers(compiler, names):
    """What the compiler says against a file that includes them; "" if nothing."""
    text = "".join(f'#include "{name}"\n' for name in names) + "extern int nothing;\n"
    done = subprocess.run([compiler, *OPTIONS, "-I", os.path.join(ROOT, "include"), "-"],
                          input=text.encode(), capture_output=True, check=False)
    errors = done.stderr.decode(errors="replace")
    return "" if done.returncode == 0 else errors[:600] or f"status {done.returncode}"


def declared(text):
    """Names of the types and of the constants of enumerations that a header declares."""
    text = re.sub(r"(?m)^\s*#(?:\\\n|[^\n])*", "", without_comments(text))
    names = re.findall(r"\btypedef\b[^;{}()]*?(\w+)\s*(?:\[[^\]]*\]\s*)*;", text)
    names += re.findall(r"\btypedef\b[^;{}]*?\(\s*\*\s*(?:const\s+)?(\w+)\s*\)", text)
    for match in re.finditer(r"\btypedef\s+(?:struct|union|enum)\b[^;{]*\{", text):
        depth, end = 1, match.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        names += re.findall(r"\A[^;]*?(\w+)\s*(?:\[[^\]]*\]\s*)*;", text[end:])
    for body in re.findall(r"\benum\b[^;{}()]*\{([^{}]*)\}", text):
        names += re.findall(r"(?:\A|,)\s*(\w+)", re.sub(r"\([^()]*\)", "", body))
    # A type that is declared before it is defined is one.
    early = set(re.findall(r"\btypedef\s+(?:struct|union|enum)\s+(\w+)\s+\1\s*;", text))
    return [name for i, name in enumerate(names) if name not in early or name not in names[:i]]


def check_checker(check):
    sample = """
typedef struct Early Early;
struct Early { int a; };
typedef struct Point { /* not Comment; */
  union { int x; enum Inner { IN_A, IN_B = 1 << (2 + 1), IN_C } y; } u;
} Point;
typedef enum Kind { KIND_A, KIND_B, N_KINDS } Kind;
enum { LIMIT = 16 };
typedef int Vector[4];
typedef void (*Visit)(void *context, int number);
#define MACRO enum { NOT_THIS }
enum Kind kind_of(const Point *point);
"""
    expected = ["Early", "Point", "IN_A", "IN_B", "IN_C", "Kind", "KIND_A", "KIND_B", "N_KINDS",
                "LIMIT", "Vector", "Visit"]
    check(sorted(declared(sample)) == sorted(expected), f"the sample has {declared(sample)}")


def main():
    compiler = sys.argv[1]
    check = Checks()
    check_checker(check)
    headers = [path for path in paths(("include",), (".h",))]
    names = [path.split("/", 1)[1] for path in headers]
    check(compile_headers(compiler, ["no/such.h"]), "a missing header compiles")
    orders = [names, names[::-1]]
    orders += [random.Random(seed).sample(names, len(names)) for seed in range(N_ORDERS)]
    sets = [[name] for name in names] + orders
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        errors = list(pool.map(lambda one: compile_headers(compiler, one), sets))
    for one, text in zip(sets, errors):
        check(not text, f"{one[0] if len(one) == 1 else 'all in one file'}: {text}")
    where = {path: declared(read(path)) for path in headers}
    count = Counter(name for found in where.values() for name in found)
    for name, n in sorted(count.items()):
        check(n == 1, f"{name} is declared by " +
              ", ".join(path for path, found in where.items() if name in found))
    check(len(count) > 200, f"only {len(count)} names were found")
    print(f"{len(headers)} headers, {len(count)} types and constants")
    check.end()


main()
