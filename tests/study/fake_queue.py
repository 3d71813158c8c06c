"""The list of the fake Slurm (fake_slurm.py): submissions to it, and its jobs as Slurm would start them."""

import json
import os
import re
import shutil
import subprocess
import sys

from tiny import errors, read, write

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
STUDY_FILE = "configs/studies/tiny.yaml"
# In place of srun: the ranks of a task are one process.
SRUN = """#!/bin/sh
while [ "${1%/task.sh}" = "$1" ]; do shift; done
exec "$@"
"""


class Queue:
    """The list of the fake Slurm."""

    def __init__(self, test):
        self.test = test
        self.folder = os.path.abspath("slurm")
        self.bin = os.path.join(self.folder, "bin")
        os.makedirs(self.bin)
        for name in ("sbatch", "squeue", "scancel", "scontrol"):
            self.script(name, f"#!/bin/sh\nexec {sys.executable} {HERE}/fake_slurm.py {name} "
                        '"$@"\n')
        self.script("srun", SRUN)
        self.empty()

    def script(self, name, text):
        os.chmod(write(os.path.join(self.bin, name), text), 0o755)

    def empty(self):
        """No jobs, no results."""
        self.ended = {}
        shutil.rmtree("results", ignore_errors=True)
        self.put({"next": 1, "jobs": {}})
        write(os.path.join(self.folder, "log"), "")

    def put(self, queue):
        write(os.path.join(self.folder, "queue.json"), json.dumps(queue))

    def get(self):
        return json.loads(read(os.path.join(self.folder, "queue.json")))

    def jobs(self):
        return self.get()["jobs"]

    def set(self, job, **changes):
        """Of a job; state=None: it has ended."""
        queue = self.get()
        if changes.get("state", "") is None:
            del queue["jobs"][job]
        else:
            queue["jobs"][job].update(changes)
        self.put(queue)

    def fault(self, command, what, n=1):
        write(os.path.join(self.folder, "fault"), f"{command} {what} {n}")

    def calls(self, command):
        return [line for line in read(os.path.join(self.folder, "log")).decode().splitlines()
                if line.startswith(command)]

    def variables(self, **more):
        return dict({"PATH": self.bin + ":" + os.environ["PATH"], "FAKE_SLURM": self.folder,
                     "NORMLAB_ROOT": ROOT}, **more)

    def run(self, *arguments, **more):
        return self.test.run(*arguments, **self.variables(**more))

    def study(self, *options, file=STUDY_FILE, **more):
        return self.run("study", file, "submit", "--data", "digits", *options, **more)

    def submit(self, *options, what="", **more):
        """A submission that goes well: the numbers of its jobs."""
        outcome = self.study(*options, **more)
        self.test.check(outcome.status == 0, f"{what}: {outcome.status} {outcome.err}")
        return outcome.out.split()

    def refused(self, status, text, outcome, what):
        found = errors(outcome.err)
        self.test.check(outcome.status == status and len(found) == 1 and text in outcome.err
                        and not outcome.out, f"{what}: {outcome.status} {outcome.out}{outcome.err}")

    def script_of(self, job):
        """Its script, and what that is called with: the folder, and the number of its step."""
        words = self.jobs()[job]["words"]
        at = next(i for i, word in enumerate(words) if word.endswith(".sbatch"))
        return os.path.basename(words[at]), words[at + 1:]

    def folder_of(self, job):
        return self.script_of(job)[1][0]

    def live(self):
        """{name of a run: jobs that do it}"""
        found = {}
        for job in self.jobs():
            script, (folder, *stage) = self.script_of(job)
            path = "-".join([f"{folder}/runs", *stage])
            if script not in ("study.sbatch", "train.sbatch") or not os.path.exists(path):
                continue
            lines = read(path).decode().splitlines()
            number = int(job.partition("_")[2] or 1)
            if number > len(lines):
                continue
            line = lines[number - 1]
            name = re.search(r"--out \S*/(\S+)\.h5", line).group(1)
            found.setdefault(name, []).append((job, line.split()[0]))
        return found

    def comparisons(self):
        return {job: what for job, what in self.jobs().items()
                if "compare.sbatch" in what["command"]}

    def start(self, job, **more):
        """The job as Slurm starts it, with --export=NONE."""
        script, arguments = self.script_of(job)
        number, _, task = job.partition("_")
        variables = {"PATH": self.bin + ":/usr/bin:/bin", "SLURM_JOB_ID": number, "HOME": "/",
                     "SLURM_SUBMIT_DIR": os.getcwd(), "OMPI_MCA_ess_singleton_isolated": "1",
                     "SLURM_ARRAY_JOB_ID": number, "SLURM_ARRAY_TASK_ID": task,
                     "SLURM_NNODES": "1", "FAKE_SLURM": self.folder, **more}
        return subprocess.run(["timeout", "-k", "5", "60", "bash",
                               f"{arguments[0]}/jobs/{script}", *arguments], capture_output=True,
                              text=True, cwd="/", stdin=subprocess.DEVNULL, env=variables)

    def dependency(self, job):
        """"ready", "waiting" or "never"."""
        text = [word for word in self.jobs()[job]["words"] if word.startswith("--dependency=")]
        for part in text[-1].partition("=")[2].split(",") if text else []:
            kind, *others = part.split(":")
            for other in others:
                if any(name == other or name.startswith(other + "_") for name in self.jobs()):
                    return "waiting"
                if kind == "afterok" and self.ended.get(other) != 0:
                    return "never"
        return "ready"

    def step(self):
        """Starts the first job that can be started, or cancels one that never can: (job, outcome),
        the outcome None if it has been cancelled; None if there is no such job."""
        for job in self.jobs():
            ready = self.dependency(job)
            if ready == "never":
                kills = "--kill-on-invalid-dep=yes" in self.jobs()[job]["words"]
                self.test.check(kills, f"{job} waits for ever")
            if ready == "waiting":
                continue
            done = self.start(job) if ready == "ready" else None
            self.ended[job] = done.returncode if done else None
            self.set(job, state=None)
            return job, done
        return None

    def drain(self, until=None):
        """Does all jobs, or up to the first of a script: {script: outcomes}."""
        outcomes = {}
        while self.jobs():
            scripts = {job: self.script_of(job)[0] for job in self.jobs()}
            found = self.step()
            if not self.test.check(found is not None, f"nothing goes on: {self.jobs()}"):
                break
            outcomes.setdefault(scripts[found[0]], []).append(found[1])
            if scripts[found[0]] == until:
                break
        return outcomes
