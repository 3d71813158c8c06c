"""The project's jobs under a private Slurm on one node: time limits, requeues, cancellation, faults."""

import os
import re
import shutil
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from chains import chain, paused  # noqa: E402
from jobs import (ROOT, Jobs, exit_code, hand_in, measure_epochs, run_cases,  # noqa: E402
                  with_cluster)
from harness import S6, SKIPPED, Test, write  # noqa: E402
import cluster as slurm  # noqa: E402

LIMIT = "--time=1"  # minutes, the least there is
WARNING = "--signal=B:USR1@50"


def compared(text, *variants):
    """Whether a comparison has a row of each of these."""
    return all(re.search(rf"(?m)^\d+ +{re.escape(name)} ", text) for name in variants)


def plain_runs(jobs):
    """With both launchers; and what has finished is left as it is."""
    job = jobs.train("plain.h5", "--nodes=1", "--ntasks-per-node=3", epochs=5)
    other = jobs.train("mpirun.h5", "--ntasks=3", epochs=5, norm="layer",
                       NORMLAB_LAUNCHER="mpirun",
                       NORMLAB_LAUNCH_OPTIONS="--oversubscribe --bind-to none")
    jobs.check_done(job, "plain.h5", "srun", epochs=5, restarts=lambda n: n == 0)
    jobs.check_done(other, "mpirun.h5", "mpirun", epochs=5, norm="layer")
    for one in (job, other):
        jobs.test.check("# 3 ranks x 1 thread " in jobs.output(one), "not 3 ranks of 1 thread\n"
                        + jobs.output(one)[:1500])
        jobs.test.check("warning: Slurm" not in jobs.output(one), jobs.output(one)[:1500])
    job = jobs.train("plain.h5", "--ntasks=1", "--cpus-per-task=2", epochs=5)
    jobs.check_done(job, "plain.h5", "a finished run", epochs=5)
    jobs.test.check("# 1 rank x 2 threads on 2 " in jobs.output(job), "not 1 rank of 2 threads\n"
                    + jobs.output(job)[:1500])


def wrong_jobs(jobs):
    """Each fails by itself, with one message."""
    cases = [
        ("alone.h5", (), {"NORMLAB_MPI": "none"}, 2, "use srun --mpi=pmix"),
        ("wrong.h5", ("--set", "optimizer.lr=fast"), {}, 2, "optimizer.lr"),
        ("over.h5", ("--overwrite",), {}, 2, "remove the file"),
        ("launcher.h5", (), {"NORMLAB_LAUNCHER": "rsh"}, 2, "wants srun or mpirun"),
        ("program.h5", (), {"NORMLAB_PROGRAM": "/nowhere/normlab"}, 2, "no such program"),
    ]
    running = [(jobs.train(out, epochs=2, more=more, **changes), out, status, text)
               for out, more, changes, status, text in cases]
    for job, out, status, text in running:
        jobs.check_state(job, "FAILED", out, 60)
        found = exit_code(jobs.cluster, job)
        jobs.test.check(found == status and jobs.output(job).count(text) == 1,
                        f"{out}: status {found}\n{jobs.output(job)}")
        jobs.test.check(not os.path.exists(out), f"{out}: there is one")


