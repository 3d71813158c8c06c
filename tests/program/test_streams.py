"""A run is asked to stop, or its streams are closed: it saves, says how to go on, and leaves no lock.

Exit status: 0 passed, 1 failed.
"""

import fcntl
import os
import re
import signal
import subprocess
import sys
import termios
import time

from harness import PATIENT, S6, Test, errors, litter, write

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "report"))
from terminal import Terminal  # noqa: E402

STOPPED = 75
TINY = """
network:
  norm: batch
  layers:
    - {type: block, channels: 4, stride: 2}
    - {type: global-avg-pool}
    - {type: linear, channels: 10}
"""
EPOCHS = 5000  # it is still at it when it is asked
ASKING = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1,
          signal.SIGUSR2, signal.SIGALRM, signal.SIGXCPU, signal.SIGPWR]
LAST = re.compile(r"normlab: note: stopped .*: run the same command .*")


def arguments(out, *options, epochs=EPOCHS):
    return ["train", "tiny.yaml", "--batch", 50, "--epochs", epochs, "--data", "digits", "--out", out,
            *options]


def gone(path):
    for name in (path, path + ".prev"):
        if os.path.exists(name):
            os.unlink(name)


def check_left(test, what, path, wanted="stopped"):
    """A good file that says so, and nothing beside it."""
    outcome = test.run("watch", "--once", path)
    test.check(not litter(), f"{what}: left {litter()}")
    test.check(outcome.out.startswith(wanted), f"{what}: {path}: {outcome.out[:300]} {outcome.err}")


def check_stopped(test, what, status, err, path):
    lines = err.splitlines()
    test.check(status == STOPPED, f"{what}: status {status}\n{err[-800:]}")
    test.check(lines and LAST.fullmatch(lines[-1]) and not errors(err)
               and sum(bool(LAST.match(line)) for line in lines) == 1, f"{what}: {err[-800:]}")
    check_left(test, what, path)


def wait_for(run, text, seconds=PATIENT):
    end = time.monotonic() + seconds
    while text not in run.output()[0] and run.process.poll() is None and time.monotonic() < end:
        time.sleep(0.005)
    return text in run.output()[0]


def each_signal_stops(test):
    """All at once, as each waits for little."""
    runs = [(number, test.start(*arguments(f"{number.name}.h5"))) for number in ASKING]
    for number, run in runs:
        test.check(run.wait_file(f"{number.name}.h5"), f"{number.name}: no file")
        run.signal(number, run.ranks())
    statuses = [run.wait(PATIENT) for _, run in runs]
    for (number, run), status in zip(runs, statuses):
        err = run.output()[1]
        check_stopped(test, number.name, status, err, f"{number.name}.h5")
        test.check(f"({number.name})" in err, f"{number.name} is not named: {err}")
        run.kill_all()
        run.close()


def launchers_hand_it_on(test):
    """To mpirun, which ends the ranks itself on most signals, and to the program as the launcher."""
    for ranks, options, number in ((2, [], signal.SIGUSR1), (0, ["--ranks", 2], signal.SIGTERM)):
        what = f"{number.name}, {ranks} ranks, {options}"
        gone("asked.h5")
        run = test.start(*arguments("asked.h5", *options), ranks=ranks)
        test.check(wait_for(run, "epoch 1/"), f"{what}: no epoch {run.output()}")
        run.signal(number, run.launcher() if ranks else run.ranks()[:1])
        status = run.wait(PATIENT)
        err = run.output()[1].split("\n------")[0]  # mpirun has a word of its own afterwards
        check_stopped(test, what, status, err, "asked.h5")
        run.kill_all()
        run.close()


def before_the_first_step(test):
    """At any moment of a start: there is a checkpoint, or nothing has begun."""
    for i in range(12 if test.long else 4):
        gone("early.h5")
        run = test.start(*arguments("early.h5"))
        time.sleep(0.05 * i)
        run.signal(signal.SIGTERM, run.ranks())
        time.sleep(0.05)
        run.signal(signal.SIGTERM, run.ranks())  # it was the shell's `timeout` before
        status = run.wait(PATIENT)
        err = run.output()[1]
        if os.path.exists("early.h5"):
            check_stopped(test, f"{i}: early", status, err, "early.h5")
        else:
            test.check(status in (STOPPED, 128 + signal.SIGTERM, -signal.SIGTERM) and not litter()
                       and not errors(err), f"{i}: status {status}, {litter()}, {err}")
        run.kill_all()
        run.close()


def killed_launcher(test):
    gone("asked.h5")
    run = test.start(*arguments("asked.h5", "--ranks", 2))
    test.check(wait_for(run, "epoch 1/"), "killed launcher: no epoch")
    first = min(run.ranks())
    run.signal(signal.SIGKILL, [first])
    test.check(run.wait_gone(), f"processes {run.members()} live on")
    check_left(test, "killed launcher", "asked.h5")
    run.kill_all()
    run.close()


