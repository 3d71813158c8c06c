"""Studies in stages, to a Slurm that only keeps a list: tuning and looks, queued at once, edited,
cancelled, started again, and the same as a run on one machine."""

import glob
import os
import re
import shutil

from fake_queue import Queue
from tiny import CONFIG, begin, read, write

TUNED, UNTIL, BOTH = (f"configs/studies/{name}.yaml" for name in ("tuned", "until", "both"))
AXES = """
base: ../tiny.yaml
variants:
  - {norm: batch}
  - {norm: layer}
axes: {seed: 1..2}
"""
TUNE = """tune:
  keys: {optimizer.lr: [0.001, 0.05, 1e30]}
  validation: 60
  seeds: 2
"""
SLOW = """
base: ../tiny.yaml
variants:
  - {norm: batch}
  - {name: slow, norm: layer, set: {optimizer.lr: 1e-6}}
  - {name: twin, norm: batch, set: {optimizer.lr: 0.0500001}}
axes: {seed: 5..6}
"""
MORE = ["--until-decided", "--max-seeds", "6", "--baseline", "batch", "--difference", "60"]
STEPS = ["study.sbatch", "step.sbatch", "study.sbatch", "compare.sbatch"]


def restore():
    write("configs/tiny.yaml", CONFIG % 1)
    write(TUNED, AXES + TUNE)
    write(UNTIL, SLOW)
    write(BOTH, SLOW.replace("set: {optimizer.lr: 1e-6}", "set: {training.batch: 300}")
          .replace("set: {optimizer.lr: 0.0500001}", "set: {optimizer.momentum: 0.91}")
          + TUNE.replace("0.001, 0.05, 1e30", "0.01, 0.05").replace("seeds: 2", "seeds: 1"))


def results(test, folder):
    """{file: digest} of a folder and those in it."""
    found = glob.glob(f"{folder}/**/*.h5", recursive=True)
    return {os.path.relpath(name, folder): test.digest(name) for name in found}


def local(test, file, out, *options):
    """The same on this machine: its results and what it has printed."""
    done = test.run("study", file, "run", "--data", "digits", "--out", out, "--jobs", "2", *options)
    test.check(done.status == 0, f"{file}, here: {done.out}{done.err}")
    return results(test, out), done.out


def statuses(outcomes, script):
    return [done and done.returncode for done in outcomes.get(script, [])]


def chain(queue):
    """The jobs as (script, number of the step, tasks, dependency), in order."""
    found = {}
    for job, what in queue.jobs().items():
        script, (_, *stage) = queue.script_of(job)
        after = [word.partition("=")[2] for word in what["words"] if word.startswith("--dependency")]
        number = job.partition("_")[0]
        tasks = found[number][2] + 1 if number in found else 1
        found[number] = (script, stage[0] if stage else "", tasks, after[-1] if after else "")
    return found


