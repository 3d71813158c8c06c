"""Submissions, to a Slurm that only keeps a list: frozen, reconciled, and at every failure."""

import glob
import os
import re
import shutil
import subprocess

from fake_queue import ROOT, STUDY_FILE, Queue
from tiny import CONFIG, STUDY, begin, read, write


def remove(file):
    """All of a result."""
    for name in glob.glob(file + "*"):
        os.remove(name)


def restore():
    write("configs/tiny.yaml", CONFIG % 1)
    write(STUDY_FILE, STUDY)


def frozen(test, queue):
    """A job trains what was submitted, whatever has happened since."""
    program = shutil.copy(test.program, "program")
    array, compare = queue.submit("--export=NONE", "--ntasks", "2", what="frozen",
                                  NORMLAB_PROGRAM=os.path.abspath(program),
                                  NORMLAB_TRIES="7", NORMLAB_AT_ONCE="2")
    words = queue.jobs()[f"{array}_1"]["words"]
    test.check(words[2:6] == ["--job-name=tiny", "--export=NONE", "--ntasks", "2"] and "--array=1-4%2" in words
               and words[1] == f"--output={queue.folder_of(compare)}/run-%a.out", f"{words}")
    test.check(f"--dependency=afterany:{array}" in queue.jobs()[compare]["words"], "no dependency")
    expected = test.run_well("train", "configs/tiny.yaml", "--norm", "layer", "--seed", "1",
                             "--data", "digits", "--out", "expected.h5")
    test.check(expected.status == 0, expected.err)
    write("configs/tiny.yaml", CONFIG % 0)
    write(STUDY_FILE, STUDY.replace("layer", "group:2"))
    write(program, "#!/bin/sh\nexit 1\n")
    done = queue.start(f"{array}_2", NORMLAB_LAUNCHER="rsh", NORMLAB_DATA="nowhere")
    test.check(done.returncode == 0, f"the task: {done.returncode} {done.stdout}{done.stderr}")
    test.check(test.digest("results/tiny/layer-s1.h5") == test.digest("expected.h5"),
               "the task has trained something else")
    environment = read(f"{queue.folder_of(compare)}/environment").decode()
    test.check("export NORMLAB_TRIES=7\n" in environment, environment)
    # Other images of the same name are refused.
    os.rename("digits", "kept")
    test.run_well("data", "synthesize", "digits", "--train", 300, "--test", 100, "--seed", 9)
    restore()
    queue.refused(4, "in the way", queue.study(), "a finished file of other images")
    done = queue.start(f"{array}_1")
    test.check(done.returncode == 4 and "changed since" in done.stderr
               and not os.path.exists("results/tiny/batch-l1-s1.h5"),
               f"other images: {done.returncode} {done.stderr}")
    shutil.rmtree("digits")
    os.rename("kept", "digits")
    done = queue.start(compare)
    test.check(done.returncode == 3 and "layer" in done.stdout
               and "batch-l1-s2.h5" in done.stderr, f"comparison: {done.returncode} {done.stdout}")
    shutil.rmtree(queue.folder_of(compare))
    outcome = subprocess.run(["bash", f"{ROOT}/jobs/study.sbatch", queue.folder_of(compare)],
                             capture_output=True, text=True, env={"PATH": os.environ["PATH"]})
    test.check(outcome.returncode == 3 and "cannot be read" in outcome.stderr, f"{outcome}")