def what_ranks_refuse(test):
    outcome = test.run(*arguments("refused.h5", "--ranks", 3), ranks=2)
    test.check(outcome.status == 2 and len(errors(outcome.err)) == 1 and "--ranks 3" in outcome.err,
               f"--ranks under mpirun: {outcome}")
    words = " ".join(map(str, arguments("refused.h5", "--ranks", 2)))
    done = shell(test, f"PATH=/nowhere; $N {words}")
    test.check(done.returncode == 3 and len(errors(done.stderr)) == 1 and "mpirun" in done.stderr,
               f"without mpirun: {done}")
    test.check(not litter() and not os.path.exists("refused.h5"), f"refused: {litter()}")


def shell(test, text):
    """A line of the shell with $N as the program and $A as its arguments up to the file."""
    environment = test.environment(1, {"N": test.program})
    return subprocess.run(["timeout", "-k", "5", str(PATIENT), "bash", "-c", text],
                          capture_output=True, text=True, env=environment,
                          stdin=subprocess.DEVNULL)


def closed_streams(test):
    words = " ".join(map(str, arguments("closed.h5", "--overwrite", epochs=1)))
    test.run_well(*arguments("open.h5", epochs=1))
    expected = test.digest("open.h5")
    for streams in ("<&-", ">&-", "2>&-", "<&- >&-", "<&- 2>&-", ">&- 2>&-", "<&- >&- 2>&-",
                    ">/dev/full", ">/dev/full 2>&1"):
        done = shell(test, f"exec $N {words} {streams}")
        test.check(done.returncode == 0, f"{streams}: status {done.returncode} {done.stderr}")
        test.check(test.digest("closed.h5") == expected, f"{streams}: another digest")
        told = "could not be written" in done.stderr
        test.check(told == (streams == ">/dev/full"), f"{streams}: {done.stderr}")
        check_left(test, streams, "closed.h5", "finished")
    words = " ".join(map(str, arguments("places.h5")))
    run = subprocess.Popen(["bash", "-c", f"exec $N {words} <&- >&- 2>&-"],
                           env=test.environment(1, {"N": test.program}))
    while not os.path.exists("places.h5") and run.poll() is None:
        time.sleep(0.01)
    places = [os.readlink(f"/proc/{run.pid}/fd/{i}") for i in range(3)]
    test.check(places == ["/dev/null"] * 3, f"closed streams are {places}")
    run.terminate()
    test.check(run.wait(PATIENT) == STOPPED, "TERM without streams")
    check_left(test, "TERM without streams", "places.h5")


def nobody_reads(test):
    for options in ("", "--ranks 2"):
        words = " ".join(map(str, arguments("unread.h5", "--overwrite")))
        done = shell(test, f"$N {words} {options} | grep -m 1 epoch.1/; exit ${{PIPESTATUS[0]}}")
        check_stopped(test, f"a closed pipe, {options}", done.returncode, done.stderr, "unread.h5")
        done = shell(test, f"$N {words} {options} 2>&1 | grep -m 1 epoch.1/; exit ${{PIPESTATUS[0]}}")
        test.check(done.returncode == STOPPED, f"both in a closed pipe: {done}")
        check_left(test, f"both in a closed pipe, {options}", "unread.h5")


def nobody_hurries(test):
    """A reader that takes no more, but keeps the pipe open: a stop does not wait for it."""
    gone("slow.h5")
    ours, theirs = os.pipe()
    fcntl.fcntl(theirs, fcntl.F_SETPIPE_SZ, 4096)
    run = subprocess.Popen([test.program, *map(str, arguments("slow.h5"))], stdout=theirs,
                           stderr=subprocess.PIPE, env=test.environment(1))
    os.close(theirs)
    end, size, before = time.monotonic() + PATIENT, 0, -1
    while (size < 2048 or size != before) and time.monotonic() < end:
        time.sleep(0.5)
        before, size = size, int.from_bytes(fcntl.ioctl(ours, termios.FIONREAD, b"1234"), "little")
    run.send_signal(signal.SIGTERM)
    try:
        err = run.communicate(timeout=30)[1].decode()
        check_stopped(test, "a full pipe", run.returncode, err, "slow.h5")
    except subprocess.TimeoutExpired:
        run.kill()
        test.check(False, "a full pipe holds up a stop")
    os.close(ours)


def on_terminal(test, *words, ranks=0, rows=24, columns=80, **changes):
    command = test.command(words, ranks, PATIENT)[4:]  # `timeout` is no foreground group's leader
    return Terminal(command, test.environment(1, {"TERM": "xterm", **changes}), rows, columns)


