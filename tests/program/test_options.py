"""Every option of every command: in --help, in the tables of the pages, and refused with one message.

--write puts the tables of the program into the pages.
"""

import os
import re

from harness import Test, errors, read, write

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
COMMANDS, NORMS = "src/commands/README.md", "configs/README.md"
USAGE = 2


def listing(test):
    """Rows of --print-commands by their first field, without it."""
    rows = {"command": [], "usage": [], "action": [], "option": [], "exit": []}
    for line in test.run_well("--print-commands").out.splitlines():
        kind, *fields = line.split("\t")
        if test.check(kind in rows, f"--print-commands: {line}"):
            rows[kind].append(fields)
    return rows


def cell(text):
    """Markdown takes | and < for its own."""
    return text.replace("|", "\\|").replace("<", "\\<")


def commands_table(rows):
    """A command is a row, with all ways to call it."""
    ways = {}
    for command, usage in rows["usage"]:
        usage, _, remark = usage.partition("  ")
        remark = " " + remark.strip() if remark else ""
        ways.setdefault(command, []).append(f"`normlab {command} {cell(usage)}`{remark}")
    yield "| command | |"
    yield "| --- | --- |"
    for command, summary in rows["command"]:
        yield f"| {'<br>'.join(ways[command])} | {cell(summary)} |"


def options_table(rows):
    """Options of one name and meaning are one row."""
    merged = {}
    for command, name, argument, text in rows["option"]:
        if name != "--help":
            merged.setdefault((f"{name} {argument}".strip(), text), []).append(f"`{command}`")
    yield "| option | of | does |"
    yield "| --- | --- | --- |"
    for (option, text), commands in merged.items():
        yield f"| `{cell(option)}` | {', '.join(commands)} | {cell(text)} |"


def exits_table(rows):
    yield "| exit status | means |"
    yield "| --- | --- |"
    for command, status, meaning in rows["exit"]:
        if command == "-":
            yield f"| {status} | {cell(meaning)} |"


def tables(rows):
    return ["\n".join(table(rows)) + "\n"
            for table in (commands_table, options_table, exits_table)]


def put(text, table):
    """The text with the table in place of the one that has the same first line."""
    heading = table.split("\n", 1)[0]
    pattern = re.compile(r"(?m)^" + re.escape(heading) + r"\n(?:\|.*\n)*")
    return pattern.sub(lambda _: table, text, count=1), len(pattern.findall(text))


def pages(test, rows):
    for page, own in ((COMMANDS, tables(rows)), (NORMS, [test.run_well("explain", "--list").out])):
        path = os.path.join(ROOT, page)
        text = read(path).decode()
        for table in own:
            text, n = put(text, table)
            test.check(n == 1, f"{page} has {n} tables like\n{table}")
        if test.options.write:
            write(path, text)
        test.check(text == read(path).decode(),
                   f"{page} is not what the program says: tests/program/test_options.py --write")


def helps(test, rows):
    """What is in the listing is in the help, whose lines fit a terminal."""
    for command, summary in rows["command"]:
        whole = test.run_well("--help").out
        test.check(re.search(f"(?m)^  {command} +{re.escape(summary)}$", whole) is not None,
                   f"--help, {command}: {whole}")
        text = test.run_well(command, "--help").out
        flat = re.sub(r"\s+", " ", text)
        for of, usage in rows["usage"]:
            test.check(of != command or f"normlab {command} {usage}" in text, f"{usage}: {text}")
        for of, name, argument, meaning in rows["option"]:
            row = f" {name} {argument} {meaning}" if argument else f" {name} {meaning}"
            test.check(of != command or row in flat, f"{command} --help has no {row!r}: {text}")
        for of, action, meaning in rows["action"]:
            test.check(of != command or f" {action} {meaning}" in flat, f"{action}: {text}")
        for of, status, meaning in rows["exit"]:
            test.check(of != command or f" {status} {meaning}" in flat, f"{status}: {text}")
        for line in text.splitlines():
            test.check(len(line) <= 80 or "normlab " in line, f"{command} --help: {line}")


def statuses(test, rows):
    """In increasing order, 0 first; a command ends with none that is not in the table."""
    whole = [int(status) for command, status, _ in rows["exit"] if command == "-"]
    test.check(whole == [0, 1, 2, 3, 4, 5, 6, 7, 75], f"exit statuses: {whole}")
    for command, _ in rows["command"]:
        own = [int(status) for of, status, _ in rows["exit"] if of == command]
        test.check(own == sorted(set(own)) and own[0] == 0 and set(own) <= set(whole),
                   f"{command}: {own}")


def refused(test, text, *arguments):
    outcome = test.run(*arguments, seconds=20)
    found = errors(outcome.err)
    test.check(outcome.status == USAGE and len(found) == 1 and text in found[0]
               and not outcome.out, f"{arguments}: {outcome}")


