"""Runs as jobs of a private Slurm: what the cases share."""

import os
import re
import signal
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "program"))

from harness import S6, litter  # noqa: E402
import cluster  # noqa: E402
from cluster import kill, wait_for  # noqa: E402

ENDED = ["COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY"]
REQUEUE = 90  # seconds within which a job that is to run again does


class Jobs:
    def __init__(self, test, own, epochs):
        self.test = test
        self.cluster = own
        self.epochs = epochs  # of a run that is to be interrupted
        self.expected = {}    # digests of runs that were not, by norm and epochs

    def arguments(self, out, norm="batch", epochs=None, *options):
        return [S6, "--norm", norm, "--batch", "50", "--epochs", str(epochs or self.epochs),
                "--data", "digits", "--out", out, "--set", "checkpoint.every=2s", *options]

    def environment(self, **changes):
        """Of sbatch, and so of the job."""
        plain = {name: value for name, value in self.cluster.environment.items()
                 if not name.startswith(("NORMLAB_", "OMP_", "SLURM_", "SBATCH_"))}
        plain.update(SLURM_CONF=self.cluster.environment["SLURM_CONF"],
                     NORMLAB_ROOT=ROOT, NORMLAB_PROGRAM=self.test.program,
                     OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                     # More ranks than cores.
                     OMPI_MCA_mpi_yield_when_idle="1", GOMP_SPINCOUNT="0")
        # What killed ranks leave there goes with the folder.
        plain["OMPI_MCA_btl_vader_backing_directory"] = self.cluster.memory
        plain.update(changes)
        return plain

    def submit(self, script, arguments, *options, **changes):
        return self.cluster.submit("--output=%x-%A.out", *options, os.path.join(
            ROOT, "jobs", script), *arguments, env=self.environment(**changes))

    def train(self, out, *options, norm="batch", epochs=None, more=(), **changes):
        ranks = [] if any(o.startswith("--ntasks") for o in options) else ["--ntasks=2"]
        return self.submit("train.sbatch", self.arguments(out, norm, epochs, *more), *ranks,
                           f"--job-name={out}", *options, **changes)

    def output(self, job):
        path = self.cluster.field(job, "StdOut")
        if not os.path.exists(path):
            return ""
        with open(path, errors="replace") as file:
            return file.read()

    def digest(self, norm="batch", epochs=None):
        """Of the run without Slurm."""
        key = (norm, epochs or self.epochs)
        if key not in self.expected:
            out = f"expected-{len(self.expected)}.h5"
            self.test.run_well("train", *self.arguments(out, norm, epochs), threads=2, seconds=600)
            self.expected[key] = self.test.digest(out)
        return self.expected[key]

    def fail(self, what, job, text):
        self.test.check(False, f"{what}: {text}\n{self.output(job)[-1500:]}")

    def check_state(self, job, state, what, seconds=480):
        found = self.cluster.wait_state(job, [state] if state in ENDED else [state] + ENDED,
                                        1) if self.cluster.state(job) == state else \
            self.cluster.wait_state(job, ENDED, seconds)
        good = self.test.check(found == state, f"{what}: job {job} is {found}, not {state}\n"
                               + self.output(job)[-1500:])
        return good

    def check_done(self, job, out, what, norm="batch", epochs=None, restarts=None):
        """It ends well, with the digest of a run that nobody has touched."""
        self.check_state(job, "COMPLETED", what)
        text = self.output(job)
        found = self.test.digest(out)
        self.test.check(found is not None and found == self.digest(norm, epochs),
                        f"{what}: another digest\n{text[-1500:]}")
        self.check_clean(what, out)
        if restarts is None:
            return
        n = self.cluster.field(job, "Restarts")
        self.test.check(n.isdigit() and restarts(int(n)), f"{what}: {n} restarts")
        if n.isdigit() and int(n) > 0:
            self.test.check("# resuming at" in text, f"{what}: began anew\n{text[-1500:]}")

    def check_clean(self, what, out):
        """No temporary, lock or count of tries of this run."""
        left = [name for name in litter() + os.listdir(".")
                if name.startswith(out + ".") and name != out + ".prev"]
        self.test.check(not left, f"{what}: left {left}")

    def wait_training(self, out, what, seconds=60):
        """Until a run has saved something, so that there is something to lose."""
        found = wait_for(lambda: os.path.exists(out + ".prev"), seconds)
        self.test.check(found, f"{what}: no checkpoint after {seconds} s")
        return found

    def wait_again(self, job, what, n=1, seconds=REQUEUE):
        """Until Slurm has started it n more times."""
        def started():
            restarts = self.cluster.field(job, "Restarts")
            return restarts.isdigit() and int(restarts) >= n and \
                self.cluster.state(job) in ["RUNNING"] + ENDED
        good = wait_for(started, seconds)
        self.test.check(good, f"{what}: job {job} is {self.cluster.state(job)}, not started again "
                        f"after {seconds} s\n{self.output(job)[-1000:]}")
        return good

    def check_waits(self, job, what, seconds=60):
        """It is held, and no process of its is left."""
        good = wait_for(lambda: self.cluster.state(job) == "PENDING"
                        and self.cluster.field(job, "Priority") == "0", seconds)
        self.test.check(good, f"{what}: job {job} is {self.cluster.state(job)}, priority "
                        f"{self.cluster.field(job, 'Priority')}")

    def ranks(self, out):
        return self.cluster.ranks(f" --out {out} ")

    def signal(self, out, number):
        """To all ranks of a run."""
        for process in self.ranks(out):
            kill(process, number)

    def hold_until(self, jobs, what):
        """Suspends the ranks of runs until so many seconds after the start of their jobs, so that
        these last long enough without much computing: {job: (out, seconds)}."""
        for job, (out, _) in jobs.items():
            self.wait_training(out, what)
            self.signal(out, signal.SIGSTOP)
        ends = {}
        for job, (out, seconds) in jobs.items():
            start = self.cluster.field(job, "StartTime")
            ends[out] = time.mktime(time.strptime(start, "%Y-%m-%dT%H:%M:%S")) + seconds
        for out in sorted(ends, key=ends.get):
            time.sleep(max(0, ends[out] - time.time()))
            self.signal(out, signal.SIGCONT)

    def wait_gone(self, out, what, seconds=30):
        good = wait_for(lambda: not self.ranks(out), seconds)
        if not self.test.check(good, f"{what}: ranks {self.ranks(out)} live on"):
            for process in self.ranks(out):
                kill(process, signal.SIGKILL)


