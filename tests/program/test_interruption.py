"""Kill it anywhere: what is resumed ends in the same bits as what was never interrupted."""

import os
import signal
import time
from collections import Counter

from harness import PATIENT, S6, Test, errors, litter

# Ranks (0: without mpirun) and threads.
LAYOUTS = [(2, 1), (0, 2), (3, 1), (0, 1), (4, 1), (1, 2)]
STOPPED = 75
NORMS = ["batch", "layer:w", "batch:32", "none"]


def arguments(norm, out, *options, every=3, epochs=3):
    return ["train", S6, "--norm", norm, "--batch", 50, "--epochs", epochs, "--data", "digits",
            "--out", out, "--set", f"checkpoint.every={every}", *options]


def check_clean(test, what):
    test.check(not litter(), f"{what}: left {litter()}")


def check_readable(test, path, what):
    """Neither FILE nor FILE.prev is ever half a file."""
    for name in (path, path + ".prev"):
        if os.path.exists(name):
            test.check(test.digest(name) is not None, f"{what}: {name} is damaged")


def kill(run, how, choice):
    """Kills all processes, one rank or mpirun at once; what must end by itself is not touched."""
    if how == "rank":
        ranks = run.ranks()
        run.signal(signal.SIGKILL, [choice.choice(ranks)] if ranks else [])
    elif how == "launcher":
        run.signal(signal.SIGKILL, run.launcher())
    else:
        run.kill_all()


def wait_writes(run, path, n_writes, seconds):
    """Until the file has been replaced so often. Whether the run has ended before."""
    end = time.monotonic() + seconds
    seen = None
    while run.process.poll() is None and time.monotonic() < end:
        try:
            info = os.stat(path)
            if seen not in (None, (info.st_ino, info.st_mtime_ns)):
                n_writes -= 1
            seen = (info.st_ino, info.st_mtime_ns)
        except FileNotFoundError:
            pass
        if n_writes <= 0:
            return False
        time.sleep(0.001)
    return run.process.poll() is not None


def interrupt_once(test, norm, attempt):
    """One attempt, killed at some moment. Returns whether it was quicker, who was killed, and its
    output."""
    ranks, threads = LAYOUTS[attempt % len(LAYOUTS)]
    how = "all" if ranks == 0 else ("rank", "launcher", "all")[attempt % 5 % 3]
    every = "0.02s" if attempt % 3 == 1 else 3
    run = test.start(*arguments(norm, "killed.h5", "--resume", every=every), ranks=ranks,
                     threads=threads)
    if attempt % 4 == 3:  # at any time, also before and after training
        finished = run.wait(test.random.uniform(0, 1.5)) is not None
    else:
        finished = wait_writes(run, "killed.h5", test.random.randint(1, 5), PATIENT)
        time.sleep(test.random.uniform(0, 0.03))
    what = f"attempt {attempt}, {norm}, {ranks} x {threads}, {how} killed"
    if not finished:
        kill(run, how, test.random)
        if not test.check(run.wait_gone(), f"{what}: processes {run.members()} live on"):
            run.kill_all()
        finished = run.wait(PATIENT) == 0  # it was quicker than the kill
        check_readable(test, "killed.h5", what)
    else:
        test.check(run.wait(0) == 0, f"{what}: status {run.wait(0)}\n{run.output()[1][-1000:]}")
    text = run.output()[0]
    run.close()
    return finished, how, text


def phase(text):
    """How far a killed run had come, by what it had printed."""
    if "epoch " in text:
        return "between or in later epochs"
    return "in the first epoch after a start" if "# " in text else "before the first step"


def survive_kills(test):
    """Runs that are killed again and again until they are done; each ends in the same digest."""
    n_kills = 1000 if test.long else 8
    n_done = n_landed = n_resumed = attempt = 0
    killed = Counter()
    while n_landed < n_kills:
        norm = NORMS[n_done % len(NORMS)]
        test.run_well(*arguments(norm, "whole.h5", "--overwrite"), threads=2)
        expected = test.digest("whole.h5")
        test.check(expected is not None, "no digest of the run that was not killed")
        finished = False
        while not finished:
            finished, how, text = interrupt_once(test, norm, attempt)
            n_landed += not finished
            killed.update([] if finished else [how, phase(text)])
            n_resumed += "# resuming at" in text and "# 1 rank " not in text
            attempt += 1
        test.check(test.digest("killed.h5") == expected, f"{norm}: another digest after kills")
        check_clean(test, f"{norm}, after kills")
        for name in ("killed.h5", "killed.h5.prev", "whole.h5", "whole.h5.prev"):
            os.unlink(name)
        n_done += 1
    test.check(4 * n_resumed >= n_landed, f"of {n_landed} kills, {n_resumed} met a resumed run of "
               "several ranks")
    print(f"{n_landed} kills in {n_done} runs; {n_resumed} of several ranks had been resumed; "
          + ", ".join(f"{what} {n}" for what, n in sorted(killed.items())))