def queues_at_once(test, queue):
    """All of a tuned study is queued, trains what was submitted, and gives what a run here gives."""
    expected, printed = local(test, TUNED, "here")
    outcome = queue.study("--dry-run", file=TUNED)
    told = re.findall(r"note: (\d\. .*)", outcome.err)
    test.check(outcome.status == 0 and not queue.jobs() and [line.partition(":")[0] for line in told]
               == ["1. tuned-tune", "2. tuned-choose", "3. tuned", "4. tuned-compare"]
               and "12 runs, 12 epochs" in told[0] and "4 runs, 4 epochs" in told[2], f"{outcome}")
    numbers = queue.submit("--ntasks=2", "--time=5", file=TUNED, what="tuned")
    a, choose, b, compare = numbers
    test.check(chain(queue) == {a: ("study.sbatch", "", 12, ""),
                                choose: ("step.sbatch", "1", 1, f"afterany:{a}"),
                                b: ("study.sbatch", "1", 4, f"afterok:{choose}"),
                                compare: ("compare.sbatch", "", 1, f"afterok:{choose},afterany:{b}")},
               f"{chain(queue)}")
    names = [queue.jobs()[job]["words"][2] for job in (a + "_1", choose, b + "_1", compare)]
    test.check(names == [f"--job-name={name}" for name in
                         ("tuned-tune", "tuned-choose", "tuned", "tuned-compare")], f"{names}")
    test.check("--ntasks=1" in queue.jobs()[choose]["words"], f"{queue.jobs()[choose]}")
    # What is edited now is of no account.
    folder = queue.folder_of(choose)
    write("configs/tiny.yaml", CONFIG % 3)
    write(TUNED, AXES.replace("1..2", "1..9") + TUNE.replace("0.05", "0.06"))
    outcomes = queue.drain()
    test.check(list(outcomes) == ["study.sbatch", "step.sbatch", "compare.sbatch"]
               and statuses(outcomes, "step.sbatch") == [0], f"{outcomes}")
    test.check(sorted(set(statuses(outcomes, "study.sbatch"))) == [0, 5], f"{outcomes}")
    test.check(results(test, "results/tuned") == expected, "other results than here")
    done = outcomes["step.sbatch"][0]
    rows = re.findall(r"(?m)^(\w+ +optimizer.lr=\S+) ", done.stdout)
    listed = test.run("study", TUNED, "list", "--data", "digits", "--out", "here")
    test.check(len(rows) == 2, done.stdout)
    restore()
    listed = test.run_well("study", TUNED, "list", "--data", "digits", "--out", "here")
    test.check(re.findall(r"(?m)^(\w+ +optimizer.lr=\S+) ", listed.out) == rows, f"{rows} {printed}")
    done = outcomes["compare.sbatch"][0]
    test.check(done.returncode == 0 and re.search(r"(?m)^1 +(batch|layer)", done.stdout),
               f"{done.stdout}{done.stderr}")
    # All is done: only a comparison is queued.
    test.check(len(queue.submit(file=TUNED, what="all is done")) == 1 and len(queue.jobs()) == 1
               and os.path.isdir(folder), f"{chain(queue)}")


def stops_and_goes_on(test, queue):
    """A cancelled run of the tuning: nothing is chosen, and submitted again it goes on."""
    first = queue.submit(file=TUNED, what="first")
    cancelled = next(name for name, jobs in queue.live().items() if jobs[0][0] == f"{first[0]}_2")
    queue.set(f"{first[0]}_2", state=None)
    queue.set(f"{first[0]}_3", state="R")
    # While it waits: only what is missing, and one chain, behind all.
    second = queue.submit(file=TUNED, what="second")
    test.check(len(second) == 4 and all(len(jobs) == 1 for jobs in queue.live().values())
               and len(queue.live()) == 12, f"{queue.live()}")
    test.check(queue.live()[cancelled][0][0] == f"{second[0]}_1", f"{queue.live()[cancelled]}")
    third = queue.submit(file=TUNED, what="third")
    found = chain(queue)
    test.check(len(third) == 3 and set(found) == {first[0], second[0], *third}
               and sorted(found[third[0]][3].split(":")[1:]) == sorted([first[0], second[0]]),
               f"{found}")
    # Another one of the tuning: refused, or in place of this one.
    write(TUNED, AXES + TUNE.replace("validation: 60", "validation: 50"))
    outcome = queue.study(file=TUNED)
    test.check(outcome.status == 2 and "data.validation: 50 here, 60 there" in outcome.err
               and chain(queue) == found, f"edited: {outcome}")
    queue.set(f"{first[0]}_3", state="PD")
    restore()
    queue.set(f"{second[0]}_1", state=None)
    outcomes = queue.drain()
    step = outcomes["step.sbatch"][0]
    message = [line for line in step.stderr.splitlines() if "error: " in line]
    test.check(step.returncode == 1 and len(message) == 1
               and f"1 of 12 runs have not ended ({cancelled} missing), so nothing is chosen"
               in message[0], f"{step.stdout}{step.stderr}")
    test.check(statuses(outcomes, "compare.sbatch") == [None]
               and statuses(outcomes, "study.sbatch")[11:] == [None] * 4, f"{outcomes}")
    test.check(not glob.glob("results/tuned/*.h5"), "runs without a choice")
    # It goes on with the one that is missing; the step is started again, before and after.
    fourth = queue.submit(file=TUNED, what="fourth")
    test.check(list(queue.live()) == [cancelled], f"{queue.live()}")
    queue.drain("study.sbatch")
    folder = queue.folder_of(fourth[1])
    once = queue.start(fourth[1])
    lists = {name: read(name) for name in glob.glob(f"{folder}/*") if os.path.isfile(name)}
    queue.drain("study.sbatch")
    again = queue.start(fourth[1]) if fourth[1] in queue.jobs() else None
    test.check(once.returncode == 0 and again is None, f"{once} {again}")
    # A chosen run that fails is queued by itself, and a last comparison.
    waiting = [job for job in queue.jobs() if job.startswith(fourth[2] + "_")]
    queue.set(waiting[0], state=None)
    fifth = queue.submit(file=TUNED, what="fifth")
    test.check(len(fifth) == 2 and len(queue.live()) == len(waiting)
               and set(chain(queue)) == {fourth[2], *fifth}, f"{chain(queue)} {queue.live()}")
    outcomes = queue.drain()
    test.check(statuses(outcomes, "compare.sbatch") == [0], f"{outcomes}")
    test.check(all(read(name) == text for name, text in lists.items() if "/runs" in name
                   or name.endswith(".yaml")), "a list has changed")


