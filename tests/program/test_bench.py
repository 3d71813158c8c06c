"""bench, bench --comm and train --trace: that all is there, adds up, and changes no result."""

import json
import os
import signal
import subprocess

from harness import PATIENT, S6, Test, errors, litter

SECONDS = 200  # for what is measured, on a machine that does other things
COLUMNS = ["forward", "backward", "combine", "communicate", "wait_threads", "wait_ranks"]
OUTSIDE = ["load", "loss", "combine", "communicate", "wait_threads", "wait_ranks", "update"]
PHASES = {"load", "forward", "backward", "exchange", "reduce", "update"}


def parse(test, text, what):
    try:
        return json.loads(text)
    except ValueError as error:
        test.check(False, f"{what}: {error} in {text[:300]!r}")
        return None


def layers(test, config, norm, ranks, threads):
    what = f"bench {os.path.basename(config)} {norm}, {ranks or 1} x {threads}"
    found = parse(test, test.run_well("bench", config, "--norm", norm, "--batch", 48, "--json",
                                      ranks=ranks, threads=threads, seconds=SECONDS).out, what)
    if not found:
        return
    rows, outside = found["layers"], found["outside_layers"]
    numbers = [row[c] for row in rows for c in COLUMNS] + [outside[c] for c in OUTSIDE]
    test.check(set(outside) == set(OUTSIDE) and all(n >= 0 for n in numbers), f"{what}: {outside}")
    test.check(set(found["seconds_per_step"]) == PHASES, f"{what}: {found['seconds_per_step']}")
    test.check(found["ranks"] == (ranks or 1) and found["threads"] == threads, f"{what}: layout")
    test.check(found["largest_peak_memory_bytes"] > 1e6, f"{what}: memory")
    numbered = [row["layer"] for row in rows]
    # A pool that is done with the norm before it has no row of its own.
    pooled = {row["layer"] + 1 for row in rows if " + max pool" in row["operations"]}
    test.check(numbered == sorted(numbered) and
               set(numbered) == set(range(numbered[-1] + 1)) - pooled,
               f"{what}: layers {numbered}")
    # Each number is rounded to four digits. What is not recorded lies before the first mark and
    # after the last one.
    total = found["recorded_seconds_per_step"]
    test.check(0.5 * total < sum(numbers) < 1.001 * total, f"{what}: {sum(numbers)} of {total}")
    flop = sum(row["flop_per_image"] for row in rows)
    test.check(flop == found["flop_per_image"] > 0, f"{what}: {flop} operations in the layers")
    exchanged = {row["layer"] for row in rows if row["combine"] > 0}
    normed = {row["layer"] for row in rows
              if any(part.startswith("norm") for part in row["operations"].split(" + "))}
    test.check(normed and exchanged == (normed if norm == "batch" else set()),
               f"{what}: sums are exchanged in {exchanged}, norms are in {normed}")
    test.check(all(row["forward"] > 0 for row in rows), f"{what}: a layer without forward pass")
    waiting = sum(row["wait_ranks"] for row in rows) + outside["wait_ranks"]
    test.check(waiting > 0 and outside["communicate"] > 0, f"{what}: no time for other ranks")


