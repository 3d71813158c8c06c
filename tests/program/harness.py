"""What the tests of the whole program share: options, running it, data sets, checks.

Every test is called as  SCRIPT --program PATH [--mpirun PATH] [--long] [--seed N] [--keep]
Exit status: 0 passed, 1 failed, 77 skipped.
"""

import argparse
import csv
import gzip
import io
import os
import random
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from collections import namedtuple

SKIPPED = 77
# Seconds after which something hangs: far more than it takes on a busy machine.
PATIENT = 120
# Names that mpirun goes by; prterun is that of Open MPI 5.
LAUNCHERS = ("mpirun", "mpiexec", "orterun", "prterun")
S6 = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "configs", "s6.yaml")
IDX_FILES = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
             "t10k-labels-idx1-ubyte"]

# A network with all that s6 lacks: bias, stride, padding, skips, overlapping pools, linear.
MIXED = """
network:
  norm: batch
  dropout: 0.1
  layers:
    - {type: conv, channels: 6, kernel: 5, stride: 2, padding: 2, bias: true}
    - {type: norm}
    - {type: relu}
    - {type: block, channels: 6, padding: 1, skip: true}
    - {type: max-pool, size: 3, stride: 2}
    - {type: block, channels: 10, stride: 2}
    - {type: dropout, dropout: 0.25}
    - {type: global-avg-pool}
    - {type: linear, channels: 10}
training: {epochs: 2, batch: 50}
optimizer: {lr: 0.05, weight_decay: 0.0005, decay_norm: false, l1: 0.00001}
schedule: {type: cosine, warmup: 0.5}
"""

Outcome = namedtuple("Outcome", "status out err seconds")


