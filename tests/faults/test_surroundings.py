"""What happens around a run: full disks, folders that go away, no permission, rivals, clocks.

Each ends with status 3 and one message, or is survived; what had been written stays whole, and the
run goes on from there to the digest of one that nothing happened to.
"""

import os
import shutil
import subprocess

from faults import PATIENT, S6, FaultTest, copy_into, errors, litter, mount, own_mounts, unmount

FILE, STOPPED = 3, 75
NOBODY = 65534
LONG = 400  # epochs of a run that something happens to


def whole(test, epochs=2):
    """Digest of a run that nothing happens to."""
    path = f"whole-{epochs}.h5"
    if not os.path.exists(path):
        test.run_well(*train(path, epochs))
    return test.digest(path)


def train(out, epochs=2, *options):
    return ["train", S6, "--batch", 20, "--epochs", epochs, "--data", "digits", "--out", out,
            *options]


def refused(test, what, outcome, text):
    lines = errors(outcome.err)
    test.check(outcome.status == FILE and len(lines) == 1 and text in lines[0],
               f"{what}: status {outcome.status}\n{outcome.err[-800:]}")


def intact(test, what, folder):
    """Nothing but whole generations."""
    names = os.listdir(folder)
    test.check(not litter(folder), f"{what}: left {litter(folder)}")
    for name in names:
        if name.startswith("run.h5"):
            test.check(test.digest(os.path.join(folder, name)), f"{what}: {name} is damaged")


def ends_well(test, what, folder, epochs=2):
    test.run_well(*train(f"{folder}/run.h5", epochs, "--resume"))
    test.check(test.digest(f"{folder}/run.h5") == whole(test, epochs), f"{what}: another digest")
    intact(test, what, folder)


def full_disk(test):
    """A disk with room for one generation, for two, and for two and a part of the third."""
    for kilobytes in (100, 200, 380):
        for ranks in (0, 2) if test.long or kilobytes == 380 else (0,):
            what, folder = f"disk of {kilobytes} kB, {ranks} ranks", f"full-{kilobytes}-{ranks}"
            if not mount(f"size={kilobytes}k", folder):
                return
            outcome = test.run(*train(f"{folder}/run.h5"), ranks=ranks)
            refused(test, what, outcome, "No space left on device")
            intact(test, what, folder)
            subprocess.run(["mount", "-o", "remount,size=2m", folder], check=True)
            ends_well(test, what, folder)
            unmount(folder)
    if mount("size=20k", "full-data"):
        outcome = test.run("data", "synthesize", "full-data", "--train", 100, "--test", 100)
        refused(test, "digits on a full disk", outcome, "No space left on device")
        test.check(not os.listdir("full-data"), f"digits: left {os.listdir('full-data')}")
        unmount("full-data")
    if mount("size=20k", "full-trace"):
        outcome = test.run(*train("traced.h5"), "--trace", "full-trace/t.json")
        refused(test, "trace on a full disk", outcome, "No space left on device")
        test.check(not os.listdir("full-trace"), f"trace: left {os.listdir('full-trace')}")
        test.check(test.digest("traced.h5") == whole(test), "trace: another digest")
        unmount("full-trace")


def interrupted(test, what, folder, happening, text, ranks=0):
    """Something happens to the folder of a run in progress."""
    run = test.start(*train(f"{folder}/run.h5", LONG), ranks=ranks)
    test.check(run.wait_file(f"{folder}/run.h5.prev"), f"{what}: no file")
    happening()
    status = run.wait(PATIENT)
    err = run.output()[1]
    lines = errors(err)
    test.check(status == FILE and len(lines) == 1 and text in lines[0],
               f"{what}: status {status}\n{err[-800:]}")
    run.kill_all()
    run.close()


def folder_removed(test):
    for ranks in (0, 2):
        what = f"folder removed, {ranks} ranks"

        def remove():
            os.rename("gone", "going")  # in one go, or a write may come in between
            shutil.rmtree("going")
        interrupted(test, what, "gone", remove, "its folder is gone", ranks)
        test.check(not os.path.exists("gone"), f"{what}: the folder is there again")


def read_only(test):
    if not mount("size=4m", "fixed"):
        return
    test.run_well(*train("fixed/run.h5"))
    copy_into("fixed", "before")
    subprocess.run(["mount", "-o", "remount,ro", "fixed"], check=True)
    for option in ("--resume", "--overwrite"):
        outcome = test.run(*train("fixed/run.h5", 2, option))
        refused(test, f"read-only, {option}", outcome, "Read-only file system")
    refused(test, "read-only, new", test.run(*train("fixed/new.h5")), "Read-only file system")
    refused(test, "read-only, new folder", test.run(*train("fixed/a/new.h5")),
            "Read-only file system")
    test.check(sorted(os.listdir("fixed")) == sorted(os.listdir("before")), "read-only: changed")
    unmount("fixed")

    def turn():
        subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", "turned"], check=True)
    os.mkdir("turned")
    interrupted(test, "turned read-only", "turned", turn, "Read-only file system")
    unmount("turned")
    os.unlink("turned/run.h5.lock")  # it was out of reach for the run
    intact(test, "turned read-only", "turned")


