"""normlab watch on a terminal: on result files made with h5py, and on a training.

Exit status: 0 passed, 1 failed, 77 skipped.
"""

import os
import re
import signal
import sys
import time

try:
    from watched import ASCII, BRAILLE, NUMBERS, QUICK, UNICODE, once, put
except (ImportError, OSError) as error:
    print(f"skipped: {error}")
    sys.exit(77)

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "program"))
from harness import PATIENT, S6, Test, read, write  # noqa: E402
from terminal import ENTER, HIDE_CURSOR, LEAVE, SHOW_CURSOR, STYLE, Terminal  # noqa: E402


def live(test, *arguments, rows=24, columns=80, **changes):
    environment = test.environment(1, {"TERM": "xterm", **UNICODE, **changes})
    return Terminal([test.program, "watch", *arguments, *QUICK], environment, rows, columns)


def is_restored(terminal):
    seen = terminal.seen
    return (seen.count(ENTER) == seen.count(LEAVE) > 0 and seen.rfind(ENTER) < seen.rfind(LEAVE)
            and seen.count(HIDE_CURSOR) == seen.count(SHOW_CURSOR)
            and seen.rfind(HIDE_CURSOR) < seen.rfind(SHOW_CURSOR))


def ends_leave_the_terminal(test):
    put("live.h5", 5)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        terminal = live(test, "live.h5")
        test.check(terminal.wait_for("epoch 5 of 10"), f"no view: {terminal.seen}")
        start = time.monotonic()
        status = terminal.end(number)
        test.check(status == -number and time.monotonic() - start < 9,
                   f"{number.name}: status {status}")
        test.check(is_restored(terminal) and terminal.after() == "",
                   f"{number.name}: {terminal.seen[-200:]}")
        terminal.close()
    terminal = live(test, "live.h5")
    terminal.wait_for("epoch 5 of 10")
    os.kill(terminal.process.pid, signal.SIGTSTP)
    _, status = os.waitpid(terminal.process.pid, os.WUNTRACED)
    terminal.read(0.3)
    test.check(os.WIFSTOPPED(status) and is_restored(terminal), "a stop leaves the other page")
    size = len(terminal.seen)
    os.kill(terminal.process.pid, signal.SIGCONT)
    test.check(terminal.wait_for("epoch 5 of 10", since=size) and ENTER in terminal.seen[size:],
               "does not go on after a stop")
    test.check(terminal.end() == -signal.SIGINT and is_restored(terminal), "the end after a stop")
    terminal.close()


def sizes_and_colours(test):
    put("live.h5", 5)
    terminal = live(test, "live.h5", rows=30, columns=100)
    terminal.wait_for("epoch 5 of 10")
    terminal.wait_frames(2)
    width = max(map(len, terminal.frames()[-2]))
    test.check(72 < width <= 100, f"{width} of 100 columns")
    for rows, columns in ((24, 20), (5, 40), (1, 1), (50, 160)):
        terminal.resize(rows, columns)
        terminal.wait_frames(3)  # what was drawn before
        size = len(terminal.frames())
        test.check(terminal.wait_frames(4), f"{rows} x {columns}: no frames")
        frames = terminal.frames()[size:-1]
        good = [len(x) <= rows + 1 and max(map(len, x)) <= columns for x in frames]
        test.check(frames and all(good), f"{rows} x {columns}: {frames[-1:]}")
    test.check(BRAILLE.search("".join(terminal.frames()[-2])), "no curves after all")
    test.check(STYLE.search(terminal.seen.replace(b"\x1b[0m", b"")), "no colours on a terminal")
    terminal.end()
    terminal.close()
    for changes, is_plain, is_ascii in (({"NO_COLOR": "1"}, 1, 0), (ASCII, 0, 1)):
        terminal = live(test, "live.h5", **changes)
        terminal.wait_for("epoch 5 of 10")
        terminal.end()
        styles = STYLE.findall(terminal.seen.replace(b"\x1b[0m" + SHOW_CURSOR, b""))
        test.check((styles == []) == bool(is_plain), f"{changes}: styles {styles[:5]}")
        test.check(terminal.seen.isascii() == bool(is_ascii), f"{changes}: {terminal.seen[-900:]}")
        terminal.close()
    environment = test.environment(1, {"TERM": "dumb"})
    terminal = Terminal([test.program, "watch", "live.h5", *QUICK], environment)
    test.check(terminal.wait_for("live.h5: running, epoch 5/10"), f"dumb: {terminal.seen}")
    terminal.end()
    test.check(b"\x1b" not in terminal.seen, f"escapes on a dumb terminal: {terminal.seen}")
    terminal.close()


def keeps_the_last_good_state(test):
    put("live.h5", 5)
    terminal = live(test, "live.h5", "not-yet.h5")
    test.check(terminal.wait_for("epoch 5 of 10"), "no view")
    write("live.new", read("live.h5")[:-7])
    os.replace("live.new", "live.h5")
    test.check(terminal.wait_for("truncated"), f"no message: {terminal.seen[-500:]}")
    terminal.wait_frames(2)
    last = "\n".join(terminal.frames()[-2])
    test.check("epoch 5 of 10" in last and "truncated" in last and "waiting" in last, last)
    put("live.h5", 10, "finished")
    put("not-yet.h5", 4, "diverged")
    test.check(terminal.wait() == NUMBERS and is_restored(terminal), f"{terminal.process.poll()}")
    after = terminal.after()
    test.check("epoch 10 of 10" in after and "diverged after 4 of 10 epochs" in after
               and "truncated" not in after and after.count("normlab: error:") == 1, after)
    terminal.close()


def follows_a_training(test):
    test.run_well("data", "synthesize", "digits", "--train", 3000, "--test", 300, seconds=120)
    arguments = ["train", S6, "--data", "digits", "--epochs", 6, "--out"]
    test.run_well(*arguments, "alone.h5", seconds=200)
    terminal = live(test, "watched.h5")
    test.check(terminal.wait_for("no such file yet"), f"does not wait: {terminal.seen}")
    training = test.start(*arguments, "watched.h5", seconds=200)
    terminal.wait_for(" of 6", 60)
    terminal.resize(40, 120)
    status = terminal.wait(200)
    test.check(training.wait(PATIENT) == 0 and status == 0 and is_restored(terminal),
               f"status {status}: {terminal.seen[-500:]}")
    training.close()
    epochs = {int(x) for frame in terminal.frames()
              for x in re.findall(r"epoch (\d) of 6", "\n".join(frame))}
    test.check(len(epochs) >= 2, f"epochs seen: {epochs}")
    after = terminal.after()
    outcome = once(test, "watched.h5")
    numbers = re.findall(r"\w+ loss [0-9.]+ accuracy [0-9.]+ %", outcome.out)
    test.check(len(numbers) == 2 and all(x in after for x in numbers) and "finished" in after
               and "epoch 6 of 6" in after, after)
    learned = re.search(r"learning rate [0-9.e-]+, [1-9]\d* images/s", after)
    test.check(learned, f"no rate and speed: {after}")
    test.check(test.digest("watched.h5") == test.digest("alone.h5"), "watching changes the results")
    terminal.close()


def main():
    test = Test(__doc__)
    for case in test.chosen([ends_leave_the_terminal, sizes_and_colours,
                             keeps_the_last_good_state, follows_a_training]):
        case(test)
    test.finish()


if __name__ == "__main__":
    main()