def wrong(test, rows):
    """An unknown option of every command; of every option a missing value, or one too many."""
    actions = {command: action for command, action, _ in reversed(rows["action"])}
    for command, _ in rows["command"]:
        refused(test, f"{command}: unknown option --fast; see normlab {command} --help", command,
                "--fast")
        own = [row for row in rows["option"] if row[0] == command]
        for _, name, argument, _ in own if test.long else test.random.sample(own, min(2, len(own))):
            if argument:
                refused(test, f"{command}: {name} needs a value", command, name)
            else:
                refused(test, f"{name} takes no value", command, name + "=1")
    for command, action in actions.items():
        words = [action, "x"] if command == "data" else ["x", action]
        refused(test, "--fast", command, *words, "--fast")
    for command, option, value, text in (
            ("train", "--threads", "0", "expected 1 to 4096"),
            ("train", "--threads", "4097", "expected 1 to 4096"),
            ("train", "--trace-steps", "1001", "expected 1 to 1000"),
            ("train", "--time-limit", "soon", "expected a time"),
            ("bench", "--threads", "x", "expected 1 to 4096"),
            ("data", "--train", "10000001", "expected 1 to 10000000"),
            ("data", "--seed", "-1", "expected 0 to 18446744073709551615"),
            ("study", "--jobs", "1025", "expected 1 to 1024"),
            ("watch", "--interval", "0.01", "expected seconds, 0.1 to 3600"),
            ("compare", "--reach", "2", "expected a share")):
        refused(test, f"{option} {value}: {text}", command, option, value)
    refused(test, "--check or --print-out", "train", "x.yaml", "--check", "--print-out")
    refused(test, "--print-config, one of them", "train", "x.yaml", "--check", "--print-config")
    refused(test, "--list: goes with no other option", "explain", "--list", "--norm", "batch")
    for arguments, text in ((["trian"], "trian: unknown command, perhaps train is meant; see"),
                            (["--verison"], "--verison: unknown command, perhaps --version is meant"),
                            (["aligned"], "aligned: unknown command; see normlab --help"),
                            (["compare", "--basline=1"], "option --basline=1, perhaps --baseline is"),
                            (["compare", "--pl"], "ambiguous option --pl; see"),
                            (["compare", "--abc"], "unknown option --abc; see")):
        refused(test, text, *arguments)


def no_command(test, rows):
    outcome = test.run()
    for command, summary in rows["command"]:
        test.check(re.search(f"(?m)^  {command} +{re.escape(summary)}$", outcome.out) is not None,
                   f"without a command: {outcome.out}")
    test.check(outcome.status == USAGE and len(errors(outcome.err)) == 1, f"{outcome}")


def new_network(test):
    """It is refused where a file is, fits images of other sizes, trains, and its resolved
    configuration is one, too; a run begins with its layers and not with its keys."""
    os.mkdir("a")
    for name, file in (("a/net", "a/net.yaml"), ("my net.yml", "my net.yml")):
        outcome = test.run_well("new", name)
        text = read(file).decode()
        test.check(outcome.out.startswith(file + "\n") and f"normlab train {file} --data DIR" in text
                   and "FILE" not in text, f"{outcome} {text}")
        again = test.run("new", name)
        test.check(again.status == 3 and f"{file}: is there already" in errors(again.err)[0]
                   and read(file).decode() == text, f"{again}")
    refused(test, "expected the name of a file", "new", "a/")
    refused(test, "expected one NAME", "new")
    test.check(test.run("new", "none/net").status == 3 and sorted(os.listdir(".")) == ["a", "my net.yml"],
               f"{os.listdir('.')}")
    for size in ("1x6x6", "1x28x28", "3x32x32", "3x64x48"):
        test.run_well("summary", "a/net.yaml", "--input", size)
    test.run_well("data", "synthesize", "digits", "--train", 64, "--test", 20)
    trained = test.run_well("train", "a/net.yaml", "--data", "digits", "--epochs", 1, "--norm", "layer")
    test.check("block 3x3 pad 1 + skip" in trained.out and "  layers:\n" not in trained.out
               and "optimizer.lr: 0.1" in trained.out, trained.out)
    write("b.yaml", test.run_well("train", "a/net.yaml", "--norm", "layer", "--print-config").out)
    text = read("b.yaml").decode()
    test.check("\n  norm: layer\n" in text and "\n    - {type: block, channels: 16," in text, text)
    test.check(test.run_well("train", "b.yaml", "--print-config").out == text, "read again, it is another")


def printed_names(test):
    """Scripts read these: one name and nothing else, without looking at data."""
    write("tiny.yaml", "network: {layers: [{type: linear, channels: 10}]}\n")
    write("study.yaml", "base: tiny.yaml\naxes: {seed: 1..2}\n")
    for arguments, name in ((["train", "tiny.yaml", "--norm", "group:c/2", "--seed", 3],
                             "results/tiny-group-c-2-s3.h5\n"),
                            (["train", "tiny.yaml", "--out", "a b.h5"], "a b.h5\n"),
                            (["study", "study.yaml", "list"], "results/study\n"),
                            (["study", "study.yaml", "list", "--out", "try"], "try\n")):
        outcome = test.run_well(*arguments, "--print-out", NORMLAB_DATA="none")
        test.check(outcome.out == name and outcome.err == "", f"{arguments}: {outcome}")
    test.check(sorted(os.listdir(".")) == ["study.yaml", "tiny.yaml"], f"{os.listdir('.')}")


def main():
    test = Test(__doc__, add_options=lambda parser: parser.add_argument(
        "--write", action="store_true", help="put the tables into the pages"))
    rows = listing(test)
    pages(test, rows)
    helps(test, rows)
    statuses(test, rows)
    wrong(test, rows)
    no_command(test, rows)
    printed_names(test)
    for name in ("tiny.yaml", "study.yaml"):
        os.remove(name)
    new_network(test)
    test.finish()


main()