def straggler(test):
    """Of two ranks that which shares its core with other programs is named."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        return
    test.run_well("data", "synthesize", "many", "--train", 30000, "--test", 100, seconds=SECONDS)
    busy = [subprocess.Popen(["taskset", "-c", str(cores[1]), "yes"], stdout=subprocess.DEVNULL)
            for _ in range(2)]
    command = [test.options.mpirun, "--oversubscribe", "--bind-to", "none"]
    for core in cores[:2]:
        command += [":"] * (core != cores[0]) + ["-n", "1", "taskset", "-c", str(core),
                    test.options.program, "train", S6, "--data", "many", "--epochs", "2",
                    "--threads", "1", "--out", "slow.h5"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    for one in busy:
        one.kill()
    warnings = [line for line in done.stderr.splitlines() if "times as long" in line]
    test.check(done.returncode == 0 and len(warnings) == 1 and "rank 1 of" in warnings[0],
               f"a slow rank: status {done.returncode}, {warnings}")


def groups_within_ranks(test):
    """Norms whose groups lie within ranks exchange nothing in their layers; others do."""
    for norm, batch, ranks, exchanges in (("batch:16", 64, 2, False), ("batch:16", 48, 2, True),
                                          ("batch:8", 24, 2, False), ("batch:64", 64, 2, True)):
        what = f"{norm} of {batch} on {ranks} ranks"
        found = parse(test, test.run_well("bench", S6, "--norm", norm, "--batch", batch, "--json",
                                          ranks=ranks, seconds=SECONDS).out, what)
        if found:
            seconds = sum(row["communicate"] for row in found["layers"])
            test.check((seconds > 0) == exchanges, f"{what}: {seconds} s of messages in layers")


def text_of_layers(test):
    text = test.run_well("bench", S6, "--batch", 16, seconds=SECONDS).out
    for word in ("images/s", "by phase", "by layer", "conv 3x3", "norm, dropout, ReLU",
                 "outside the layers"):
        test.check(word in text, f"bench: no {word!r} in {text}")


def fit(test, found, rows, what):
    """A least-squares fit: what it leaves is orthogonal to what it fits."""
    latency, per_byte = found["latency_seconds"], found["seconds_per_byte"]
    left = [(row["seconds"] - latency - per_byte * row["bytes"]) / row["seconds"] for row in rows]
    for name, column in (("constant", [1 / row["seconds"] for row in rows]),
                         ("bytes", [row["bytes"] / row["seconds"] for row in rows])):
        size = sum(abs(r * c) for r, c in zip(left, column))
        test.check(abs(sum(r * c for r, c in zip(left, column))) <= 1e-3 * size,
                   f"{what}: not the best fit ({name})")
    bandwidth = found["bandwidth_bytes_per_second"]
    test.check(bandwidth is None if per_byte <= 0 else abs(bandwidth * per_byte - 1) < 1e-5,
               f"{what}: bandwidth {bandwidth}")


def sums(test, ranks, *ways):
    what = f"bench --comm {' '.join(ways)}, {ranks} ranks"
    found = parse(test, test.run_well("bench", "--comm", *ways, "--json", ranks=ranks,
                                      seconds=SECONDS).out, what)
    if not found:
        return
    test.check(found["ranks"] == ranks and found["nodes"] == 1 and found["hosts"], f"{found}")
    rows = [row for row in found["sums"] if row["is_taken"]]
    others = len(found["sums"]) - len(rows)
    test.check([row["bytes"] for row in rows] == [2 ** k for k in range(3, 21)], f"{rows}")
    test.check(others == (2 * len(rows) if ways else 0), f"{what}: {others} sums in other ways")
    test.check(all(row["seconds"] > 0 and row["repeats"] >= 3 for row in found["sums"]), what)
    test.check([one["way"] for one in found["fits"]] == ["mpi"], f"{what}: {found['fits']}")
    fit(test, found["fits"][0], rows, what)


def refusals(test):
    run = ["train", S6, "--data", "digits", "--epochs", 1, "--out", "refused.h5"]
    os.mkfifo("pipe")
    for status, arguments, word in (
            (2, ["bench", "--comm"], "mpirun"),
            (2, ["bench", "--comm", S6], "--comm"),
            (2, ["bench", "--comm", "--batch", 16], "--comm"),
            (2, ["bench", S6, "--ways"], "--ways"),
            (2, ["bench"], "CONFIG"),
            (2, run + ["--trace", ""], "--trace"),
            (2, run + ["--trace", "refused.h5"], "--trace"),
            (2, run + ["--trace-steps", 3], "--trace"),
            (2, run + ["--trace", "t.json", "--trace-steps", 0], "--trace-steps"),
            (2, run + ["--trace", "t.json", "--trace-steps", "many"], "--trace-steps"),
            (3, run + ["--trace", "none/t.json"], "none/t.json"),
            (3, run + ["--trace", "digits"], "digits"),
            (3, run + ["--trace", "pipe"], "no regular file")):
        outcome = test.run(*arguments)
        lines = errors(outcome.err)
        test.check(outcome.status == status and len(lines) == 1 and word in lines[0],
                   f"{arguments}: status {outcome.status}, {lines}")
        made = [name for name in os.listdir(".") if name.startswith(("refused", "t.json"))]
        test.check(not made, f"{arguments}: left {made}")


def spans_of(events, rank, thread):
    """In order, without those that hold all of a step."""
    return sorted((e for e in events if e["ph"] == "X" and (e["pid"], e["tid"]) == (rank, thread)
                   and e["cat"] != "step"), key=lambda e: e["ts"])


def timeline(test, norm, ranks, threads, n_steps):
    """Every rank and thread, every layer, these steps and no others; results as without it."""
    what = f"trace {norm}, {ranks} x {threads}"
    common = ["train", S6, "--norm", norm, "--batch", 16 * ranks * threads, "--epochs", 1, "--data",
              "digits", "--overwrite"]
    test.run_well(*common, "--out", "plain.h5")
    test.run_well(*common, "--out", "traced.h5", "--trace", "t.json", "--trace-steps", n_steps,
                  ranks=ranks, threads=threads, seconds=SECONDS)
    digest = test.digest("plain.h5")
    test.check(digest and digest == test.digest("traced.h5"), f"{what}: another digest")
    with open("t.json") as file:
        events = (parse(test, file.read(), what) or {}).get("traceEvents", [])
    names = {(e["pid"], e["tid"]) for e in events if e["name"] == "thread_name"}
    test.check(names == {(r, t) for r in range(ranks) for t in range(threads)}, f"{what}: {names}")
    for rank, thread in names:
        where, found = f"{what}: rank {rank}, thread {thread}", spans_of(events, rank, thread)
        steps = {e["args"]["step"] for e in found}
        test.check(steps == set(range(n_steps)), f"{where}: steps {steps}")
        for phase in ("forward", "backward"):
            seen = {e["args"]["layer"] for e in found if e["args"]["phase"] == phase}
            # The pool, layer 3, is done with the norm before it.
            test.check(seen == set(range(11)) - {3}, f"{where}: {phase} in layers {seen}")
        # Written in nanoseconds, read as binary fractions of microseconds.
        test.check(all(a["ts"] + a["dur"] <= b["ts"] + 1e-4 for a, b in zip(found, found[1:])),
                   f"{where}: spans overlap")
        test.check(all(e["ts"] >= 0 and e["dur"] >= 0 for e in found), f"{where}: negative times")
    whole = [e for e in events if e["ph"] == "X" and e["cat"] == "step"]
    test.check(len(whole) == ranks * n_steps, f"{what}: {len(whole)} steps")
    phases = {e["cat"] for e in events if e["ph"] == "X"}
    test.check({"load", "loss", "communicate", "wait_ranks", "update"} <= phases,
               f"{what}: {phases}")
    sizes = [e["args"].get("bytes", 0) for e in spans_of(events, 0, 0)
             if e["args"]["phase"] == "communicate" and e["args"]["step"] == 0]
    others = [e for e in events if e["ph"] == "X" and e["cat"] != "communicate"]
    test.check(sizes and all(n > 0 and n % 8 == 0 for n in sizes) and max(sizes) == sizes[-1] and
               not any("bytes" in e["args"] for e in others), f"{what}: bytes of sums {sizes}")
    test.check(not [name for name in litter() if name.startswith("t.json")], f"{what}: litter")


def read_trace(test, what):
    """Number of spans; -1 if the file is none."""
    if not test.check(os.path.exists("t.json"), f"{what}: no trace"):
        return -1
    with open("t.json") as file:
        found = parse(test, file.read(), what)
    os.unlink("t.json")
    return len([e for e in found["traceEvents"] if e["ph"] == "X"]) if found else -1


def early_ends(test):
    """Stopped, diverged, nothing left to do."""
    common = ["--data", "digits", "--trace", "t.json", "--overwrite"]
    run = test.start("train", S6, "--epochs", 10000, "--out", "stopped.h5", "--trace-steps", 50,
                     *common, ranks=2, seconds=SECONDS)
    test.check(run.wait_file("stopped.h5"), "stopped: does not start")
    run.signal(signal.SIGUSR1, run.launcher())  # which hands it to the ranks
    test.check(run.wait(PATIENT) is not None, "stopped: goes on")
    run.kill_all()
    again = test.run("train", S6, "--epochs", 10000, "--out", "stopped.h5", "--data", "digits")
    test.check(again.status != 0, "stopped: the run has ended by itself")
    test.check(read_trace(test, "stopped") >= 0, f"stopped: no trace: {run.output()}")
    run.close()
    outcome = test.run("train", S6, "--epochs", 2, "--out", "diverged.h5", "--set",
                       "optimizer.lr=1e30", "--set", "schedule={type: constant}", *common)
    test.check(outcome.status == 5, f"diverged: status {outcome.status}")
    test.check(read_trace(test, "diverged") > 0, "diverged: an empty trace")
    test.run_well("train", S6, "--epochs", 0, "--out", "none.h5", *common)
    test.check(read_trace(test, "no epochs") >= 0, "no epochs: no trace")


def main():
    test = Test(__doc__)
    test.run_well("data", "synthesize", "digits", "--train", 300, "--test", 50)
    refusals(test)
    timeline(test, "batch", 2, 2, 2)
    timeline(test, "group:2", 1 if not test.long else 3, 2, 3)
    early_ends(test)
    layers(test, S6, "batch", 2, 1)
    layers(test, S6, "group:2", 0, 2)
    if test.long:
        for name in ("wide", "relu-first", "skip"):
            layers(test, S6.replace("s6", name), "batch", 0, 2)
    groups_within_ranks(test)
    if test.long:
        straggler(test)
    text_of_layers(test)
    sums(test, 2, "--ways")
    for ranks in (2, 3, 4) if test.long else ():
        sums(test, ranks)
    test.finish()


main()