def study(jobs):
    """An array of four runs, submitted again and again while they wait; one of them fails."""
    lines = ["# four runs, one of them on data that will not be there", ""]
    for norm in ("batch", "layer", "group:2", "instance"):
        name = norm.replace(":", "-")
        arguments = jobs.arguments(f"study/{name}.h5", f"'{norm}'", 3)
        if norm == "layer":
            arguments[arguments.index("digits")] = "other"
        lines.append("normlab train " + " ".join(arguments))
    text = "\n".join(lines) + "\n"
    write("study.runs", text)
    shutil.copytree("digits", "other")
    submit = ["study", "study.runs", "submit", "--ntasks=2"]
    _, (array, compare) = hand_in(jobs, *submit, "--hold", "--export=NONE")
    # It waits: nothing is queued twice, and not otherwise either.
    _, (again,) = hand_in(jobs, *submit)
    jobs.check_state(compare, "CANCELLED", "the comparison that another one replaces", 10)
    write("study.runs", text.replace("--epochs 3", "--epochs 4"))
    done, _ = hand_in(jobs, *submit, status=2)
    jobs.test.check("training.epochs: 4 here, 3 there" in done.stderr, done.stderr)
    os.rename("other", "kept")
    jobs.test.run_well("data", "synthesize", "other", "--train", 700, "--test", 200, "--seed", 5)
    jobs.cluster.must("scontrol", "release", array)
    jobs.check_state(again, "FAILED", "the comparison, as a file is missing")
    jobs.test.check(exit_code(jobs.cluster, again) == 3, "the comparison has another status")
    for i, norm in enumerate(("batch", "layer", "group:2", "instance"), 1):
        state = "FAILED" if norm == "layer" else "COMPLETED"
        jobs.check_state(f"{array}_{i}", state, f"task {i}, {norm}", 1)
    jobs.test.check("changed since" in jobs.output(f"{array}_2"), jobs.output(f"{array}_2"))
    jobs.test.check(jobs.test.digest("study/batch.h5") == jobs.digest("batch", 3),
                    "a task has trained what the list says later")
    found = jobs.output(again)
    jobs.test.check(compared(found, "batch", "group:2", "instance") and "study/layer.h5: " in found,
                    f"the comparison says:\n{found}")
    # The run that failed, mended: only that one trains again.
    shutil.rmtree("other")
    os.rename("kept", "other")
    write("study.runs", text)
    done, (array, compare) = hand_in(jobs, "study", "study.runs", "submit", "--ntasks=1")
    jobs.test.check("1 to be queued" in done.stderr and "3 done" in done.stderr, done.stderr)
    jobs.check_state(compare, "COMPLETED", "the comparison of four files")
    jobs.test.check(jobs.test.digest("study/layer.h5") == jobs.digest("layer", 3),
                    "a task of the array has another digest")


def study_file(jobs):
    """A study, edited while it runs and waits; when all is finished, nothing is to be done."""
    base = os.path.relpath(os.path.join(ROOT, "configs", "s6.yaml"))
    text = f"""base: {base}
set: {{training.epochs: 2, training.batch: 50}}
axes: {{norm: [batch, "group:2"], seed: [1]}}
"""
    write("small.yaml", text)
    data = {"NORMLAB_DATA": os.path.abspath("digits"), "NORMLAB_AT_ONCE": "1"}
    submit = ["study", "small.yaml", "submit", "--ntasks=1"]
    _, (array, compare) = hand_in(jobs, *submit, "--begin=now+1hour", **data)
    jobs.cluster.must("scancel", f"{array}_2")
    write("small.yaml", text.replace("epochs: 2", "epochs: 1"))
    hand_in(jobs, *submit, status=2, **data)
    _, (new, last) = hand_in(jobs, *submit, "--cancel", "--export=PATH", "--ntasks=2",
                             "--cpus-per-task=2", **data)
    queued = jobs.cluster.run("squeue", "-h", "-r", "-o", "%F").stdout.split()
    jobs.test.check(array not in queued and compare not in queued, f"still queued: {queued}")
    jobs.check_state(last, "COMPLETED", "the comparison of the study")
    jobs.test.check(new != array and compared(jobs.output(last), "batch", "group:2"),
                    f"it says:\n{jobs.output(last)}")
    found = jobs.output(f"{new}_1")
    jobs.test.check("# 2 ranks x 2 threads" in found, f"the ranks of a task: {found[:1500]}")
    _, (last,) = hand_in(jobs, *submit, **data)
    jobs.check_state(last, "COMPLETED", "the comparison of what is finished")


def time_limits(jobs):
    """Slurm's warning, to a job and to tasks of an array; and a job that is not warned at all."""
    write("limit.runs", " ".join(jobs.arguments("limit-a.h5")) + "\n"
          + " ".join(jobs.arguments("limit-b.h5", "instance")) + "\n")
    job = jobs.train("limit.h5", LIMIT, WARNING)
    array = jobs.submit("study.sbatch", ["limit.runs"], "--array=1-2", LIMIT, WARNING,
                        "--job-name=limits", "--output=limits-%a.out")
    # Another signal, which is ignored, in place of the warning: that comes up to half a minute early.
    own = jobs.train("own.h5", LIMIT, "--signal=B:URG@1", norm="layer")
    # Slurm looks at time limits twice a minute.
    jobs.hold_until({job: ("limit.h5", 45), f"{array}_1": ("limit-a.h5", 45),
                     f"{array}_2": ("limit-b.h5", 45), own: ("own.h5", 55.5)}, "time limits")
    jobs.check_done(job, "limit.h5", "warned", restarts=lambda n: n > 0)
    text = jobs.output(job)
    jobs.test.check("stopped on request" in text and "Requeueing" in text, f"warned: {text}")
    jobs.check_done(f"{array}_1", "limit-a.h5", "task 1", restarts=lambda n: n > 0)
    jobs.check_done(f"{array}_2", "limit-b.h5", "task 2", "instance", restarts=lambda n: n > 0)
    jobs.check_done(own, "own.h5", "not warned", "layer", restarts=lambda n: n > 0)
    jobs.test.check("before the time limit" in jobs.output(own),
                    f"not warned: {jobs.output(own)[-1500:]}")


