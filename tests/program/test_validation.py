"""data.validation: the last samples of the train set are evaluated in place of the test set."""

import json
import os
import re
import shutil

from harness import IDX_FILES, S6, Test, errors, idx, read, read_idx, table_rows, write

SKIP = os.path.join(os.path.dirname(S6), "skip.yaml")
N_TRAIN, N_HELD, N_TEST = 420, 130, 60
CIFAR_RECORD = 3073


def train(test, data, out, *options, config=S6, held=N_HELD, **layout):
    return test.run_well("train", config, "--data", data, "--epochs", 2, "--batch", 50, "--out",
                         out, "--overwrite", "--set", f"data.validation={held}", *options, **layout)


def numbers(test, *files):
    return json.loads(test.run_well("compare", "--json", *files).out)


def make_idx(test):
    """A folder; one with the images at the end as its test set; one with another test set."""
    test.run_well("data", "synthesize", "idx", "--train", N_TRAIN, "--test", N_TEST)
    os.mkdir("split")
    shutil.copytree("idx", "other")
    for images, name in ((IDX_FILES[0], IDX_FILES[2]), (IDX_FILES[1], IDX_FILES[3])):
        items, (n, *sizes) = read_idx(os.path.join("idx", images))
        size, n_left = len(items) // n, n - N_HELD
        write(os.path.join("split", images), idx(items[:n_left * size], n_left, *sizes))
        write(os.path.join("split", name), idx(items[n_left * size:], N_HELD, *sizes))
        tests, (n_test, *_) = read_idx(os.path.join("idx", name))
        write(os.path.join("other", name), idx(tests[::-1], n_test, *sizes))


def make_cifar(test):
    """The same in CIFAR-10's format; the train set is cut between two files, the split in one."""
    def records(n):
        return b"".join(bytes([test.random.randrange(10)]) + test.random.randbytes(CIFAR_RECORD - 1)
                        for _ in range(n))
    whole, tests, left = records(N_TRAIN), records(N_TEST), (N_TRAIN - N_HELD) * CIFAR_RECORD
    files = {"cifar": [whole, tests], "cifar-split": [whole[:left], whole[left:]],
             "cifar-other": [whole, records(N_TEST)]}
    for folder, (images, others) in files.items():
        os.mkdir(folder)
        cut = left - 7 * CIFAR_RECORD
        write(os.path.join(folder, "data_batch_1.bin"), images[:cut])
        write(os.path.join(folder, "data_batch_2.bin"), images[cut:])
        write(os.path.join(folder, "test_batch.bin"), others)


def same_as_two_folders(test, folder, config, *options):
    """What is held out does as the test set of a folder that has it as that, in all numbers; and
    the folder's own test set does nothing."""
    what = f"{folder} {options}"
    train(test, folder, "held.h5", *options, config=config)
    train(test, f"{folder}-split" if folder == "cifar" else "split", "split.h5", *options,
          config=config, held=0)
    held, split = numbers(test, "split.h5", "held.h5")["runs"]
    test.check((held["evaluated"], split["evaluated"]) == ("test", "validation"),
               f"{what}: {held['evaluated']}, {split['evaluated']}")
    for name in ("test_accuracy", "test_loss", "train_accuracy", "train_loss", "evaluated_hash"):
        test.check(held[name] == split[name] and held[name] is not None,
                   f"{what}: {name} {held[name]}, not {split[name]}")
    digest = test.digest("held.h5")
    train(test, f"{folder}-other" if folder == "cifar" else "other", "other.h5", *options,
          config=config)
    test.check(digest == test.digest("other.h5"), f"{what}: the test set changes the result")
    test.check(digest != test.digest("split.h5"), f"{what}: the digest leaves the split out")
    for ranks, threads in ((2, 1), (3, 2)):
        train(test, folder, "ranks.h5", *options, config=config, ranks=ranks, threads=threads)
        test.check(digest == test.digest("ranks.h5"), f"{what}: {ranks} ranks, another digest")


def texts(test):
    out = train(test, "idx", "held.h5").out
    test.check(f"# data: MNIST format, {N_TRAIN} training images (idx), "
               f"{N_TRAIN - N_HELD} train + {N_HELD} validation images of " in out, f"header: {out[-600:]}")
    test.check(f"# evaluated on the validation split, the last {N_HELD} images" in out, out[-600:])
    lines = re.findall(r"(?m)^epoch .*", out)
    test.check(len(lines) == 2 and all("  validation loss " in line and "test" not in line
                                       for line in lines), f"progress: {lines}")
    out = train(test, "idx", "tested.h5", held=0).out
    test.check("validation split" not in out and out.count("  test loss ") == 2, out[-600:])