def reconciled(test, queue):
    """Queued, running, failed, finished and cancelled runs, and edits of the study."""
    array, _ = queue.submit(what="first")
    test.check(len(queue.live()) == 4, f"queued: {queue.live()}")
    # All states in which a job is still to do something.
    for i, state in enumerate(("R", "CG", "S", "PD"), 1):
        queue.set(f"{array}_{i}", state=state)
    before = queue.live()
    only = queue.submit(what="all queued", SQUEUE_STATES="R", SQUEUE_USERS="nobody",
                        SBATCH_ARRAY_INX="1-9")
    test.check("job 1_2 is ending" in queue.study("--dry-run").err, "not told of one that is ending")
    test.check(len(only) == 1 and queue.live() == before, f"again: {only} {queue.live()}")
    test.check(list(queue.comparisons()) == only and f"--dependency=afterany:{array}"
               in queue.jobs()[only[0]]["words"], f"comparisons: {queue.comparisons()}")
    # squeue that keeps waiting tasks together, and one that does not know the command.
    queue.set(f"{array}_4", tasks="4-4%2")
    queue.set(f"{array}_1", command="(null)")
    test.check(len(queue.submit(what="together")) == 1 and queue.live() == before, "together")
    # Slurm that writes the folder of a job that is gone.
    queue.set(f"{array}_4", state=None)
    queue.set(f"{array}_2", state=None)
    test.run_well("train", "configs/tiny.yaml", "--norm", "layer", "--seed", "1", "--data",
                  "digits", "--out", "results/tiny/layer-s1.h5")
    second, _ = queue.submit(what="one has failed, one is finished")
    test.check(sorted(queue.live()) == ["batch-l1-s1", "batch-l1-s2", "layer-s2"]
               and queue.live()["layer-s2"][0][0] == f"{second}_1", f"{queue.live()}")
    # Edited: what is queued otherwise is refused, in words; --cancel puts the new in its place.
    write("configs/tiny.yaml", CONFIG % 3)
    queue_before = queue.get()
    outcome = queue.study()
    test.check(outcome.status == 2 and "training.epochs: 3 here, 1 there" in outcome.err
               and queue.get() == queue_before, f"edited: {outcome}")
    queue.refused(2, "is in the way", queue.study("--cancel"), "a finished file of the old one")
    remove("results/tiny/layer-s1.h5")
    queue_before = queue.get()
    outcome = queue.study("--cancel", "--dry-run")
    test.check(outcome.status == 0 and queue.get() == queue_before and not outcome.out
               and "layer-s1.h5: would be queued" in outcome.err, f"dry run: {outcome}")
    folders = len(glob.glob("results/tiny/submissions/*"))
    third, compare = queue.submit("--cancel", "-d", "afterok:99", what="in place of the old")
    states = {job: what["state"] for job, what in queue.jobs().items()}
    test.check(states == {f"{array}_1": "CG", f"{array}_3": "CG", f"{third}_1": "PD",
                          f"{third}_2": "PD", f"{third}_3": "PD", f"{third}_4": "PD",
                          compare: "PD"}, f"{states}")
    test.check(f"--dependency=afterany:{array}_1:{array}_3,afterok:99" in queue.jobs()[f"{third}_1"]["words"],
               f"{queue.jobs()[f'{third}_1']}")
    test.check(len(glob.glob("results/tiny/submissions/*")) == folders + 1, "folders")
    # Runs that the study has no longer are named, and cancelled on request.
    queue.set(f"{array}_1", state=None)
    queue.set(f"{array}_3", state=None)
    write(STUDY_FILE, STUDY.replace("1..2", "[1]"))
    outcome = queue.study()
    test.check(outcome.status == 0 and outcome.err.count("has it no longer") == 2
               and len(queue.live()) == 4, f"dropped: {outcome}")
    queue.submit("--cancel", what="dropped")
    test.check(sorted(queue.live()) == ["batch-l1-s1", "layer-s1"], f"{queue.live()}")
    # Its folder is gone: it can only fail.
    shutil.rmtree(queue.folder_of(f"{third}_1"))
    outcome = queue.study()
    test.check(outcome.status == 0 and "is gone" in outcome.err, f"{outcome}")