def warned_at_once(jobs):
    """The script is warned before it has started a run, at its first start."""
    setup = write(os.path.abspath("setup.sh"),
                  '[ "${SLURM_RESTART_COUNT:-0}" != 0 ] || kill -USR1 $$\n')
    job = jobs.train("at-once.h5", NORMLAB_SETUP=setup)
    jobs.check_done(job, "at-once.h5", "warned at once", restarts=lambda n: n == 1)
    text = jobs.output(job)
    jobs.test.check("Requeueing" in text and "before the time limit" in text,
                    f"warned at once: {text[-1500:]}")


def requeued_from_outside(jobs):
    """A run that was submitted by the program, and whose configuration is gone when it goes on."""
    shutil.copy(S6, "requeue.yaml")
    arguments = ["requeue.yaml"] + jobs.arguments("requeue.h5")[1:]
    _, (job,) = hand_in(jobs, "submit", *arguments, "--", "--ntasks=2", "--export=PATH")
    jobs.wait_training("requeue.h5", "requeue")
    done, _ = hand_in(jobs, "submit", *arguments, "--", "--ntasks=2", status=2)
    jobs.test.check(f"queued already, job {job}" in done.stderr, done.stderr)
    write("requeue.yaml", "seed: 2\n")
    jobs.cluster.must("scontrol", "requeue", job)
    jobs.check_done(job, "requeue.h5", "requeue", restarts=lambda n: n == 1)


def cancelled(jobs, launcher):
    """It saves, stays cancelled, and submitted again goes on."""
    out = f"cancel-{launcher}.h5"
    changes = {} if launcher == "srun" else {
        "NORMLAB_LAUNCHER": "mpirun", "NORMLAB_LAUNCH_OPTIONS": "--oversubscribe --bind-to none"}
    job = jobs.train(out, **changes)
    jobs.wait_training(out, f"scancel, {launcher}")
    jobs.cluster.must("scancel", job)
    jobs.wait_gone(out, f"scancel, {launcher}")
    jobs.check_state(job, "CANCELLED", f"scancel, {launcher}", 30)
    return job, out, launcher


def cancelled_stay_so(jobs, before):
    for job, out, launcher in before:
        what = f"scancel, {launcher}"
        jobs.test.check(jobs.cluster.state(job) == "CANCELLED"
                        and jobs.cluster.field(job, "Restarts") == "0",
                        f"{what}: has become {jobs.cluster.state(job)}")
        jobs.test.check(not jobs.ranks(out), f"{what}: runs again")
        if launcher == "srun":
            jobs.test.check("checkpoint saved" in jobs.output(job), f"{what}: {jobs.output(job)}")
        again = jobs.train(out)
        jobs.check_done(again, out, what)
        jobs.test.check("# resuming at" in jobs.output(again), f"{what}: began anew")


def killed_rank(jobs):
    job = jobs.train("killed.h5", "--ntasks=3")
    jobs.wait_training("killed.h5", "killed")
    ranks = jobs.ranks("killed.h5")
    jobs.test.check(len(ranks) == 3, f"killed: ranks {ranks}")
    slurm.kill(jobs.test.random.choice(ranks), signal.SIGKILL)
    jobs.wait_gone("killed.h5", "killed")
    jobs.check_state(job, "FAILED", "killed", 30)
    again = jobs.train("killed.h5")
    jobs.check_done(again, "killed.h5", "killed, again")
    jobs.test.check("# resuming at" in jobs.output(again), "killed: began anew")


