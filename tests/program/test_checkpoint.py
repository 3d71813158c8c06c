"""When a checkpoint is written and what it says: by time, and at the end of an epoch."""

import json
import os
import re
import signal
import time

from harness import PATIENT, S6, Test, litter

STOPPED = 75
N_TRAIN = 4000
EVERY = 0.2  # seconds


def arguments(out, batch, epochs, *options):
    return ["train", S6, "--norm", "batch", "--batch", batch, "--epochs", epochs, "--data",
            "digits", "--out", out, *options]


def status_of(test, path):
    """What the file says of its run."""
    return json.loads(test.run_well("compare", "--json", path).out)["runs"][0]["status"]


def remove(path):
    for name in (path, path + ".prev", path + ".lock"):
        if os.path.exists(name):
            os.unlink(name)


def writes(run, path, n_writes):
    """Seconds between one write of the file and the next, so many; fewer if the run ends."""
    times = []
    end = time.monotonic() + PATIENT
    while run.process.poll() is None and len(times) <= n_writes and time.monotonic() < end:
        try:
            info = os.stat(path)
        except FileNotFoundError:
            continue
        if info.st_mtime_ns not in times:
            times.append(info.st_mtime_ns)
        time.sleep(0.002)
    return [1e-9 * (later - earlier) for earlier, later in zip(times, times[1:])]


def by_time(test, ranks):
    """Within an epoch, as often as asked for, and no oftener; a killed run goes on from there."""
    what = f"every {EVERY} s, {ranks} ranks"
    options = ["--set", f"checkpoint.every={EVERY}s"]
    run = test.start(*arguments("timed.h5", 1, 1000, *options), ranks=ranks)
    found = writes(run, "timed.h5", 3)
    run.kill_all()
    out = run.output()[0]
    run.close()
    test.check(len(found) == 3, f"{what}: {len(found)} writes\n{out[-500:]}")
    # Times of files are those of the system's tick.
    test.check(all(seconds > EVERY - 0.02 for seconds in found), f"{what}: written every {found} s")
    test.check("epoch 1/" not in out, f"{what}: an epoch has ended in {found} s")
    test.check(status_of(test, "timed.h5") == "running", f"{what}: {status_of(test, 'timed.h5')}")
    again = test.run(*arguments("timed.h5", 1, 1000, "--resume", "--time-limit", "1s", *options))
    place = re.search(r"# resuming at epoch (\d+), step (\d+)", again.out)
    test.check(again.status == STOPPED and place and int(place[2]) > 1,
               f"{what}: resumed at {place and place[0]}: {again.err}")
    remove("timed.h5")


def seldom(test):
    """Not at all before it is time."""
    run = test.start(*arguments("seldom.h5", 1, 1000, "--set", "checkpoint.every=10000s"))
    test.check(run.wait_file("seldom.h5"), "seldom: no file")
    first = os.stat("seldom.h5").st_ino
    time.sleep(3 * EVERY)
    is_first = os.stat("seldom.h5").st_ino == first
    out = run.output()[0]
    run.kill_all()
    run.close()
    test.check("epoch 1/" not in out, f"seldom: an epoch has ended\n{out[-300:]}")
    test.check(is_first, "every 10000 s: written within an epoch")
    remove("seldom.h5")


def at_the_end_of_an_epoch(test, number, ranks):
    """An epoch of one step: whenever a request comes, its end is where the run stops."""
    what = f"{number.name}, {ranks} ranks"
    epochs = 6
    if not os.path.exists("whole.h5"):
        test.run_well(*arguments("whole.h5", N_TRAIN, epochs))
    expected = test.digest("whole.h5")
    test.check(status_of(test, "whole.h5") == "finished", "a whole run is not finished")
    run = test.start(*arguments("stopped.h5", N_TRAIN, epochs), ranks=ranks)
    test.check(run.wait_file("stopped.h5.prev"), f"{what}: no epoch has ended")
    run.signal(number, run.launcher() if ranks else run.ranks())
    status = run.wait(PATIENT)
    out, err = run.output()
    run.kill_all()
    run.close()
    place = re.search(r"stopped on request at epoch (\d+), step (\d+)", err)
    test.check(status == STOPPED and place and place[2] == "0",
               f"{what}: status {status}\n{out[-300:]}{err[-800:]}")
    found = status_of(test, "stopped.h5")
    test.check(found == "stopped", f"{what}: the file says {found}")
    n_done = len(re.findall(r"(?m)^epoch ", out))
    test.check(place and int(place[1]) == n_done + 1, f"{what}: {n_done} epochs, then {place}")
    again = test.run_well(*arguments("stopped.h5", N_TRAIN, epochs, "--resume"), threads=2)
    test.check(f"# resuming at epoch {n_done + 1}, step 1" in again.out, f"{what}: {again.out}")
    test.check(test.digest("stopped.h5") == expected, f"{what}: another digest")
    test.check(status_of(test, "stopped.h5") == "finished", f"{what}: not finished when resumed")
    test.check(not litter(), f"{what}: left {litter()}")
    remove("stopped.h5")


def in_the_last_step(test):
    """A request that comes in the first of two epochs is known in the second, which is the last and
    has one step: it changes nothing any more, and the run is finished and says so."""
    for _ in range(20):
        run = test.start(*arguments("last.h5", N_TRAIN, 2))
        test.check(run.wait_file("last.h5"), "last step: no file")
        time.sleep(0.1)
        run.signal(signal.SIGTERM, run.ranks())
        status = run.wait(PATIENT)
        out, err = run.output()
        run.close()
        if status != STOPPED:
            break
        remove("last.h5")  # it came before the first step began
    test.check(status == 0 and "stopped" not in err and "epoch 2/2" in out,
               f"last step: status {status}\n{out[-300:]}{err[-800:]}")
    found = status_of(test, "last.h5")
    test.check(found == "finished", f"last step: the file says {found}")
    remove("last.h5")


def killed_between(test):
    """Nobody has asked for a stop: the file says that the run is at work."""
    run = test.start(*arguments("killed.h5", N_TRAIN, 1000))
    test.check(run.wait_file("killed.h5.prev"), "killed: no epoch has ended")
    run.kill_all()
    run.close()
    found = status_of(test, "killed.h5")
    test.check(found == "running", f"killed: the file says {found}")
    remove("killed.h5")


def main():
    test = Test(__doc__, lonely=False)
    test.run_well("data", "synthesize", "digits", "--train", N_TRAIN, "--test", 100)
    cases = [lambda test: by_time(test, 0), lambda test: by_time(test, 2), seldom,
             lambda test: at_the_end_of_an_epoch(test, signal.SIGTERM, 0),
             lambda test: at_the_end_of_an_epoch(test, signal.SIGUSR1, 2), in_the_last_step,
             killed_between]
    for case in test.chosen(cases):
        case(test)
    test.finish()


main()
