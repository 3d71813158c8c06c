"""A study in stages under a private Slurm: what only the real one shows."""

import os
import re

from jobs import ROOT, exit_code, hand_in
from harness import write

STUDY = """base: %s
set: {epochs: 1, batch: 50}
variants:
  - {norm: batch}
  - {norm: layer}
axes: {seed: [1]}
tune: {keys: {optimizer.lr: [0.05, 1e30]}, validation: 60, seeds: 1}
"""


def chain(jobs):
    """A run of the tuning is cancelled, the study edited; then it goes on, to the page."""
    test = jobs.test
    text = STUDY % os.path.relpath(os.path.join(ROOT, "configs", "s6.yaml"))
    write("chain.yaml", text)
    data = {"NORMLAB_DATA": os.path.abspath("digits")}
    submit = ["study", "chain.yaml", "submit", "--ntasks=1"]
    _, first = hand_in(jobs, *submit, "--hold", "--export=NONE", **data)
    test.check(len(first) == 4, f"jobs {first}")
    tune, choose, runs, compare = first
    jobs.cluster.must("scancel", f"{tune}_2")
    write("chain.yaml", text.replace("epochs: 1", "epochs: 2").replace("seed: [1]", "seed: 1..3"))
    jobs.cluster.must("scontrol", "release", ",".join(first))
    jobs.check_state(choose, "FAILED", "what chooses, as a run is missing")
    test.check(exit_code(jobs.cluster, choose) == 1 and "1 of 4 runs have not ended (batch-lr1e30-"
               "s1001 missing), so nothing is chosen" in jobs.output(choose), jobs.output(choose))
    for job in (f"{runs}_1", compare):
        jobs.check_state(job, "CANCELLED", "what waits for it", 30)
    write("chain.yaml", text)
    # Submitted twice: a run and a chain.
    _, second = hand_in(jobs, *submit, "--hold", **data)
    _, third = hand_in(jobs, *submit, **data)
    jobs.check_state(second[1], "CANCELLED", "a chain that another one replaces", 10)
    jobs.cluster.must("scontrol", "release", second[0])
    test.check(len(second) == 4 and len(third) == 3, f"{second} {third}")
    jobs.check_state(third[-1], "COMPLETED", "the comparison")
    jobs.check_state(f"{second[0]}_1", "FAILED", "a run that diverges", 1)
    folder = os.path.dirname(jobs.cluster.field(third[-1], "StdOut"))
    names = [jobs.cluster.field(job, "JobName") for job in (third[0], f"{third[1]}_2", third[2])]
    test.check(names == ["chain-choose", "layer-s1", "chain-compare"], f"{names}")
    test.check("# finished" in "".join(open(f"{folder}/layer-s1.out")), f"{os.listdir(folder)}")
    test.run_well("study", "chain.yaml", "run", "--data", "digits", "--out", "chain-here")
    for name in ("batch-s1.h5", "layer-s1.h5", "tuning/layer-lr0.05-s1001.h5"):
        test.check(test.digest(f"results/chain/{name}") == test.digest(f"chain-here/{name}"),
                   f"{name}: another digest than here")
    test.check(re.search(r"(?m)^\d+ +layer", jobs.output(third[-1])), jobs.output(third[-1]))

def paused(jobs):
    """A study is held, what runs saves and is held too; released, it ends as if nothing had been."""
    test = jobs.test
    base = os.path.relpath(os.path.join(ROOT, "configs", "s6.yaml"))
    write("paused.yaml", f"base: {base}\nset: {{epochs: {jobs.epochs}, batch: 50, "
          "checkpoint.every: 2s}\naxes: {norm: [batch, layer], seed: [1]}\n")
    data = {"NORMLAB_DATA": os.path.abspath("digits"), "NORMLAB_AT_ONCE": "1"}
    _, (array, compare) = hand_in(jobs, "study", "paused.yaml", "submit", "--ntasks=2", **data)
    out = os.path.abspath("results/paused/batch-s1.h5")
    jobs.wait_training(out, "pause")
    _, found = hand_in(jobs, "study", "paused.yaml", "pause", **data)
    test.check(sorted(found) == sorted([f"{array}_1", f"{array}_2", compare]), f"paused: {found}")
    jobs.wait_gone(out, "pause")
    for job in found:
        jobs.check_waits(job, "pause")
    _, found = hand_in(jobs, "study", "paused.yaml", "resume", "--variant", "batch", **data)
    test.check(found == [f"{array}_1"], f"released: {found}")
    jobs.check_state(f"{array}_1", "COMPLETED", "a run that was paused")
    jobs.check_waits(f"{array}_2", "the other variant")
    test.check(test.digest(out) == jobs.digest("batch"), "another digest after a pause")
    hand_in(jobs, "study", "paused.yaml", "resume", **data)
    jobs.wait_training(os.path.abspath("results/paused/layer-s1.h5"), "released")
    hand_in(jobs, "study", "paused.yaml", "cancel", **data)
    for job in (f"{array}_2", compare):
        jobs.check_state(job, "CANCELLED", "study cancel", 60)
