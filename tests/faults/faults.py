"""Runs whose calls on files are counted, fail, or are their last."""

import concurrent.futures
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "program"))
from harness import PATIENT, S6, Test, errors, litter, read, write  # noqa: E402, F401

EPOCHS = 2
AT_ONCE = 4  # most of a short run is waiting


class FaultTest(Test):
    """Preloads the libraries that CMake has built; each trial has a folder of its own."""

    def __init__(self, description, add_options=lambda parser: None):
        def all_options(parser):
            parser.add_argument("--libraries", type=os.path.abspath, help="folder of fault_*.so; beside --program's "
                                "tests/faults by default")
            add_options(parser)
        super().__init__(description, add_options=all_options)
        folder = self.options.libraries or os.path.join(os.path.dirname(self.program), "tests",
                                                        "faults")
        self.libraries = os.path.abspath(folder)
        self.run_well("data", "synthesize", "digits", "--train", 40, "--test", 20)

    def environment(self, threads=None, changes=None):
        """Open MPI's runs of one user get in each other's way in a common folder."""
        self.n_started += 1
        folder = os.path.join(self.folder, "mpi", str(self.n_started))
        os.makedirs(folder, exist_ok=True)
        return super().environment(threads, {"OMPI_MCA_orte_tmpdir_base": folder,
                                             **(changes or {})})

    def library(self, name):
        return os.path.join(self.libraries, f"fault_{name}.so")

    def arguments(self, out, *options, epochs=EPOCHS):
        return ["train", S6, "--batch", 20, "--epochs", epochs, "--data", "digits", "--out", out,
                *options]

    def faulty(self, folder, *options, ranks=0, epochs=EPOCHS, **faults):
        """A run that writes FOLDER/run.h5; keywords are those of the library, in lower case."""
        folder = os.path.abspath(folder)
        changes = {"FAULTS_" + name.upper(): str(value) for name, value in faults.items()}
        return self.run(*self.arguments(os.path.join(folder, "run.h5"), *options, epochs=epochs),
                        ranks=ranks, LD_PRELOAD=self.library("calls"), FAULTS_FOLDER=folder,
                        **changes)

    def all(self, function, items):
        """function(item) of all, some at once; what it starts are processes."""
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(function, items))

    def digests(self, paths):
        """Digest by path, of those that are whole."""
        found = {}
        paths = [path for path in paths if os.path.exists(path)]
        for i in range(0, len(paths), 100):
            out = self.run("digest", *paths[i:i + 100]).out
            found.update(reversed(line.split(None, 1)) for line in out.splitlines())
        return found


def calls(log):
    """Rows of a log: dictionaries, with the name of a file in the place of its path."""
    names = ("number", "function", "result", "descriptor", "path", "other", "size", "offset")
    rows = []
    for line in read(log).decode().splitlines():
        row = dict(zip(names, line.split("\t")))
        for name in ("number", "result", "descriptor", "size", "offset"):
            row[name] = int(row[name])
        row["path"], row["other"] = (os.path.basename(row[k]) for k in ("path", "other"))
        rows.append(row)
    return rows


def is_next_generation(name):
    """What will be FILE."""
    return ".tmp." in name and ".prev.tmp." not in name


def acknowledged(rows):
    """For each row, how many generations the program had written and gone on from before it."""
    counts, n_done, n_replaced = [], 0, 0
    for row in rows:
        if is_next_generation(row["path"]) and row["function"] != "rename" \
                or row["function"] in ("fstat", "stat") and row["path"].endswith(".lock"):
            n_done = n_replaced
        counts.append(n_done)
        if row["function"] == "rename" and is_next_generation(row["path"]) and row["result"] == 0:
            n_replaced += 1
    return counts


def copy_into(source, target):
    shutil.copytree(source, target)
    return target


def own_mounts():
    """As root, mounts go into a name space that ends with this process."""
    if os.geteuid() != 0 or os.environ.get("FAULTS_OWN_MOUNTS"):
        return
    if subprocess.run(["unshare", "-m", "true"], stderr=subprocess.DEVNULL).returncode == 0:
        os.environ["FAULTS_OWN_MOUNTS"] = "1"
        os.execvp("unshare", ["unshare", "-m", sys.executable, "-B"] + sys.argv)


def mount(options, folder):
    """Whether there is a small file system there now."""
    os.makedirs(folder, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder]
    done = os.environ.get("FAULTS_OWN_MOUNTS") and subprocess.run(command).returncode == 0
    if not done:
        print("left out: no right to mount a file system")
    return done


def unmount(folder):
    subprocess.run(["umount", folder], check=True)