def starts_again(test, queue):
    """A step decides the same whenever it is started, and leaves a list that tasks have begun."""
    _, choose, array, _ = queue.submit(file=TUNED, what="first")
    queue.drain("step.sbatch")
    folder = queue.folder_of(f"{array}_1")
    before = read(f"{folder}/runs-1")
    queue.drain("study.sbatch")
    done = test.run("study", folder, "advance", "1")
    test.check(done.status == 0 and read(f"{folder}/runs-1") == before
               and re.search(r"(?m)^4 runs are to be done now$", done.out), f"{done}")
    # Killed before it had written the list.
    os.remove(f"{folder}/runs-1")
    write(f"{folder}/1-1-layer-s1.yaml", "half")
    done = test.run("study", folder, "advance", "1")
    test.check(done.status == 0 and len(read(f"{folder}/runs-1").splitlines()) == 3
               and "half" not in read(f"{folder}/1-1-layer-s1.yaml").decode(), f"{done}")
    for words, message in (((folder, "advance", "2"), "has no step 2"),
                           ((folder, "advance"), "expected FOLDER advance N"),
                           ((folder, "advance", "x"), "expected FOLDER advance N"),
                           ((TUNED, "advance", "1"), "tuned.yaml/submission"),
                           ((folder, "advance", "1", "--out", "x"), "from the submission")):
        outcome = test.run("study", *words)
        test.check(outcome.status in (2, 3) and message in outcome.err and not outcome.out,
                   f"{words}: {outcome}")
    # A file in the way of what is chosen.
    os.remove(f"{folder}/runs-1")
    test.run_well("train", "configs/tiny.yaml", "--norm", "batch", "--epochs", "1", "--set",
                  "optimizer.lr=0.3", "--data", "digits", "--out", "results/tuned/batch-s2.h5")
    outcome = test.run("study", folder, "advance", "1")
    test.check(outcome.status == 2 and "is of another configuration (" in outcome.err
               and not os.path.exists(f"{folder}/runs-1"), f"{outcome}")