def stops_on_request(test, number, ranks, epochs):
    """A signal ends a run with a checkpoint and status 75; the resumed one has the same digest."""
    what = f"{signal.Signals(number).name}, {ranks} ranks"
    for name in ("stopped.h5", "stopped.h5.prev"):
        if os.path.exists(name):
            os.unlink(name)
    run = test.start(*arguments("batch", "stopped.h5", every=0, epochs=epochs), ranks=ranks)
    test.check(run.wait_file("stopped.h5"), f"{what}: no file")
    time.sleep(test.random.uniform(0, 0.15))
    target = run.launcher() if ranks else run.ranks()
    test.check(target, f"{what}: no process to signal")
    run.signal(number, target)
    status = run.wait(PATIENT)
    out, err = run.output()
    test.check(status == STOPPED, f"{what}: status {status}\n{out[-300:]}{err[-800:]}")
    test.check(err.count("checkpoint saved") == 1 and not errors(err), f"{what}: {err}")
    run.kill_all()
    run.close()
    check_clean(test, what)
    check_readable(test, "stopped.h5", what)
    test.run_well(*arguments("batch", "stopped.h5", "--resume", epochs=epochs), threads=2)
    return test.digest("stopped.h5")


N_EPOCHS = 40  # enough that a run is still at it when the signal comes


def requests(test):
    test.run_well(*arguments("batch", "whole.h5", "--overwrite", epochs=N_EPOCHS))
    expected = test.digest("whole.h5")
    cases = [(signal.SIGTERM, 0), (signal.SIGINT, 0), (signal.SIGUSR1, 0), (signal.SIGUSR1, 3)]
    for number, ranks in cases * (4 if test.long else 1):
        digest = stops_on_request(test, number, ranks, N_EPOCHS)
        test.check(digest == expected, f"{number.name}, {ranks} ranks: another digest")


def second_interrupt_ends_at_once(test):
    """A step of the whole train set takes seconds: the first interrupt waits for its end."""
    test.run_well("data", "synthesize", "many", "--train", 16000, "--test", 100)
    run = test.start("train", S6, "--batch", 16000, "--data", "many", "--out", "long.h5")
    test.check(run.wait_file("long.h5"), "second SIGINT: no file")
    run.signal(signal.SIGINT, run.ranks())
    time.sleep(0.3)
    test.check(run.process.poll() is None, "the first SIGINT did not wait for the step")
    run.signal(signal.SIGINT, run.ranks())
    status = run.wait(PATIENT)
    out, err = run.output()  # after the step it would have saved, with another status
    test.check(status == 128 + signal.SIGINT, f"second SIGINT: status {status}")
    test.check("checkpoint saved" not in err and "epoch 1/" not in out,
               f"the second SIGINT waited: {out[-300:]}{err[-800:]}")
    run.kill_all()
    run.close()
    check_clean(test, "second SIGINT")
    check_readable(test, "long.h5", "second SIGINT")
    test.run_well("train", S6, "--epochs", 0, "--data", "digits", "--out", "long.h5",
                  "--overwrite")
    check_clean(test, "overwritten after a second SIGINT")


def others_may_not_write(test):
    """A file that a run is writing is refused, and its lock is free once the run has died."""
    run = test.start(*arguments("batch", "held.h5", epochs=100))
    test.check(run.wait_file("held.h5"), "no file of the first run")
    for option in ("--resume", "--overwrite"):
        other = test.run(*arguments("batch", "held.h5", option, epochs=100))
        test.check(other.status == 3 and len(errors(other.err)) == 1
                   and "another run is writing it" in other.err
                   and str(run.ranks()[0] if run.ranks() else None) in other.err,
                   f"{option}: status {other.status} {other.err}")
    other = test.run(*arguments("batch", "held.h5", "--resume", epochs=100), ranks=2)
    test.check(other.status == 3 and len(errors(other.err)) == 1, f"2 ranks: {other.err}")
    run.kill_all()
    run.close()
    test.run_well(*arguments("batch", "held.h5", "--overwrite", epochs=1))
    check_clean(test, "overwritten after a kill")


def main():
    test = Test(__doc__, lonely=False)
    test.run_well("data", "synthesize", "digits", "--train", 700, "--test", 200)
    cases = [requests, second_interrupt_ends_at_once, others_may_not_write, survive_kills]
    for case in test.chosen(cases):
        case(test)
    test.finish()


main()