def comparisons(test):
    outcome = test.run_well("compare", "held.h5", "tested.h5")
    test.check("different images" in outcome.out and "right %" in outcome.out
               and "not compared" in outcome.out, f"mixed: {outcome.out}{outcome.err}")
    test.check(not numbers(test, "held.h5", "tested.h5")["tests"], "mixed sets are tested")
    train(test, "idx", "again.h5", "--norm", "layer")
    outcome = test.run_well("compare", "held.h5", "again.h5")
    test.check(not outcome.err and "val. %" in outcome.out
               and "Verdicts on validation accuracy" in " ".join(outcome.out.split()),
               f"{outcome.out}{outcome.err}")
    train(test, "idx", "less.h5", held=N_HELD - 1)
    outcome = test.run_well("compare", "held.h5", "less.h5")
    test.check("not compared" in outcome.out and "different images" in outcome.out,
               f"two splits: {outcome.out}{outcome.err}")


def diverging(test):
    """A run that has not come to an evaluation would have been evaluated on what was held out."""
    test.run("train", S6, "--data", "idx", "--out", "at-once.h5", "--set",
             f"data.validation={N_HELD}", "--set", "optimizer.lr=1e30")
    table = test.run("compare", "at-once.h5", "--csv-runs").out
    rows = table_rows(table)
    test.check([(row["status"], row["images"]) for row in rows] == [("diverged", str(N_HELD))],
               f"diverged at once: {table}")


def predictions(test):
    """predict finds in the train images, at their end, what the result file says of the split."""
    first = N_TRAIN - N_HELD
    images, labels = (os.path.join("idx", name) for name in IDX_FILES[:2])
    out = test.run_well("predict", "held.h5", f"{images}:{first}-{N_TRAIN - 1}").out
    found = [int(c) for c in re.findall(r"(?m)^[^:]+:\d+:\s+(\d+)\s", out)]
    right = sum(a == b for a, b in zip(found, read_idx(labels)[0][first:])) / N_HELD
    accuracy = numbers(test, "held.h5")["runs"][0]["test_accuracy"]
    test.check(len(found) == N_HELD and right == accuracy, f"predict: {right}, not {accuracy}")


def resuming(test):
    train(test, "idx", "whole.h5")
    shutil.copy("whole.h5.prev", "half.h5")  # the generation after the first epoch
    arguments = ["train", S6, "--data", "idx", "--epochs", 2, "--batch", 50, "--out", "half.h5",
                 "--resume", "--set"]
    for held in (0, N_HELD - 1):
        before = read("half.h5")
        outcome = test.run(*arguments, f"data.validation={held}")
        test.check(outcome.status == 2 and len(errors(outcome.err)) == 1
                   and f"data.validation: {held} here, {N_HELD} there" in outcome.err,
                   f"resumed with {held}: {outcome.status} {outcome.err}")
        test.check(read("half.h5") == before, "a refused run has changed the file")
    out = test.run_well(*arguments, f"data.validation={N_HELD}", ranks=2).out
    test.check("resuming at epoch 2" in out, out[-300:])
    test.check(test.digest("half.h5") == test.digest("whole.h5"), "resumed: another digest")


def limits(test):
    for held, ranks in ((N_TRAIN, 0), (N_TRAIN + 1, 2)):
        outcome = test.run("train", S6, "--data", "idx", "--out", "none.h5", "--set",
                           f"data.validation={held}", ranks=ranks)
        wanted = f"--set data.validation={held}: the train set has only {N_TRAIN} images"
        test.check(outcome.status == 2 and len(errors(outcome.err)) == 1 and wanted in outcome.err,
                   f"{held} of {N_TRAIN}: {outcome.status} {outcome.err}")
    text = read(S6).decode()
    write("too-many.yaml", f"{text}\ndata:\n  validation: {N_TRAIN}\n")
    outcome = test.run("train", "too-many.yaml", "--data", "idx", "--out", "none.h5")
    place = f"too-many.yaml:{text.count(chr(10)) + 3}: data.validation: "
    test.check(outcome.status == 2 and place in outcome.err, f"{place}: {outcome.err}")
    test.check(not os.path.exists("none.h5"), "a refused run has left a file")
    train(test, "idx", "one.h5", held=N_TRAIN - 1)  # one sample is enough to train on


def synthetic(test):
    """Without a folder, of the 60,000 digits; as data synthesize writes them."""
    outcome = test.run_well("train", S6, "--epochs", 1, "--data", "synthetic", "--out", "drawn.h5",
                            "--set", "data.validation=59900")
    test.check("100 train + 59900 validation images" in outcome.out, outcome.out[-500:])
    test.run_well("data", "synthesize", "all", "--train", 60000, "--test", 10)
    test.run_well("train", S6, "--epochs", 1, "--out", "written.h5", "--data", "all", "--set",
                  "data.validation=59900")
    test.check(test.digest("drawn.h5") == test.digest("written.h5"), "synthetic: another digest")


def main():
    test = Test(__doc__)
    make_idx(test)
    make_cifar(test)
    same_as_two_folders(test, "idx", S6)
    same_as_two_folders(test, "idx", S6, "--set", "data.shuffle=false", "--set",
                        "augment.rotation=10", "--norm", "layer")
    same_as_two_folders(test, "cifar", SKIP)
    texts(test)
    comparisons(test)
    diverging(test)
    predictions(test)
    resuming(test)
    limits(test)
    synthetic(test)
    test.finish()


main()
