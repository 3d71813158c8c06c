"""Lengths of files, functions and lines of the C sources."""

import re

from sources import Checks, paths, read, without_strings

MOST_LINES, MOST_OF_A_FUNCTION, MOST_COLUMNS = 400, 60, 100


def functions(text):
    """(name, first line from 1, number of lines) of each definition. What is at the top ends at a
    semicolon or, if it is a function, at its last brace, which clang-format puts in the first
    column."""
    found, start, head, depth = [], None, "", 0
    for number, line in enumerate(without_directives(without_strings(text)), 1):
        if start is None and not line.strip():
            continue
        if start is None:
            start, head, depth = number, "", 0
        if depth == 0:
            head += line + "\n"
        depth += line.count("{") - line.count("}")
        if line.startswith("}"):
            depth = 0  # whatever branches of #if have opened
        name = re.match(r"[^={;]*?(\w+) ?\((?!\*)[^={;]*\{", head)
        end = line.rstrip()[-1:]
        if depth > 0 or not (end == ";" or (end == "}" and name) or re.match(r"\w+\(.*\)$", head)):
            continue
        if name and end == "}":
            found.append((name[1], start, number - start + 1))
        start = None
    return found


def without_directives(text):
    """Lines, those of the preprocessor empty."""
    is_directive = False
    for line in text.split("\n"):
        is_directive = is_directive or line.startswith("#")
        yield "" if is_directive else line
        is_directive = is_directive and line.endswith("\\")


def too_long(path, text):
    """What is wrong, a sentence each."""
    lines = text.split("\n")
    n_lines = len(lines) - (lines[-1] == "")
    found = [f"{path}: {n_lines} lines, more than {MOST_LINES}"] if n_lines > MOST_LINES else []
    found += [f"{path}:{start}: {name} has {n} lines, more than {MOST_OF_A_FUNCTION}"
              for name, start, n in functions(text) if n > MOST_OF_A_FUNCTION]
    found += [f"{path}:{i}: {len(line)} columns, more than {MOST_COLUMNS}"
              for i, line in enumerate(lines, 1) if len(line) > MOST_COLUMNS]
    return found


SAMPLE = '''/* A comment with f(x) { and
 * } in it. */
#include "a.h"
#define PAIR(a, b) \\
  { a, b }

typedef struct Point {
  int x, y;
} Point;
static const struct {
  int (*call)(int);
} TABLE[] = {
    {first}, /* } */
};
static const char *const TEXT = "}{";
enum { LIMIT = 1 << 2 };
#if LIMIT
static int either(int a) {
#else
static int either(void) {
#endif
  return 0;
}
int declared(int a,
             int b);
static const Point *long_one(int a,
                             int b) {
  if (a) {
%s  }
  return "}";
}

int (*other(void))(int) {
  return 0;
}
void empty(void) {}
'''


def check_checker(check):
    """On a text whose lengths are known."""
    for n in (MOST_OF_A_FUNCTION - 6, MOST_OF_A_FUNCTION - 5):
        text = SAMPLE % ("    a++;\n" * n)
        found = [name for name, _, _ in functions(text)]
        check(found == ["either", "long_one", "other", "empty"], f"the functions of the sample are {found}")
        check(functions(text)[1][1:] == (26, n + 6), f"{n} + 6 lines are {functions(text)[1]}")
        check(len(too_long("sample.c", text)) == (n + 6 > MOST_OF_A_FUNCTION), f"{n} + 6 lines")
    for n, is_wrong in ((MOST_LINES, False), (MOST_LINES + 1, True)):
        check(bool(too_long("sample.c", "int a;\n" * n)) == is_wrong, f"a file of {n} lines")
    for n, is_wrong in ((MOST_COLUMNS, False), (MOST_COLUMNS + 1, True)):
        check(bool(too_long("sample.c", "\u00e9" * n + "\n")) == is_wrong, f"a line of {n} columns")


def main():
    check = Checks()
    check_checker(check)
    n_functions = 0
    for path in paths():
        text = read(path)
        n_functions += len(functions(text))
        wrong = too_long(path, text)
        check(not wrong, "\n        ".join(wrong))
    check(n_functions > 1000, f"only {n_functions} functions were found")
    print(f"{n_functions} functions")
    check.end()


main()