def failing(test, queue):
    """Slurm that refuses, does not answer, or ends this at the worst moment."""
    folders = "results/tiny/submissions/2*"
    for what in ("fail", "hang"):
        queue.fault("squeue", what)
        outcome = queue.study(NORMLAB_SLURM_SECONDS="1")
        queue.refused(1, "not known what is queued", outcome, f"squeue, {what}")
        test.check(not queue.jobs() and not glob.glob(folders), f"squeue, {what}: {queue.jobs()}")
    queue.fault("sbatch", "fail")
    queue.refused(1, "nothing is queued", queue.study(), "sbatch refuses the array")
    test.check(not queue.jobs() and not glob.glob(folders), f"{glob.glob(folders)}")
    # The array is queued, but nobody has noted its number, or the comparison is refused.
    for command, what, n in (("sbatch", "kill", 1), ("sbatch", "silent", 1), ("sbatch", "fail", 2),
                             ("sbatch", "kill", 2), ("scancel", "fail", 1)):
        queue.empty()
        if command == "scancel":
            queue.submit(what="before scancel fails")
        queue.fault(command, what, n)
        outcome = queue.study()
        test.check(outcome.status != 0, f"{command} {what}: {outcome}")
        live = queue.live()
        test.check(len(live) == 4, f"{command} {what}: {live}")
        numbers = queue.submit(what=f"after {command} {what}")
        test.check(len(numbers) == 1 and queue.live() == live, f"after {command} {what}: {numbers}")
        test.check(list(queue.comparisons()) == numbers, f"{command} {what}: {queue.comparisons()}")
    # What is cancelled is not queued beside its successor.
    write("configs/tiny.yaml", CONFIG % 3)
    queue.fault("sbatch", "fail")
    queue.refused(1, "nothing is queued", queue.study("--cancel"), "after scancel")
    test.check(not queue.live(), f"{queue.live()}")
    test.check(len(queue.submit(what="after that")) == 2 and len(queue.live()) == 4, "after that")


