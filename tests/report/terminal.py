"""A program on a terminal of its own, and what is to be seen there."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

ENTER, LEAVE, HOME = b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[H"
SHOW_CURSOR, HIDE_CURSOR = b"\x1b[?25h", b"\x1b[?25l"
STYLE = re.compile(rb"\x1b\[[0-9;]*m")


class Terminal:
    """The program is the leader of the terminal's foreground group, as a shell would start it."""

    def __init__(self, command, environment, rows=24, columns=80):
        self.seen = b""
        self.status = None
        self.master, slave = pty.openpty()
        self.resize(rows, columns, slave)

        def take_terminal():
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(command, env=environment, stdin=slave, stdout=slave,
                                        stderr=slave, start_new_session=True,
                                        preexec_fn=take_terminal)
        os.close(slave)

    def resize(self, rows, columns, descriptor=None):
        """The kernel tells the foreground group (SIGWINCH)."""
        fcntl.ioctl(self.master if descriptor is None else descriptor, termios.TIOCSWINSZ,
                    struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, seconds):
        """What comes within this time, or until the program has ended."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not select.select([self.master], [], [], 0.02)[0]:
                if self.process.poll() is not None:
                    return
                continue
            try:
                data = os.read(self.master, 65536)
            except OSError:  # the other side is closed
                return
            if not data:
                return
            self.seen += data

    def wait_for(self, text, seconds=120, since=0):
        """Whether it is to be seen, styles left out, after so many bytes."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if text.encode() in STYLE.sub(b"", self.seen[since:]):
                return True
            if self.process.poll() is not None:
                self.read(0.2)
                return text.encode() in STYLE.sub(b"", self.seen[since:])
            self.read(0.1)
        return False

    def wait(self, seconds=120):
        """Exit status, negative for a signal; None if it goes on."""
        end = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < end:
            self.read(0.1)
        self.read(0.2)
        return self.process.poll()

    def wait_frames(self, n, seconds=120):
        """So many more, the last of which may be incomplete; whether they came."""
        wanted, end = self.seen.count(HOME) + n, time.monotonic() + seconds
        while self.seen.count(HOME) < wanted and time.monotonic() < end:
            self.read(0.1)
        return self.seen.count(HOME) >= wanted

    def frames(self):
        """Lines of each frame, as text without styles; the last may be incomplete."""
        text = STYLE.sub(b"", self.seen).split(LEAVE)[0]
        found = []
        for frame in text.split(HOME)[1:]:
            frame = frame.replace(b"\x1b[2K", b"").replace(b"\x1b[J", b"")
            frame = frame.replace(SHOW_CURSOR, b"").replace(b"\r", b"")
            found.append(frame.decode(errors="replace").split("\n"))
        return found

    def after(self):
        """What is left on the page on which the program was started."""
        return STYLE.sub(b"", self.seen).rsplit(LEAVE, 1)[-1].decode(errors="replace")

    def end(self, number=signal.SIGINT):
        if self.process.poll() is None:
            os.kill(self.process.pid, number)
        return self.wait()

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)