def failing(test, queue):
    """Slurm fails at each of the calls: submitted again, there is each run and one chain."""
    for what in ("fail", "silent", "kill"):
        for n in range(1, 5):
            queue.empty()
            queue.fault("sbatch", what, n)
            outcome = queue.study(file=TUNED)
            test.check(outcome.status != 0, f"{what} {n}: {outcome}")
            queue.submit(file=TUNED, what=f"after {what} {n}")
            live = queue.live()
            kinds = sorted(row[0] for row in chain(queue).values())
            test.check(len(live) == 12 and all(len(jobs) == 1 for jobs in live.values())
                       and kinds == sorted(STEPS), f"{what} {n}: {chain(queue)}")
    # Edited, and put in its place as a whole.
    before = set(queue.jobs())
    write(TUNED, AXES + TUNE.replace("validation: 60", "validation: 50"))
    queue.submit("--cancel", file=TUNED, what="in place of the old")
    test.check(sorted(row[0] for row in chain(queue).values()) == sorted(STEPS)
               and not before & set(queue.jobs()), f"{chain(queue)}")
    configs = [read(jobs[0][1]).decode() for jobs in queue.live().values()]
    test.check(len(configs) == 12 and all("validation: 50" in text for text in configs), f"{configs}")


def decides(test, queue):
    """Looks on the cluster decide as looks here, and need the same runs."""
    expected, printed = local(test, UNTIL, "until-here", *MORE)
    looks = re.findall(r"(?m)^look .*$", printed)
    outcome = queue.study("--dry-run", *MORE, file=UNTIL)
    told = [line.partition(":")[0] for line in re.findall(r"note: (\d\. .*)", outcome.err)]
    test.check(told == ["1. until", "2. until-look-1", "3. until", "4. until-look-2", "5. until",
                        "6. until-look-3", "7. until-compare"], f"{outcome.err}")
    numbers = queue.submit(*MORE, file=UNTIL, what="until")
    found = chain(queue)
    test.check([found[job][:3] for job in numbers] ==
               [("study.sbatch", "", 9), ("step.sbatch", "1", 1), ("study.sbatch", "1", 3),
                ("step.sbatch", "2", 1), ("study.sbatch", "2", 6), ("step.sbatch", "3", 1),
                ("compare.sbatch", "", 1)], f"{found}")
    test.check(found[numbers[3]][3] == f"afterok:{numbers[1]},afterany:{numbers[2]}", f"{found}")
    folder = queue.folder_of(numbers[-1])
    outcomes = queue.drain()
    test.check(results(test, "results/until") == expected,
               f"{sorted(results(test, 'results/until'))} and here {sorted(expected)}")
    steps = [done.stdout for done in outcomes["step.sbatch"]]
    test.check(re.findall(r"(?m)^look .*$", steps[-1]) == looks, f"{steps} and here {looks}")
    table = printed[printed.index("\nAgainst"):]
    test.check(steps[-1].endswith(table), f"{steps[-1]} and here {table}")
    test.check(" are not needed so far." in steps[0] or len(looks) == 1, steps[0])
    # Tasks that are not needed have been cancelled, or find nothing to do.
    n_tasks = len(outcomes["study.sbatch"])
    test.check(n_tasks == len(expected) and len(expected) < 18, f"{n_tasks} of {len(expected)}")
    done = outcomes["compare.sbatch"][0]
    test.check(done.returncode == 0 and done.stdout.startswith(table)
               and "Seeds were added until variants were decided" in " ".join(done.stdout.split()),
               f"{done.stdout}{done.stderr}")
    if shutil.which("gnuplot", path="/usr/bin:/bin"):
        page = " ".join(read(f"{folder}/comparison.html").decode().split())
        test.check("What holds is what the looks have decided" in page, "the page does not say so")
    listed = test.run_well("study", UNTIL, "list", "--data", "digits")
    test.check(listed.out.endswith(table) and "with at most 6 seeds" in listed.out, listed.out)
    numbers = queue.submit(*MORE, file=UNTIL, what="decided")
    outcomes = queue.drain()
    test.check(len(numbers) == 2 and outcomes["step.sbatch"][0].stdout == steps[-1]
               and statuses(outcomes, "compare.sbatch") == [0], f"{numbers} {outcomes}")


