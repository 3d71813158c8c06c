"""Power cuts at random moments of a run, played back from the log of its calls on files.

FILE or FILE.prev is whole, and not older than the last generation after which the run had gone on;
the run goes on from there to the same digest. The same harness must find losses where the run does
not sync, or writes FILE in place.
"""

import io
import os
import shutil
from collections import Counter, namedtuple

from disk import Disk
from faults import FaultTest, acknowledged, calls, copy_into, is_next_generation, read, write

# What was played: the calls, the bytes written, and the generations by content.
Film = namedtuple("Film", "start options rows data counts generations")
STEPS = ["--set", "checkpoint.every=1"]


def prepare(test):
    """Folders to start from, and the digest at the end."""
    os.mkdir("whole")
    log = os.path.abspath("whole.log")
    test.check(test.faulty("whole", *STEPS, log=log).status == 0, "no whole run")
    os.mkdir("stopped")
    test.faulty("stopped", *STEPS, at=acknowledged(calls(log)).index(2) + 1, do="kill-before")
    copy_into("stopped", "torn")
    write("torn/run.h5", read("torn/run.h5")[:5000])
    os.mkdir("other")
    test.run_well(*test.arguments("other/run.h5", "--seed", 2))
    return test.digest("whole/run.h5")


def record(test, name, start, options, plant=None):
    """Lets a run write and keeps what it did."""
    folder, log, data = f"film-{name}", f"{name}.log", f"{name}.data"
    copy_into(start, folder) if start else os.mkdir(folder)
    outcome = test.faulty(folder, *options, *STEPS, log=os.path.abspath(log),
                          data=os.path.abspath(data), **({"plant": plant} if plant else {}))
    test.check(outcome.status == 0, f"{name}: {outcome.err}")
    rows = calls(log)
    film = Film(start, options, rows, read(data), acknowledged(rows), [])
    disk, stream = Disk(start), io.BytesIO(film.data)
    if start and start != "other":  # a run to be resumed has been acknowledged already
        good = [read(os.path.join(start, end)) for end in ("run.h5.prev", "run.h5")]
        film.generations.extend(good[:1] if start == "torn" else good)
    n_before = len(film.generations)
    for row in rows:
        if row["function"] == "rename" and is_next_generation(row["path"]):
            source = disk.live.get(row["path"], disk.live.get("run.h5"))
            film.generations.append(source.content())
        disk.play(row, stream)
    test.check(len(film.generations) >= n_before + 3, f"{name}: {len(film.generations)} writes")
    counts = [n_before - 1 + n for n in film.counts]
    return film._replace(counts=counts)


def cut(film, random):
    """Plays up to a random call: names, contents, the generation that had been acknowledged."""
    moment = random.randint(0, len(film.rows))
    disk, stream = Disk(film.start), io.BytesIO(film.data)
    for row in film.rows[:moment]:
        disk.play(row, stream)
    least = film.counts[moment] if moment < len(film.rows) else len(film.generations) - 1
    names, contents = disk.cut(random)
    return names, contents, least


def judge(film, names, contents, least, other):
    """Generations of FILE and FILE.prev (-1: another run's, -2: none, -3: damaged), and if lost."""
    numbers = []
    for name in ("run.h5", "run.h5.prev"):
        content = contents[names[name]] if name in names else None
        if content is None:
            numbers.append(-2)
        elif content in film.generations:
            numbers.append(len(film.generations) - 1 - film.generations[::-1].index(content))
        else:
            numbers.append(-1 if content in other else -3)
    lowest = least if least >= 0 else -1 if film.start == "other" else -2
    return tuple(numbers), max(numbers) < lowest


def lay_out(folder, names, contents):
    """As files; what was one file under two names is again."""
    shutil.rmtree(folder, ignore_errors=True)
    os.mkdir(folder)
    first = {}
    for name, file in names.items():
        path = os.path.join(folder, name)
        if file in first:
            os.link(first[file], path)
        else:
            first[file] = write(path, contents[file])


def go_on(test, state):
    folder, film, names, contents, numbers = state
    lay_out(folder, names, contents)
    options = film.options
    if film.start == "other" and numbers[0] < 0:
        options = ["--overwrite"]
    elif not options or film.start == "other":
        options = ["--resume"]
    return test.run(*test.arguments(os.path.join(folder, "run.h5"), *STEPS, *options))


def check_states(test, states, expected):
    """The program itself goes on from such a disk."""
    outcomes = test.all(lambda state: go_on(test, state), states)
    found = test.digests([os.path.join(state[0], "run.h5") for state in states])
    for state, outcome in zip(states, outcomes):
        folder, film, names, _, numbers = state
        what = f"after a cut that left {numbers} and {sorted(names)}, start {film.start}"
        test.check(outcome.status == 0, f"{what}: status {outcome.status}\n{outcome.err[-500:]}")
        test.check(found.get(os.path.join(folder, "run.h5")) == expected, f"{what}: other digest")
        left = [n for n in os.listdir(folder) if n not in ("run.h5", "run.h5.prev")]
        test.check(not left, f"{what}: left {left}")
        shutil.rmtree(folder)


def cuts(test, films, n, other):
    """n cuts, in turn of these films. Number of losses, and states to go on from, one a kind."""
    n_lost, kinds, tally = 0, {}, Counter()
    for i in range(n):
        film = films[i % len(films)]
        names, contents, least = cut(film, test.random)
        numbers, is_lost = judge(film, names, contents, least, other)
        n_lost += is_lost
        tally["damaged"] += numbers[0] == -3 and film.start != "torn"
        kind = (i % len(films), numbers, tuple(sorted(name.split(".tmp.")[0] for name in names)))
        if not is_lost:
            kinds[kind] = (f"cut-{i}", film, names, contents, numbers)
    print(f"{n} power cuts: {n_lost} lost something; FILE was damaged by"
          f" {tally['damaged']}; {len(kinds)} different states")
    return n_lost, list(kinds.values())


def main():
    test = FaultTest(__doc__)
    expected = prepare(test)
    other = [read(f"other/run.h5{end}") for end in ("", ".prev")]
    films = [record(test, "new", None, []), record(test, "resume", "stopped", ["--resume"]),
             record(test, "overwrite", "other", ["--overwrite"]),
             record(test, "torn", "torn", ["--resume"]),
             record(test, "no-links", "stopped", ["--resume"], "no-link")]
    n_lost, states = cuts(test, films, 1000 if test.long else 50, other)
    test.check(n_lost == 0, f"{n_lost} cuts lost something")
    states = states if test.long else test.random.sample(states, min(10, len(states)))
    check_states(test, states, expected)
    print(f"{len(states)} of these states went on to the same digest")
    for plant in ("no-fsync", "in-place"):
        print(f"planted: {plant}")
        film = record(test, plant, "stopped", ["--resume"], plant)
        n_lost, _ = cuts(test, [film], 200, other)
        test.check(n_lost > 0, f"{plant} goes unnoticed")
    test.finish()


main()