class Test:
    """Options, a scratch folder that is the current folder, and the checks that failed."""

    def __init__(self, description, lonely=True, add_options=lambda parser: None):
        self.lonely = lonely
        parser = argparse.ArgumentParser(description=description)
        add_options(parser)
        parser.add_argument("--program", required=True)
        parser.add_argument("--mpirun", default="mpirun")
        parser.add_argument("--long", action="store_true", help="everything, for minutes")
        parser.add_argument("--seed", type=int, default=None, help="of the random choices")
        parser.add_argument("--keep", action="store_true", help="leave the scratch folder")
        parser.add_argument("--case", action="append", help="only this one, by its function's name")
        self.options = parser.parse_args()
        self.program = os.path.abspath(self.options.program)
        self.long = self.options.long
        self.seed = self.options.seed if self.options.seed is not None else int(time.time())
        self.random = random.Random(self.seed)
        self.folder = tempfile.mkdtemp(prefix="normlab-")
        os.mkdir(os.path.join(self.folder, "mpi"))
        os.mkdir(os.path.join(self.folder, "work"))
        os.chdir(os.path.join(self.folder, "work"))
        self.n_checks = 0
        self.n_failed = 0
        self.n_started = 0

    def norms(self):
        """Each form of each norm that the program has, and a batch norm of small groups."""
        table = self.run_well("explain", "--list").out
        forms = re.findall(r"(?m)^\| `([^`]+)` \|", table)[1:]
        self.check(len(forms) >= 9, f"explain --list: {table}")
        return [form.replace("N", "32" if form == "batch:N" else "2") for form in forms] + ["batch:7"]

    def chosen(self, cases):
        """Functions, by the option."""
        names = self.options.case
        return [case for case in cases if not names or case.__name__ in names]

    def check(self, good, text):
        self.n_checks += 1
        if not good:
            self.n_failed += 1
            print("FAILED: " + text, flush=True)
        return good

    def finish(self):
        print(f"{self.n_checks} checks, {self.n_failed} failed, seed {self.seed}")
        if not self.options.keep:
            os.chdir("/")
            shutil.rmtree(self.folder, ignore_errors=True)
        sys.exit(1 if self.n_failed or not self.n_checks else 0)

    def command(self, arguments, ranks, seconds, program=None, launcher=()):
        """ranks = 0: without mpirun, or with another launcher."""
        limit = ["timeout", "-k", "5", str(seconds)]
        launcher = [str(a) for a in launcher]
        if ranks:
            launcher = [self.options.mpirun, "--oversubscribe", "--bind-to", "none", "-n",
                        str(ranks)]
        return limit + launcher + [program or self.program] + [str(a) for a in arguments]

    def environment(self, threads=None, changes=None):
        environment = {k: v for k, v in os.environ.items()
                       if not k.startswith(("NORMLAB_", "OMP_", "SLURM_"))}
        environment.update(OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                           OMPI_MCA_btl_vader_single_copy_mechanism="none", OMPI_MCA_pml="ob1",
                           OMPI_MCA_btl="self,vader", TERM="dumb")
        # Open MPI's runs of one user share a folder, and one that ends may take it from one that
        # starts.
        environment["OMPI_MCA_orte_tmpdir_base"] = os.path.join(self.folder, "mpi")
        if self.lonely:  # a run without mpirun starts no daemon: much quicker
            environment["OMPI_MCA_ess_singleton_isolated"] = "1"
        environment.setdefault("ASAN_OPTIONS", "detect_leaks=0")
        if threads:
            environment["OMP_NUM_THREADS"] = str(threads)
        environment.update(changes or {})
        return environment

    def run(self, *arguments, ranks=0, threads=1, seconds=PATIENT, program=None, launcher=(),
            **changes):
        """Keyword arguments in capitals are environment variables."""
        start = time.monotonic()
        done = subprocess.run(self.command(arguments, ranks, seconds, program, launcher),
                              capture_output=True, env=self.environment(threads, changes),
                              stdin=subprocess.DEVNULL)
        return Outcome(done.returncode, done.stdout.decode(errors="replace"),
                       done.stderr.decode(errors="replace"), time.monotonic() - start)

    def run_well(self, *arguments, **options):
        outcome = self.run(*arguments, **options)
        self.check(outcome.status == 0, f"{arguments} {options}: status {outcome.status}\n"
                   + outcome.out[-500:] + outcome.err[-2000:])
        return outcome

    def digest(self, path):
        """None if the file cannot be read."""
        outcome = self.run("digest", path)
        words = outcome.out.split()
        return words[0] if outcome.status == 0 and words else None

    def start(self, *arguments, ranks=0, threads=1, seconds=2 * PATIENT, launcher=(), **changes):
        return Running(self, self.command(arguments, ranks, seconds, launcher=launcher), threads,
                       changes)


