"""Which file includes which: no circle within a folder, and each library has one user. So has each
function that compilers name differently."""

import os
import re

from sources import PRODUCT, Checks, paths, read, without_comments

# Header: the only files that may include it.
ONLY = {"mpi.h": r"src/dist/", "hdf5.h": r"src/store/", "dlfcn.h": r"src/kernels/blas\.c$",
        "blas.h": r"src/kernels/(blas|gemm)\.c$"}
# Functions of compilers that have other names, or none, in some: the only file that may call them.
COMPILERS = {r"__builtin_(shuffle|convert)\w*": "src/kernels/vector/vector.h"}
# Folders where a source and its headers count as one: what is above another file is never asked by it.
JOINED = ("base", "config", "data", "dist", "watch", "commands")


def includes(text):
    """[(name, is it in quotes)]"""
    found = re.findall(r'(?m)^[ \t]*#[ \t]*include[ \t]+(?:"([^"]+)"|<([^>]+)>)',
                       without_comments(text))
    return [(quoted or angled, bool(quoted)) for quoted, angled in found]


def stem(path):
    """A source and the headers of its name are one: include/nn/pass.h, src/nn/pass.c."""
    return os.path.splitext(re.sub(r"^(src|include)/", "", path))[0]


def folder(path):
    return path.split("/")[1]


def resolve(path, name, known):
    """The file that an include in quotes means, None if it is not of the project."""
    parts = path.split("/")
    places = [os.path.dirname(path), "include"] + ["/".join(parts[:n]) for n in range(2, len(parts))]
    found = [os.path.normpath(os.path.join(place, name)) for place in places]
    return next((one for one in found if one in known), None)


def graph(texts, node=lambda path: path):
    """{node: nodes of the same folder that it includes}, of {path: text}."""
    edges = {}
    for path, text in texts.items():
        edges.setdefault(node(path), set())
        for name, is_quoted in includes(text):
            target = resolve(path, name, texts) if is_quoted else None
            if target and folder(target) == folder(path) and (target == path or
                                                              node(target) != node(path)):
                edges[node(path)].add(node(target))
    return edges


def circles(edges):
    """A path along each circle that a search in depth meets, its first node also its last."""
    found, done = [], set()

    def visit(node, trail):
        if node in trail:
            found.append(trail[trail.index(node):] + [node])
        elif node not in done:
            for other in sorted(edges.get(node, ())):
                visit(other, trail + [node])
            done.add(node)
    for node in sorted(edges):
        visit(node, [])
    return found


def misused(path, text):
    return [name for name, _ in includes(text)
            if os.path.basename(name) in ONLY and not re.match(ONLY[os.path.basename(name)], path)]


def check_checker(check):
    texts = {"src/a/one.c": '#include "two.h"\n#include <a/three.h>\n',
             "src/a/two.h": '/*\n#include "a/one.h"\n*/ #include "b/four.h"\n',
             "include/a/one.h": "", "include/a/three.h": '#include "a/one.h"\n',
             "src/a/deep/five.c": '#include "two.h"\n', "include/b/four.h": '#include "a/one.h"\n'}
    edges = graph(texts, stem)
    check(edges == {"a/one": {"a/two"}, "a/two": set(), "a/three": {"a/one"},
                    "a/deep/five": {"a/two"}, "b/four": set()}, f"the sample's graph is {edges}")
    check(not circles(edges), f"circles in the sample: {circles(edges)}")
    texts["src/a/two.h"] += '#include "a/three.h"\n'
    check(not circles(graph(texts)), f"of files: {circles(graph(texts))}")
    check(circles(graph(texts, stem)) == [["a/two", "a/three", "a/one", "a/two"]],
          f"a circle of three is {circles(graph(texts, stem))}")
    texts["include/a/one.h"] = '#include "a/three.h"\n'
    check(len(circles(graph(texts))) == 1, f"a circle of headers is {circles(graph(texts))}")
    check(misused("src/nn/a.c", "#include <mpi.h>\n") == ["mpi.h"]
          and misused("src/kernels/gemmer.c", '#include "blas.h"\n') == ["blas.h"]
          and not misused("src/kernels/gemm.c", '#include "blas.h"\n'), "wrong users of libraries")


def main():
    check = Checks()
    check_checker(check)
    texts = {path: read(path) for path in paths(PRODUCT)}
    edges = graph(texts)
    n_edges = sum(map(len, edges.values()))
    check(n_edges > 50, f"only {n_edges} includes within folders were found")
    joined = {path: text for path, text in texts.items() if folder(path) in JOINED}
    for circle in circles(edges) + circles(graph(joined, stem)):
        check(False, "a circle of includes: " + " -> ".join(circle))
    used = set()
    for path, text in texts.items():
        check(not misused(path, text), f"{path} includes {misused(path, text)}")
        for function, home in COMPILERS.items():
            check(path == home or not re.search(function, without_comments(text)),
                  f"{path} calls what only {home} may: {function}")
        used |= {name for name, _ in includes(text)} & set(ONLY)
    check(used == set(ONLY), f"of {sorted(ONLY)} only {sorted(used)} are used at all")
    print(f"{len(edges)} files, {n_edges} includes within folders")
    check.end()


main()
