"""Manual pages and completion have every command and option that the program lists.

Pages are looked at as `man` shows them, where it is there, and must not make roff warn.
"""

import os
import re
import shutil
import subprocess

from harness import Test, errors, write

USAGE = 2


def shown(test, page):
    """The page as plain text; as it is without man."""
    if not shutil.which("man"):
        return page.replace("\\-", "-").replace("\\&", "")
    write("page.1", page)
    done = subprocess.run(
        ["man", "--warnings", "-l", "page.1"], capture_output=True, text=True, timeout=60,
        env={**os.environ, "LC_ALL": "C", "MANWIDTH": "80", "MAN_KEEP_FORMATTING": "",
             "MANPAGER": "cat"})
    test.check(done.returncode == 0 and not done.stderr, f"man: {done.stderr}")
    return re.sub(".\b", "", done.stdout)


def listing(test):
    return [line.split("\t") for line in test.run_well("--print-commands").out.splitlines()]


def words_of(text):
    """Without what a formatter adds: spaces, and hyphens at the ends of lines."""
    return re.sub(r"\s+", "", re.sub(r"-\n\s*", "", text)).replace("-", "")


def pages(test, rows):
    program = shown(test, test.run_well("--print-manual").out)
    for kind, *fields in rows:
        if kind == "command":
            command, summary = fields
            test.check(words_of(command + summary) in words_of(program), f"normlab.1: {command}")
            page = shown(test, test.run_well("--print-manual", command).out)
            flat = words_of(page)
            test.check(words_of(f"normlab-{command}{summary}") in flat, f"{command}: {page[:300]}")
            for section in "NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS":
                test.check(f"\n{section}\n" in page, f"{command}: no {section}")
        elif kind in ("usage", "action", "option", "exit") and fields[0] != "-":
            test.check(words_of("".join(fields[1:])) in flat, f"{command}: {fields}")
        elif kind == "exit":
            test.check(words_of("".join(fields[1:])) in words_of(program), f"normlab.1: {fields}")
    outcome = test.run("--print-manual", "fly")
    found = errors(outcome.err)
    test.check(outcome.status == USAGE and not outcome.out and len(found) == 1 and
               "fly: unknown command" in found[0], f"--print-manual fly: {outcome}")


def completed(*words):
    """What bash offers for the last of these words of a command line."""
    script = ('. ./completion; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _normlab; '
              'printf "%s\\n" "${COMPREPLY[@]}"')
    done = subprocess.run(["bash", "-euc", script, "bash", "normlab", *words], capture_output=True,
                          text=True, timeout=60, check=True)
    return done.stdout.split()


def completion(test, rows):
    write("completion", test.run_well("--print-completion").out)
    os.makedirs("images", exist_ok=True)
    commands = [fields[0] for kind, *fields in rows if kind == "command"]
    test.check([word for word in completed("") if not word.startswith("-")] == commands,
               f"commands: {completed('')}")
    test.check(completed("tra") == ["train"], f"tra: {completed('tra')}")
    for command in commands:
        options = [fields[1] for kind, *fields in rows if kind == "option" and fields[0] == command]
        actions = [fields[1] for kind, *fields in rows if kind == "action" and fields[0] == command]
        test.check(completed(command, "--") == options, f"{command}: {completed(command, '--')}")
        test.check(completed(command, "") == actions, f"{command}: {completed(command, '')}")
    for words, wanted in (
            (("train", "s6.yaml", "--ov"), ["--overwrite"]),
            (("train", "--norm", "la"), ["layer", "layer:chw", "layer:w"]),
            (("train", "--data", "ima"), ["images"]),
            (("train", "--out", ""), []),
            (("study", "s6.yaml", "r"), ["run", "resume"]),
            (("fly", "-"), [])):
        test.check(completed(*words) == wanted, f"{words}: {completed(*words)}")


def main():
    test = Test(__doc__)
    rows = listing(test)
    pages(test, rows)
    completion(test, rows)
    test.finish()


main()