def goes_on_looking(test, queue):
    """A run of the second look is cancelled, and the study submitted again; scancel fails."""
    numbers = queue.submit(*MORE[:-1], "0.001", file=UNTIL, what="until")
    first = queue.drain("step.sbatch")["step.sbatch"][0].stdout
    seeds = [int(n) for n in re.findall(r"(?m)^(?:slow|twin) +(?!open)\S.*? +(\d) +[-+]", first)]
    test.check(len(seeds) == 1 and f"\n{6 - seeds[0]} of 18 runs are not needed so far." in first,
               first)
    test.check(os.path.exists(f"{queue.folder_of(numbers[-1])}/runs-1"), "no list")
    lost = next(job for job in queue.jobs() if job.startswith(numbers[2] + "_"))
    queue.set(lost, state=None)
    second = queue.submit(*MORE[:-1], "0.001", file=UNTIL, what="again")
    live = queue.live()
    test.check(all(len(jobs) == 1 for jobs in live.values()), f"{live}")
    found = chain(queue)
    test.check(numbers[2] in found and numbers[3] not in found and numbers[4] not in found
               and f":{numbers[2]}" in found[second[1]][3], f"{found}")
    lost = next(job for job in queue.jobs() if job.startswith(numbers[2] + "_"))
    queue.set(lost, state=None)
    outcomes = queue.drain()
    test.check(statuses(outcomes, "step.sbatch")[0] == 1
               and "so nothing is decided" in outcomes["step.sbatch"][0].stderr, f"{outcomes}")
    # Where tasks cannot be cancelled, those that are not needed find nothing to do.
    queue.empty()
    queue.submit(*MORE, file=UNTIL, what="without scancel")
    queue.fault("scancel", "fail")
    outcomes = queue.drain()
    n_idle = sum("There is no run for this task." in done.stdout
                 for done in outcomes["study.sbatch"])
    test.check(n_idle > 0 and set(statuses(outcomes, "study.sbatch")) == {0}
               and statuses(outcomes, "compare.sbatch") == [0], f"{n_idle} {outcomes}")


def tunes_and_looks(test, queue):
    """Both together, as here."""
    expected, printed = local(test, BOTH, "both-here", *MORE)
    numbers = queue.submit(*MORE, file=BOTH, what="both")
    test.check([row[0] for row in chain(queue).values()] ==
               ["study.sbatch", "step.sbatch"] * 4 + ["compare.sbatch"], f"{chain(queue)}")
    outcomes = queue.drain()
    test.check(results(test, "results/both") == expected, "other results than here")
    last = outcomes["step.sbatch"][-1].stdout
    test.check(last.endswith(printed[printed.index("\nAgainst"):]) and len(numbers) == 9,
               f"{last} and here {printed}")
    test.check(statuses(outcomes, "compare.sbatch") == [0], f"{outcomes}")


def refuses(test, queue):
    for options, message in (
            (["--until-decided", "--max-seeds", "4"], "needs --max-seeds N and --baseline NORM"),
            (["--max-seeds", "4"], "belong to --until-decided"),
            ([*MORE[:4], "frn"], 'the variants are "batch", "slow", "twin"')):
        queue.refused(2, message, queue.study(*options, file=UNTIL), f"{options}")
        test.check(not queue.jobs() and not glob.glob("results/*/submissions/2*"), f"{queue.jobs()}")
    write("a.runs", "configs/tiny.yaml --data digits --out a.h5\n")
    queue.refused(2, "is a list", queue.run("study", "a.runs", "submit", *MORE), "a list")


def main():
    test = begin(__doc__, epochs=1)
    queue = Queue(test)
    for case in test.chosen([queues_at_once, stops_and_goes_on, starts_again, failing, decides,
                             goes_on_looking, tunes_and_looks, refuses]):
        restore()
        queue.empty()
        before = test.n_failed
        case(test, queue)
        print(f"{case.__name__}: {test.n_failed - before} failed", flush=True)
    test.finish()


main()