def preempted(jobs):
    job = jobs.train("preempted.h5", "--partition=low", "--exclusive")
    jobs.wait_training("preempted.h5", "preempted")
    high = jobs.cluster.submit("--partition=high", "--exclusive", "--wrap=sleep 1",
                               "--output=/dev/null", env=jobs.environment())
    jobs.check_done(job, "preempted.h5", "preempted", restarts=lambda n: n == 1)
    jobs.check_state(high, "COMPLETED", "what preempted it")


def stalled(jobs):
    """A rank that stands still: named, ended by the watchdog, and the job goes on."""
    job = jobs.train("stalled.h5", "--ntasks=3", more=("--set", "watchdog.seconds=3"))
    jobs.wait_training("stalled.h5", "stalled")
    for process in jobs.ranks("stalled.h5")[:1]:
        slurm.kill(process, signal.SIGSTOP)
    jobs.wait_again(job, "stalled")
    jobs.check_done(job, "stalled.h5", "stalled", restarts=lambda n: n == 1)
    text = jobs.output(job)
    jobs.test.check("no progress for 3 s" in text and text.count("stopped by a signal") == 1,
                    f"stalled: {text[-2000:]}")


def gives_up(jobs):
    """A program that stops again and again, and gets nowhere."""
    stub = write(os.path.abspath("normlab-stub"), """#!/bin/sh
case " $* " in
*" --print-out "*) echo stub.h5 ;;
" train "*) echo "started"; exit 75 ;;
esac
""")
    os.chmod(stub, 0o755)
    job = jobs.train("stub.h5", "--ntasks=1", NORMLAB_PROGRAM=stub, NORMLAB_TRIES="2")
    jobs.check_state(job, "FAILED", "no progress", 120)
    text = jobs.output(job)
    jobs.test.check(exit_code(jobs.cluster, job) == 75 and text.count("started") == 2
                    and "no progress in 2 starts" in text, f"no progress: {text}")
    jobs.check_clean("no progress", "stub.h5")


def dies_at_start(jobs):
    """Ranks that die before the first step are started again at once: the third start goes well."""
    def stub(name, count):
        path = write(os.path.abspath(name), f"""#!/bin/sh
case " $* " in *" --resume "*)
  echo started
  echo x >>{name}.starts
  if [ "$(wc -l <{name}.starts)" -le {count} ]; then kill -SEGV $$; fi ;;
esac
exec {jobs.test.program} "$@"
""")
        os.chmod(path, 0o755)
        return path
    twice = jobs.train("twice.h5", "--ntasks=1", epochs=5, NORMLAB_PROGRAM=stub("twice", 2))
    always = jobs.train("always.h5", "--ntasks=1", NORMLAB_PROGRAM=stub("always", 9),
                        NORMLAB_TRIES="2")
    jobs.check_done(twice, "twice.h5", "died twice", epochs=5, restarts=lambda n: n == 0)
    jobs.test.check(jobs.output(twice).count("started") == 3, f"died twice: {jobs.output(twice)}")
    jobs.check_state(always, "FAILED", "died always", 60)
    text = jobs.output(always)
    jobs.test.check(exit_code(jobs.cluster, always) > 128 and text.count("started") == 2
                    and "in each of 2 starts; giving up" in text, f"died always: {text}")
    jobs.check_clean("died always", "always.h5")


def main():
    test = Test(__doc__, lonely=False)
    reason = slurm.missing()
    if reason:
        print(reason)
        sys.exit(SKIPPED)
    cases = [plain_runs, wrong_jobs, study, study_file, chain, paused, time_limits, warned_at_once,
             requeued_from_outside, killed_rank, preempted, stalled, gives_up, dies_at_start]

    def all_cases(own):
        jobs = Jobs(test, own, epochs)
        before = [cancelled(jobs, launcher) for launcher in ("srun", "mpirun")
                  if test.chosen([cancelled])]
        top = os.getcwd()
        for i in range(3 if test.long else 1):
            os.mkdir(f"round-{i}")
            os.symlink("../digits", f"round-{i}/digits")
            os.chdir(f"round-{i}")
            run_cases(test, jobs, cases)
            os.chdir(top)
            if i == 0:  # before Slurm forgets them
                cancelled_stay_so(jobs, before)

    test.run_well("data", "synthesize", "digits", "--train", 700, "--test", 200)
    epochs = measure_epochs(test, 6)
    with_cluster(test, 1, all_cases)
    test.finish()


main()