def hand_in(jobs, *words, status=0, **changes):
    """A submission by the program: its outcome, and the numbers of its jobs."""
    done = jobs.cluster.run(jobs.test.program, *words, env=jobs.environment(**changes))
    jobs.test.check(done.returncode == status, f"{words}: {done.returncode} {done.stderr}")
    return done, done.stdout.split()


def measure_epochs(test, seconds):
    """So many epochs that a run takes about so long here: enough to do something to it."""
    start = time.monotonic()
    test.run_well("train", S6, "--norm", "batch", "--batch", 50, "--epochs", 20, "--data",
                  "digits", "--out", "measure.h5", seconds=300)
    each = (time.monotonic() - start) / 20
    return max(20, min(2000, int(seconds / each)))


def with_cluster(test, n_nodes, body):
    """body(cluster) on a private Slurm, of which nothing is left, however this ends."""
    def leave(number, _):
        raise SystemExit(128 + number)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, leave)
    own = cluster.Cluster(os.path.join(test.folder, "slurm"), n_nodes)
    try:
        own.start()
        body(own)
        if test.n_failed:
            print(own.logs())
    finally:
        own.close()
    left = own.own_processes()
    test.check(not left, f"processes {left} are left")


def run_cases(test, jobs, cases):
    for case in test.chosen(cases):
        start = time.monotonic()
        case(jobs)
        print(f"{case.__name__}: {time.monotonic() - start:.0f} s, {test.n_failed} failed so far",
              flush=True)


def exit_code(own, job):
    """Of the script."""
    found = re.match(r"(\d+):", own.field(job, "ExitCode"))
    return int(found.group(1)) if found else None