def together(test, queue):
    """Two submissions at once queue each run once."""
    command = test.command(["study", STUDY_FILE, "submit", "--data", "digits"], 0, 60)
    both = [subprocess.Popen(command, env=test.environment(1, queue.variables()),
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(3)]
    for one in both:
        out, err = one.communicate()
        test.check(one.returncode == 0, f"together: {out} {err}")
    live = queue.live()
    test.check(len(live) == 4 and all(len(jobs) == 1 for jobs in live.values()), f"{live}")
    test.check(len(queue.comparisons()) == 1, f"{queue.comparisons()}")


def edited_again_and_again(test, queue):
    """Whatever is edited and whatever jobs do: each open run has one job, of what it is now."""
    for i in range(40 if test.long else 7):
        epochs, seeds = test.random.randint(1, 2), test.random.randint(1, 2)
        write("configs/tiny.yaml", CONFIG % epochs)
        write(STUDY_FILE, STUDY.replace("1..2", f"1..{seeds}"))
        outcome = queue.study("--cancel")
        live = queue.live()
        test.check(outcome.status == 0, f"round {i}, seed {test.seed}: {outcome}")
        named = {f"{name}-s{seed}" for name in ("batch-l1", "layer") for seed in range(1, seeds + 1)}
        waiting = {name: [c for job, c in jobs if queue.jobs()[job]["state"] != "CG"]
                   for name, jobs in live.items()}
        good = {name for name, configs in waiting.items() if len(configs) == 1
                and f"epochs: {epochs}" in read(configs[0]).decode()}
        test.check(good == named and not [n for n in waiting if n not in named and waiting[n]],
                   f"round {i}, seed {test.seed}: {live}, not {named} with {epochs} epochs")
        for job in list(queue.jobs()):
            state = test.random.choice(["PD", "R", "CG", None])
            if queue.jobs()[job]["state"] == "CG" or state == "CG":
                state = None
            queue.set(job, state=state)


def single(test, queue):
    """One run: frozen, and not queued twice."""
    run = ["submit", "configs/tiny.yaml", "--data", "digits", "--norm", "layer", "--out", "one.h5"]
    test.run_well("train", "configs/tiny.yaml", "--epochs", 0, "--norm", "layer", "--data",
                  "digits", "--seed", 4, "--out", "init.h5")
    outcome = queue.run(*run, "--init", "init.h5", "--", "-n", "2", "--time=10")
    test.check(outcome.status == 0 and outcome.out == "1\n", f"{outcome}")
    words = queue.jobs()["1"]["words"]
    test.check(words[2:6] == ["--job-name=one", "-n", "2", "--time=10"] and words[-2].endswith("/train.sbatch")
               and "submissions" in os.listdir("."), f"{words}")
    queue.refused(2, "is queued already, job 1", queue.run(*run, "--init", "init.h5"), "twice")
    queue.refused(2, "--cancel", queue.run(*run), "with other weights")
    queue.refused(2, "optimizer.lr: 0.1 here",
                  queue.run(*run, "--init", "init.h5", "--set", "optimizer.lr=0.1"), "another one")
    expected = test.run_well(*(["train"] + run[1:-1]), "expected-one.h5", "--init", "init.h5")
    write("init.h5", "no weights")
    done = queue.start("1", SLURM_NTASKS="1")
    test.check(done.returncode == 0 and test.digest("one.h5") == test.digest("expected-one.h5"),
               f"{expected.status} {done.stdout} {done.stderr}")
    outcome = queue.run(*run, "--set", "training.epochs=4", "--cancel")
    test.check(outcome.status == 2 and "in the way" in outcome.err, f"{outcome}")
    remove("one.h5")
    outcome = queue.run(*run, "--set", "training.epochs=4", "--cancel")
    test.check(outcome.status == 0 and list(queue.jobs()) == ["2"], f"{outcome} {queue.jobs()}")
    queue.set("2", state=None)
    cases = [(2, "group", ["--norm", "group:4"]), (2, "is no option of sbatch", ["--", "script"]),
             (2, "--array", ["--", "--array=1-3"]), (2, "does not wait", ["--", "-W"]),
             (3, "nowhere", ["--init", "nowhere"]), (4, "are others", ["--data-hash", "12"]),
             (2, "--epochs x", ["--epochs", "x"])]
    for status, text, more in cases:
        queue.refused(status, text, queue.run(*run, *more), f"{more}")
    test.check(not queue.jobs(), f"{queue.jobs()}")


def lists(test, queue):
    """With the line ends of Windows, and what is wrong in them by line."""
    text = ("\ufeff# runs\r\n\r\nnormlab train configs/tiny.yaml --data digits\t--out 'x 1.h5'\r\n"
            "  configs/tiny.yaml --data digits --norm layer --threads 2 --out sub/x2.h5 --resume")
    write("a.runs", text.encode())
    array, compare = queue.run("study", "a.runs", "submit").out.split()
    folder = queue.folder_of(compare)
    lines = read(f"{folder}/runs").decode().splitlines()
    test.check("--array=1-2" in queue.jobs()[f"{array}_1"]["words"]
               and lines[0].endswith("/x 1.h5'") and lines[1].endswith("/sub/x2.h5 --threads 2")
               and "\r" not in read(f"{folder}/runs").decode(), f"{lines}")
    done = queue.start(f"{array}_1")
    test.check(done.returncode == 0 and os.path.exists("x 1.h5"), f"{done}")
    outcome = subprocess.run(["bash", "-c", f". {ROOT}/jobs/setup.sh; . {ROOT}/jobs/runs.sh; "
                              "runs_get a.runs 1; printf '<%s>' \"${run[@]}\""],
                             capture_output=True, text=True)
    test.check(outcome.stdout == "<configs/tiny.yaml><--data><digits><--out><x 1.h5>", f"{outcome}")
    run = "configs/tiny.yaml --data digits --out "
    cases = [(run + "a.h5\n" + run + "'b.h5", 2, "b.runs:2: a quote"),
             (run + "a.h5\n" + run + "b.h5 --overwrite", 2, "b.runs:2: --overwrite"),
             (run + "a.h5\n" + run + "a.h5", 2, "two runs have the file"),
             (run + "a\x01.h5", 2, "b.runs:1: column"), ("# none\n", 2, "has no runs"),
             (run + "a.h5 --fast", 2, "b.runs:1: train: unknown option"),
             (run + "a.h5 --norm group:5", 2, "group")]
    for text, status, message in cases:
        write("b.runs", text)
        queue.refused(status, message, queue.run("study", "b.runs", "submit"), repr(text))
    queue.refused(2, "is a list", queue.run("study", "b.runs", "submit", "--data", "digits"),
                  "options of a list")
    queue.refused(3, "nowhere", queue.run("study", "nowhere", "submit"), "no list")


def main():
    test = begin(__doc__, epochs=1)
    queue = Queue(test)
    for case in test.chosen([frozen, reconciled, failing, together, edited_again_and_again, single,
                             lists]):
        restore()
        queue.empty()
        before = test.n_failed
        case(test, queue)
        print(f"{case.__name__}: {test.n_failed - before} failed", flush=True)
    test.finish()


main()
