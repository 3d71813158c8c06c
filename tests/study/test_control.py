"""study cancel, pause and resume: the jobs of one study, by variant, and what goes wrong."""

import os
import shutil
import sys

from fake_queue import HERE, STUDY_FILE, Queue
from tiny import STUDY, begin, write

FIRST, SECOND = ("1", "3"), ("2", "4")  # tasks of the two variants


def control(queue, action, *options, file=STUDY_FILE, **more):
    data = [] if file.endswith(".list") else ["--data", "digits"]
    return queue.run("study", file, action, *data, *options, **more)


def acted(test, queue, wanted, action, *options, **more):
    """The jobs whose numbers it prints."""
    outcome = control(queue, action, *options, **more)
    test.check(outcome.status == 0 and sorted(outcome.out.split()) == sorted(wanted),
               f"{action} {options}: {outcome.status}, {outcome.out.split()}, not {wanted}: "
               f"{outcome.err}")
    return outcome


def held(queue):
    return sorted(job for job, what in queue.jobs().items()
                  if "eld" in what.get("reason", "") and what["state"] == "PD")


def all_jobs(test, queue):
    """Waiting and running ones, with others' in between."""
    array, compare = queue.submit(what="ours")
    write("configs/studies/other.yaml", STUDY)
    other = queue.submit(file="configs/studies/other.yaml", what="other")
    queue_now = queue.get()
    queue_now["jobs"]["900"] = {"state": "R", "command": "/elsewhere/submissions/job.sh", "words": []}
    queue.put(queue_now)
    others = {job: what for job, what in queue.jobs().items() if job.split("_")[0] not in
              (array, compare)}
    tasks = [f"{array}_{i}" for i in range(1, 5)]
    queue.set(tasks[0], state="R")
    before = queue.jobs()
    outcome = acted(test, queue, [], "pause", "--dry-run")
    test.check(queue.jobs() == before and f"job {tasks[0]}, batch-l1-s1: would save, end and be "
               "held" in outcome.err and f"job {compare}, comparison: would be held" in outcome.err,
               f"dry: {outcome.err}")
    acted(test, queue, tasks + [compare], "pause")
    test.check(held(queue) == sorted(tasks + [compare]), f"held: {queue.jobs()}")
    test.check(queue.jobs()[tasks[0]]["reason"].startswith("job requeued"), "not requeued")
    outcome = acted(test, queue, [], "pause")
    test.check("none of its jobs waits or runs" in outcome.err, outcome.err)
    acted(test, queue, tasks + [compare], "resume")
    test.check(held(queue) == [], f"after resume: {queue.jobs()}")
    acted(test, queue, [], "resume")
    queue.set(tasks[0], state="R")
    queue.set(compare, state="R")  # is let go on
    outcome = acted(test, queue, tasks, "pause")
    test.check("1 that compare or decide" in outcome.err, outcome.err)
    queue.set(compare, state="PD")
    queue.set(tasks[0], state="R", reason="None")
    write(os.path.join(queue.folder, "log"), "")
    acted(test, queue, tasks + [compare], "cancel")
    calls = queue.calls("scancel")
    test.check(compare in calls[0] and tasks[1] not in calls[0], f"what waits goes first: {calls}")
    test.check(queue.jobs()[tasks[0]]["state"] == "CG" and tasks[1] not in queue.jobs()
               and compare not in queue.jobs(), f"cancelled: {queue.jobs()}")
    now = queue.jobs()
    del now[tasks[0]]
    test.check(now == others and len(other) == 2, f"others' jobs: {now}")
    queue.set(tasks[0], state=None)
    queue.submit(what="goes on")
    queue.empty()


