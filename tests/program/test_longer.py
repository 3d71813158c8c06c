"""train --resume with more epochs: the same bits as a run that was as long from its start, or why
not."""

import h5py
import numpy

from harness import MIXED, Test, errors, write

TINY = """
network:
  norm: batch
  dropout: 0.1
  layers:
    - {type: block, channels: 4, stride: 2}
    - {type: block, channels: 4, stride: 2}
    - {type: global-avg-pool}
    - {type: linear, channels: 10}
training: {epochs: 2, batch: 25}
optimizer: {lr: 0.1}
schedule: {type: constant, warmup: 1.5}
"""
GOES_ON = [["schedule.warmup=0"], ["schedule={type: step, every: 1}"], ["training.ema=0.9"],
           ["schedule={type: multi-step, milestones: [1, 3]}"], ["network.norm=group:2"],
           ["evaluate.statistics=population"], ["evaluate.each_epoch=true"],
           ["network.norm=renorm:5", "renorm.begin=3", "renorm.r_end=9", "renorm.d_end=9"],
           ["optimizer={type: adam, lr: 0.01}", "evaluate.statistics=batch"]]
REFUSED = [(["schedule={type: cosine}"], "schedule.type: cosine spreads"),
           (["schedule={type: one-cycle}"], "schedule.type: one-cycle spreads"),
           (["training.steps=7"], "training.steps says"),
           (["network.norm=renorm:5", "renorm.r_end=0.5"], "shares of the whole run")]


def train(test, out, epochs, settings, *more, config="tiny.yaml", **options):
    words = [word for setting in settings for word in ("--set", setting)]
    return test.run("train", config, "--data", "digits", "--out", out, "--epochs", epochs, *words,
                    *more, **options)


def check_longer(test, name, settings, config="tiny.yaml"):
    """Goes on from a finished run."""
    for out, epochs in ((f"{name}-whole.h5", 4), (f"{name}.h5", 2)):
        done = train(test, out, epochs, settings, config=config)
        test.check(done.status == 0, f"{settings}: {done.err}")
    done = train(test, f"{name}.h5", 4, settings, "--resume", config=config)
    test.check(done.status == 0, f"{settings}: {done.err}")
    digests = [test.digest(f"{name}{end}.h5") for end in ("", "-whole")]
    test.check(digests[0] and digests[0] == digests[1], f"{settings}: {digests}")
    with h5py.File(f"{name}.h5") as f, h5py.File(f"{name}-whole.h5") as g:
        for key, values in g["metrics/epoch"].items():
            test.check(numpy.array_equal(values, f["metrics/epoch"][key], equal_nan=True),
                       f"{settings}: {key} {f['metrics/epoch'][key][()]} {values[()]}")


def check_stop(test, settings):
    """What a stop leaves of the longer run is what one leaves of a run as long from its start."""
    train(test, "short.h5", 2, settings)
    done = train(test, "short.h5", 4, settings, "--resume", "--time-limit", "0.001s")
    test.check(done.status == 75 and "goes on to 4 epochs; it had 2" in done.err, f"{done}")
    wanted = test.digest("short.h5")
    for _ in range(9):
        done = train(test, "long.h5", 4, settings, "--resume", "--time-limit", "0.001s")
        if done.status != 75 or test.digest("long.h5") == wanted:
            break
    test.check(done.status == 75, f"no stop of the whole run leaves the same: {done}")


def main():
    test = Test(__doc__)
    test.run_well("data", "synthesize", "digits", "--train", "100", "--test", "20")
    write("tiny.yaml", TINY)
    write("mixed.yaml", MIXED)
    for i, settings in enumerate(GOES_ON):
        check_longer(test, f"run{i}", settings)
    check_longer(test, "mixed", ["schedule={type: constant}"], config="mixed.yaml")
    check_stop(test, GOES_ON[0])
    for settings, words in REFUSED:
        train(test, "refused.h5", 2, settings, "--overwrite")
        before = test.digest("refused.h5")
        done = train(test, "refused.h5", 3, settings, "--resume")
        test.check(before and done.status == 2 and words in done.err and len(errors(done.err)) == 1
                   and "its training.epochs of 2 cannot be 3" in done.err
                   and test.digest("refused.h5") == before, f"{settings}: {done}")
    for epochs, more in ((1, ()), (3, ("--set", "optimizer.lr=0.2"))):
        done = train(test, "run0.h5", epochs, GOES_ON[0], "--resume", *more)
        test.check(done.status == 2 and "another configuration: " in done.err, f"{done}")
    test.finish()


if __name__ == "__main__":
    main()
