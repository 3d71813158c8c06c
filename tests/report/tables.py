"""Tables of runs, for the tests of them."""

from harness import write

FILE, DATA = 3, 4
HEAD = "# program: torch 2.1\n# data: MNIST\n# evaluated: test\n# images: 10000\n# statistics: running\n"


def torch_table(values, columns="variant,seed,accuracy,loss", head=HEAD):
    return head + columns + "\n" + "".join(",".join(map(str, row)) + "\n" for row in values)


def beside(text, name="other.csv"):
    write(name, text)
    return name


def text_of(test, *arguments, status=0):
    outcome = test.run("compare", *arguments)
    test.check(outcome.status == status, f"{arguments}: {outcome.status}\n{outcome.out}{outcome.err}")
    return outcome.out


def table_of(test, name, *arguments, status=0):
    write(name, text_of(test, *arguments, "--csv-runs", status=status))
    return name