def by_variant(test, queue):
    array, compare = queue.submit(what="by variant")
    first, second = [[f"{array}_{i}" for i in tasks] for tasks in (FIRST, SECOND)]
    queue.set(second[0], state="R")
    acted(test, queue, second, "pause", "--variant", "layer")
    test.check(held(queue) == sorted(second), f"held: {held(queue)}")
    acted(test, queue, [], "resume", "--variant", "Batch, L1")
    acted(test, queue, second, "resume", "--variant", "batch", "--variant", "layer")
    acted(test, queue, first, "cancel", "--variant", "Batch, L1")
    test.check(sorted(queue.jobs()) == sorted(second + [compare]), f"left: {queue.jobs()}")
    queue.refused(2, "--variant frn: no variant of", control(queue, "cancel", "--variant", "frn"),
                  "another variant")
    queue.refused(2, "--variant", queue.study("--variant", "layer"), "submit --variant")
    queue.empty()


def chains(test, queue):
    """Steps and what waits for them."""
    queue.submit("--until-decided", "--max-seeds", "4", "--baseline", "layer", what="chain")
    jobs = list(queue.jobs())
    test.check(len(jobs) > 6, f"a chain of {jobs}")
    acted(test, queue, jobs, "pause")
    acted(test, queue, jobs, "resume")
    acted(test, queue, jobs, "cancel")
    test.check(queue.jobs() == {}, f"left of a chain: {queue.jobs()}")
    # A submission whose folder is gone, and squeue that does not tell the command.
    array, compare = queue.submit(what="gone")
    for job in queue.jobs():
        queue.set(job, command="(null)")
    acted(test, queue, list(queue.jobs()), "pause")
    queue.empty()
    array, compare = queue.submit(what="gone")
    shutil.rmtree(queue.folder_of(compare))
    acted(test, queue, list(queue.jobs()), "cancel")
    queue.empty()


def lists(test, queue):
    write("some.list", "configs/tiny.yaml --data digits --seed 3 --out a.h5\n"
          "configs/tiny.yaml --data digits --seed 4 --out b.h5\n")
    queue.submit(what="a study beside the list")
    others = set(queue.jobs())
    outcome = queue.run("study", "some.list", "submit")
    test.check(outcome.status == 0, outcome.err)
    jobs = [job for job in queue.jobs() if job not in others]
    queue.refused(2, "a list has no variants",
                  control(queue, "pause", "--variant", "batch", file="some.list"), "a list")
    acted(test, queue, jobs, "pause", file="some.list")
    acted(test, queue, jobs, "cancel", file="some.list")
    queue.empty()


def goes_wrong(test, queue):
    array, compare = queue.submit(what="faults")
    queue.fault("squeue", "fail")
    queue.refused(1, "not known what is queued, so nothing is done", control(queue, "cancel"),
                  "squeue fails")
    test.check(len(queue.jobs()) == 5, "something is cancelled")
    # A task starts in the moment in which it is to be held.
    queue.script("scontrol", f"""#!/bin/sh
if [ ! -e {queue.folder}/started ]; then
  touch {queue.folder}/started
  {sys.executable} - <<'END'
import json
path = "{queue.folder}/queue.json"
queue = json.load(open(path))
queue["jobs"]["{array}_2"]["state"] = "R"
json.dump(queue, open(path, "w"))
END
fi
exec {sys.executable} {HERE}/fake_slurm.py scontrol "$@"
""")
    control(queue, "pause")
    test.check(held(queue) == sorted(queue.jobs()), f"started meanwhile: {queue.jobs()}")
    queue.script("scontrol", "#!/bin/sh\nexit 0\n")
    outcome = control(queue, "resume")
    test.check(outcome.status == 1 and "4 more: Slurm has not done it" in outcome.err,
               f"nothing done: {outcome}")
    os.makedirs("few", exist_ok=True)
    os.symlink(shutil.which("timeout"), "few/timeout")
    outcome = control(queue, "cancel", PATH=os.path.abspath("few"))
    test.check(outcome.status == 1 and "squeue: cannot be started; is it in PATH?" in outcome.err
               and not outcome.out, f"without Slurm: {outcome}")


def main():
    test = begin(__doc__)
    queue = Queue(test)
    all_jobs(test, queue)
    by_variant(test, queue)
    chains(test, queue)
    lists(test, queue)
    goes_wrong(test, queue)
    test.finish()


main()