def no_permission(test):
    """As somebody else, since root may do everything."""
    if os.geteuid() != 0:
        print("left out: not root, so nobody else to be")
        return
    folder = os.path.abspath("theirs")
    os.mkdir(folder)
    for path in (test.folder, os.path.join(test.folder, "work")):
        os.chmod(path, 0o755)
    os.mkdir("mpi-of-theirs")
    os.chown("mpi-of-theirs", NOBODY, NOBODY)
    program = shutil.copy(test.program, "normlab-of-all")
    os.chmod(program, 0o755)

    def theirs(*arguments):
        command = ["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", os.path.abspath(program)]
        return test.run(*command, *arguments, program="setpriv",
                        OMPI_MCA_orte_tmpdir_base=os.path.abspath("mpi-of-theirs"))
    shutil.copy(S6, "s6.yaml")
    command = ["train", "s6.yaml", "--batch", 20, "--epochs", 2, "--data", "digits", "--out"]
    refused(test, "closed folder", theirs(*command, f"{folder}/run.h5"), "Permission denied")
    refused(test, "no folder", theirs(*command, f"{folder}/a/run.h5"), "Permission denied")
    test.check(not os.listdir(folder), "no permission, but something was written")
    os.chown(folder, NOBODY, NOBODY)
    outcome = theirs(*command, f"{folder}/run.h5")
    test.check(outcome.status == 0, f"own folder: {outcome.err}")
    os.chmod(f"{folder}/run.h5", 0)
    for option in ("--resume", "--overwrite"):
        os.chown(f"{folder}/run.h5", 0, 0)
        outcome = theirs(*command, f"{folder}/run.h5", option)
        expected = FILE if option == "--resume" else 0  # the folder is theirs
        test.check(outcome.status == expected, f"file of another, {option}: {outcome.err}")
    os.chmod(f"{folder}/run.h5", 0o644)
    intact(test, "no permission", folder)


def rivals(test):
    """Many at once on one output: one at a time writes, all others are told so."""
    os.mkdir("rivals")
    n = 12 if test.long else 5
    outcomes = test.all(lambda i: test.run(*train("rivals/run.h5", 2, "--resume")), range(n))
    for outcome in outcomes:
        if outcome.status:
            refused(test, "rival", outcome, "another run is writing it")
    test.check(any(outcome.status == 0 for outcome in outcomes), "no rival came through")
    test.check(test.digest("rivals/run.h5") == whole(test), "rivals: another digest")
    intact(test, "rivals", "rivals")


def killed_and_not_waited_for(test):
    """The temporary of a process that is dead, but still in the table of processes."""
    os.mkdir("zombie")
    command = [test.program] + [str(a) for a in train(os.path.abspath("zombie/run.h5"))]
    environment = test.environment(1, {
        "LD_PRELOAD": test.library("calls"), "FAULTS_FOLDER": os.path.abspath("zombie"),
        "FAULTS_AT": "2", "FAULTS_ONLY": "write", "FAULTS_DO": "kill-in"})
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        test.check(len(litter("zombie")) == 2, f"zombie: {litter('zombie')}")
        ends_well(test, "zombie", "zombie")


def clock_goes_back(test):
    os.mkdir("clock")
    options = ["--resume", "--set", "checkpoint.every=0.001s"]
    outcome = test.run_well(*train("clock/run.h5", 2, *options),
                            LD_PRELOAD=test.library("clock"))
    test.check("warning" not in outcome.err, f"clock: {outcome.err}")
    test.check(test.digest("clock/run.h5") == whole(test), "clock: another digest")
    intact(test, "clock", "clock")
    os.mkdir("limit")
    outcome = test.run(*train("limit/run.h5", 100000, "--time-limit", "2s"),
                       LD_PRELOAD=test.library("clock"))
    test.check(outcome.status == STOPPED and outcome.seconds < 10, f"clock, time limit: {outcome}")
    intact(test, "clock, time limit", "limit")


def main():
    own_mounts()
    test = FaultTest(__doc__)
    for case in test.chosen([full_disk, folder_removed, read_only, no_permission, rivals,
                             killed_and_not_waited_for, clock_goes_back]):
        before = test.n_checks
        case(test)
        print(f"{case.__name__}: {test.n_checks - before} checks", flush=True)
    test.finish()


main()