def keys_of_a_terminal(test):
    """Ctrl-C, and a terminal that is closed."""
    for ranks, options in ((0, []), (0, ["--ranks", 2]), (2, [])):
        what = f"Ctrl-C, {ranks} ranks, {options}"
        gone("keys.h5")
        # mpirun kills its ranks a second after it has told them, which is short on a busy machine.
        terminal = on_terminal(test, *arguments("keys.h5", *options), ranks=ranks,
                               OMPI_MCA_odls_base_sigkill_timeout="2")
        test.check(terminal.wait_for("epoch 2/"), f"{what}: {terminal.seen[-300:]}")
        os.write(terminal.master, b"\x03")
        status = terminal.wait()
        lines = re.split(r"[\r\n]+|\x1b\[K|\^C", terminal.seen.decode())
        lines = [line for line in lines if line]
        test.check(LAST.fullmatch(lines[-1]), f"{what}: {lines[-3:]}")
        # mpirun itself gives 1 after Ctrl-C, whatever its ranks say.
        test.check(status == (1 if ranks else STOPPED), f"{what}: status {status}")
        check_left(test, what, "keys.h5")
        terminal.close()
    for options in ([], ["--ranks", 2]):
        gone("keys.h5")
        terminal = on_terminal(test, *arguments("keys.h5", *options))
        test.check(terminal.wait_for("epoch 2/"), f"closed terminal: {terminal.seen[-300:]}")
        os.close(terminal.master)
        status = terminal.process.wait(PATIENT)
        test.check(status == STOPPED, f"closed terminal, {options}: status {status}")
        check_left(test, f"closed terminal, {options}", "keys.h5")


def line_of_progress(test):
    """Narrower than the terminal, in one line, also after another size; nothing on dumb ones."""
    gone("lines.h5")
    terminal = on_terminal(test, *arguments("lines.h5"), columns=20)
    for columns in (20, 300, 79, 40, 120):
        terminal.resize(24, columns)
        terminal.read(0.3)
        start = len(terminal.seen)
        end = time.monotonic() + PATIENT
        while terminal.seen[start:].count(b"\r\x1b[Kepoch") < 4 and time.monotonic() < end:
            terminal.read(0.1)
        drawn = [line for line in re.split(rb"\r?\n|\r\x1b\[K", terminal.seen[start:])[1:-1]
                 if line.startswith(b"epoch") and b"train loss" not in line]
        widest = max(map(len, drawn), default=0)
        test.check(0 < widest < columns, f"{columns} columns: {widest} {drawn[-1:]}")
        test.check(all((b" left" in line) == (columns > 35) for line in drawn), f"{columns} columns: {drawn[-1:]}")
    os.write(terminal.master, b"\x03")
    test.check(terminal.wait() == STOPPED, "Ctrl-C after other sizes")
    terminal.close()
    for changes in ({"TERM": "dumb"}, {"TERM": ""}):
        terminal = on_terminal(test, *arguments("lines.h5", "--overwrite", epochs=2), **changes)
        test.check(terminal.wait() == 0 and b"\x1b" not in terminal.seen, f"{changes}: escapes")
        terminal.close()


def signs_of_life(test):
    """Lines and notes inside an epoch; nobody stumbles over the note, and it does not stay."""
    gone("lines.h5")
    os.mkdir("living")
    test.run_well("data", "synthesize", "more", "--train", 5000, "--test", 50)
    run = test.start("train", S6, "--batch", 50, "--epochs", 5000, "--data", "more", "--out",
                     "living/run.h5", "--progress", "0.1s")
    test.check(run.wait_file("living/run.h5.progress"), f"no note: {run.output()}")
    seen = test.run("watch", "--once", "living/run.h5", COLUMNS="200").out
    test.check(re.search(r"epoch \d+\.\d of 5000", seen) and re.search(r"step \d+ of 100, loss", seen)
               and "last sign of life" in seen, seen)
    test.check(wait_for(run, "/5000, step "), f"no line: {run.output()}")
    test.check("\x1b" not in run.output()[0] and "\r" not in run.output()[0], "control characters")
    for words in (["digest", "living/run.h5"], ["watch", "--once", "living"]):
        outcome = test.run(*words)
        test.check(outcome.status == 0 and "progress" not in outcome.out, f"{words}: {outcome}")
    run.signal(signal.SIGTERM, run.ranks())
    check_stopped(test, "a run with notes", run.wait(PATIENT), run.output()[1], "living/run.h5")
    test.check(litter("living") == [], f"left {litter('living')}")
    run.close()
    run = test.start("train", S6, "--batch", 50, "--epochs", 5000, "--data", "more", "--out",
                     "living/run.h5", "--resume", "--progress", "0.1s")
    test.check(run.wait_file("living/run.h5.progress"), "no note of a resumed run")
    run.kill_all()
    run.close()
    test.check(os.path.exists("living/run.h5.progress"), "a kill leaves the note")
    quiet = test.run_well("train", "tiny.yaml", "--epochs", 0, "--data", "more", "--out", "living/run.h5",
                          "--overwrite", "--progress", 0)
    test.check(litter("living") == [] and ", step " not in quiet.out, f"left {litter('living')}")


def main():
    test = Test(__doc__)
    write("tiny.yaml", TINY)
    test.run_well("data", "synthesize", "digits", "--train", 700, "--test", 200)
    for case in test.chosen([each_signal_stops, launchers_hand_it_on, before_the_first_step,
                             killed_launcher, what_ranks_refuse, closed_streams, nobody_reads, nobody_hurries,
                             keys_of_a_terminal, line_of_progress, signs_of_life]):
        start = time.monotonic()
        case(test)
        print(f"{case.__name__}: {time.monotonic() - start:.1f} s", flush=True)
    test.finish()


main()
