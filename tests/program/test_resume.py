"""Runs with Adam and an average of the weights, stopped within epochs, end in the same bits."""

import os
import re
import signal

from harness import PATIENT, Test

CONFIGS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "configs")
LAYOUTS = [(0, 1), (2, 1), (0, 2), (3, 1)]
STOPPED = 75
CASES = [("skip", "batch", "adamw", 0.95), ("relu-first", "group:2", "adam", 0.8),
         ("wide", "batch", "adam", 0), ("skip", "group:2", "sgd", 0.9)]


def arguments(case, out, *options):
    config, norm, kind, ema = case
    return ["train", f"{CONFIGS}/{config}.yaml", "--norm", norm, "--epochs", 2, "--batch", 20,
            "--data", "digits", "--init", "init.h5", "--out", out, "--set",
            f"optimizer={{type: {kind}}}", "--set", f"training.ema={ema}", "--set",
            f"network.weights={'standardized' if kind == 'adamw' else 'plain'}", "--set",
            "checkpoint.every=1", *options]


def stop_and_resume(test, case, expected):
    """Stopped as soon as there is a checkpoint, by each layout in turn."""
    within, what = 0, " ".join(map(str, case))
    for attempt in range(4):
        ranks, threads = LAYOUTS[attempt % len(LAYOUTS)]
        out = "stopped.h5"
        before = os.stat(out).st_mtime_ns if os.path.exists(out) else 0
        run = test.start(*arguments(case, out, "--resume"), ranks=ranks, threads=threads)
        while run.wait(0.01) is None:
            if os.path.exists(out) and os.stat(out).st_mtime_ns != before:
                run.signal(signal.SIGTERM, run.ranks())
                break
        status = run.wait(PATIENT)
        text = "".join(run.output())
        test.check(status in (0, STOPPED), f"{what}: status {status}: {text[-500:]}")
        if status != STOPPED:
            break
        place = re.search(r"stopped on request at epoch (\d+), step (\d+)", text)
        within += bool(place) and int(place[2]) > 0
    test.check(within >= 2, f"{what}: stopped within an epoch {within} times")
    test.run_well(*arguments(case, "stopped.h5", "--resume"), ranks=2)
    test.check(test.digest("stopped.h5") == expected, f"{what}: other bits after resuming")
    for left in ("stopped.h5", "stopped.h5.prev"):
        if os.path.exists(left):
            os.remove(left)


test = Test(__doc__)
test.run_well("data", "synthesize", "digits", "--train", 395, "--test", 41)
for case in CASES:
    config, norm, _, _ = case
    test.run_well("train", f"{CONFIGS}/{config}.yaml", "--norm", norm, "--epochs", 1, "--seed", 7,
                  "--data", "digits", "--overwrite", "--out", "init.h5")
    test.run_well(*arguments(case, "whole.h5", "--overwrite"))
    whole = test.digest("whole.h5")
    if test.check(whole, "no digest"):
        stop_and_resume(test, case, whole)
test.finish()