class Running:
    """A run in the background whose processes are found even when their parents are gone."""

    def __init__(self, test, command, threads, changes):
        test.n_started += 1
        self.mark = f"NORMLAB_TEST_MARK={os.getpid()}-{test.n_started}"
        name, value = self.mark.split("=")
        self.program = os.path.basename(test.program)
        self.seen = set()  # processes found so far
        self.out = open(f"run-{test.n_started}.out", "w+b")
        self.err = open(f"run-{test.n_started}.err", "w+b")
        self.started = time.monotonic()
        self.process = subprocess.Popen(command,
                                        env=test.environment(threads, {**changes, name: value}),
                                        stdin=subprocess.DEVNULL, stdout=self.out, stderr=self.err,
                                        start_new_session=True)

    def launcher(self):
        """mpirun, whatever name it goes by."""
        return [pid for name in LAUNCHERS for pid in self.members(name)]

    def members(self, name=None):
        """Ids of its living processes: all, or those of a program."""
        found = []
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            try:
                with open(f"/proc/{entry}/environ", "rb") as file:
                    if self.mark.encode() not in file.read().split(b"\0"):
                        continue
                with open(f"/proc/{entry}/stat") as file:
                    text = file.read()
            except OSError:
                continue
            is_dead = text.rsplit(")", 1)[1].split()[0] in "ZX"
            executable = text.split("(", 1)[1].rsplit(")", 1)[0]
            if is_dead:
                continue
            self.seen.add(int(entry))
            if name is None or executable == name[:15]:
                found.append(int(entry))
        return found

    def ranks(self):
        return self.members(self.program)

    def signal(self, number, ids):
        for process in ids:
            try:
                os.kill(process, number)
            except ProcessLookupError:
                pass

    def kill_all(self):
        """Until none is left: what was about to start when the first were killed, too."""
        for _ in range(100):
            ids = self.members()
            if not ids:
                break
            self.signal(signal.SIGKILL, ids)
            time.sleep(0.02)
        self.wait(5)
        self.wait_gone(5)

    def wait(self, seconds):
        """Exit status; None if it did not end in this time."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def wait_gone(self, seconds=PATIENT):
        """Whether all its processes have ended, and their parents know it, in this time."""
        end = time.monotonic() + seconds
        while self.members() or any(is_process(i) for i in self.seen):
            if time.monotonic() > end:
                return False
            self.process.poll()
            time.sleep(0.05)
        return True

    def wait_file(self, path, seconds=PATIENT):
        end = time.monotonic() + seconds
        while not os.path.exists(path) and time.monotonic() < end and self.process.poll() is None:
            time.sleep(0.005)
        return os.path.exists(path)

    def output(self):
        """(standard output, standard error) so far."""
        texts = []
        for file in (self.out, self.err):
            with open(file.name, "rb") as again:
                texts.append(again.read().decode(errors="replace"))
        return texts

    def close(self):
        for file in (self.out, self.err):
            file.close()
            os.unlink(file.name)


def is_process(number):
    """Also one that has ended and is not yet waited for."""
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


def table_rows(text):
    """A table of runs as dictionaries, each with what its head states."""
    head = {}
    lines = list(io.StringIO(text, newline=""))
    while lines and lines[0].startswith("#"):
        name, colon, value = lines.pop(0)[1:].strip().partition(": ")
        if colon and " " not in name:
            head[name] = value
    return [{**head, **row} for row in csv.DictReader(lines)]


def errors(text):
    return [line for line in text.splitlines() if line.startswith("normlab: error:")]


def litter(folder="."):
    return sorted(name for name in os.listdir(folder) if ".tmp." in name or name.endswith((".lock", ".progress")))


def write(path, content):
    with open(path, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())
    return path


def read(path):
    with open(path, "rb") as file:
        return file.read()


def idx(items, *sizes):
    return struct.pack(">HBB", 0, 8, len(sizes)) + struct.pack(f">{len(sizes)}I", *sizes) + items


def read_idx(path):
    """(bytes of the items, sizes)."""
    data = read(path)
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    n = data[3]
    return data[4 + 4 * n:], struct.unpack(f">{n}I", data[4:4 + 4 * n])


def png(pixels, height, width, channels=1):
    """A picture of 8 bits, gray or of channels=3 interleaved colours."""
    def chunk(kind, data):
        return (struct.pack(">I", len(data)) + kind + data
                + struct.pack(">I", zlib.crc32(kind + data)))
    line = width * channels
    rows = b"".join(b"\0" + pixels[i * line:(i + 1) * line] for i in range(height))
    return (b"\x89PNG\r\n\x1a\n"
            + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, channels - 1, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def subset(source, target, n_train, n_test):
    """The first images of a data folder as another one; source's files are plain or gzip."""
    os.mkdir(target)
    for name in IDX_FILES:
        path = os.path.join(source, name)
        items, sizes = read_idx(path if os.path.exists(path) else path + ".gz")
        n = min(sizes[0], n_train if name.startswith("train") else n_test)
        size = len(items) // sizes[0]
        write(os.path.join(target, name), idx(items[:n * size], n, *sizes[1:]))
