"""Commands of a Slurm that only keeps a list, for scripts sbatch, squeue, scancel and scontrol in a
test's PATH: fake_slurm.py sbatch WORD...

The list is queue.json in $FAKE_SLURM: {"next": 7, "jobs": {"5_1": {"state": "PD", "command": "...",
"words": [...]}}}. `fault` there says what goes wrong: "COMMAND fail", "COMMAND hang", "COMMAND silent"
(done, but nothing is printed), "COMMAND kill" (done, and whoever has called is killed), each with a
number N behind it: at the N-th call from now on.
"""

import fcntl
import json
import os
import re
import signal
import sys
import time

FOLDER = os.environ["FAKE_SLURM"]
NAME = sys.argv[1]


def fault():
    """What is to go wrong at this call."""
    path = os.path.join(FOLDER, "fault")
    if not os.path.exists(path):
        return None
    with open(path) as file:
        command, what, n = file.read().split()
    if command != NAME:
        return None
    if int(n) > 1:
        with open(path, "w") as file:
            file.write(f"{command} {what} {int(n) - 1}")
        return None
    os.remove(path)
    return what


def sbatch(queue, words):
    if words == ["--version"]:
        return "slurm-wlm 22.05.8"
    at = next(i for i, word in enumerate(words) if word.endswith(".sbatch"))
    if not os.path.isfile(words[at]):
        sys.exit(f"sbatch: error: Unable to open file {words[at]}")
    number = queue["next"]
    queue["next"] += 1
    array = [word for word in words if word.startswith("--array=")]
    last = int(re.match(r"--array=1-(\d+)", array[-1]).group(1)) if array else 0
    for task in range(1, last + 1) if array else [0]:
        queue["jobs"][f"{number}_{task}" if task else str(number)] = {
            "state": "PD", "command": " ".join(words[at:]), "words": words}
    return str(number)


def squeue(queue, words):
    if [w for w in words if w.startswith("--format=")] != ["--format=%i|%F|%K|%t|%r|%o"]:
        sys.exit("squeue: another format")
    lines = []
    for job, what in queue["jobs"].items():
        number, _, task = job.partition("_")
        lines.append("|".join([job, number, what.get("tasks", task or "N/A"), what["state"],
                               what.get("reason", "None"), what["command"]]))
    return "\n".join(lines)


def scancel(queue, words):
    for word in words:
        if word in queue["jobs"]:
            job = queue["jobs"][word]
            if job["state"] in ("R", "S"):
                job["state"] = "CG"
            elif job["state"] != "CG":
                del queue["jobs"][word]
    return ""


def scontrol(queue, words):
    """hold, requeuehold and release of tasks; what a job asks of itself is not known here."""
    if words[0] not in ("hold", "requeuehold", "release"):
        sys.exit(1)
    failed = 0
    for word in words[1].split(","):
        job = queue["jobs"].get(word, {"state": "gone"})
        wanted = ("R", "S") if words[0] == "requeuehold" else ("PD",)
        failed |= job["state"] not in wanted
        if job["state"] in wanted:
            job["reason"] = {"hold": "JobHeldUser", "release": "None",
                             "requeuehold": "job requeued in held state"}[words[0]]
            job["state"] = "PD"
    return 1 if failed else ""


def main():
    filters = [name for name in os.environ if name.startswith(("SQUEUE_", "SBATCH_ARRAY"))]
    if filters:
        sys.exit(f"{NAME}: {filters} would change the answer")
    path = os.path.join(FOLDER, "queue.json")
    with open(os.path.join(FOLDER, "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        what = fault()
        if what == "hang":
            fcntl.flock(lock, fcntl.LOCK_UN)
            time.sleep(1000)
        if what == "fail":
            sys.exit(f"{NAME}: error: Unable to contact slurm controller")
        with open(path) as file:
            queue = json.load(file)
        text = {"sbatch": sbatch, "squeue": squeue, "scancel": scancel,
                "scontrol": scontrol}[NAME](queue, sys.argv[2:])
        with open(path, "w") as file:
            json.dump(queue, file)
    with open(os.path.join(FOLDER, "log"), "a") as file:
        file.write(" ".join(sys.argv[1:]) + "\n")
    if what == "kill":
        os.kill(os.getppid(), signal.SIGKILL)
    if text == 1:
        sys.exit("scontrol: some jobs are not in that state")
    if what is None and text:
        print(text)


main()
