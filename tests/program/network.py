"""Virtual nodes on this machine, with a network between them that is slow and loses frames.

Each node is a network namespace with a host name of its own, so that MPI takes them for different
machines. A process of this test is the switch: it holds each frame for the delay, drops some, and
swaps others with the one before.
"""

import ctypes
import fcntl
import heapq
import os
import random
import select
import shutil
import signal
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from namespaces import call, inside, naming, processes  # noqa: E402

CLONE_NEWNET = 0x40000000
TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000
FRAME = 65536


def must(*arguments):
    done = call(*arguments)
    if done.returncode != 0:
        raise RuntimeError(f"{arguments}: {done.stderr.strip()}")


def missing():
    """Why there can be no virtual nodes, as a test tells it; None if there can."""
    if os.geteuid() != 0:
        return "left out: no virtual nodes: not root"
    for name in ("ip", "nsenter", "unshare"):
        if not shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
            return f"skipped: {name} is missing (Debian: iproute2, util-linux)"
    try:
        with Network(".", 1):
            return None
    except (RuntimeError, OSError) as error:
        return f"left out: no virtual nodes: {error}"


def open_tap(namespace):
    """Its eth0, of a process that has then moved there."""
    file = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    if ctypes.CDLL(None, use_errno=True).setns(file, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")
    os.close(file)
    tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", b"eth0", IFF_TAP | IFF_NO_PI))
    return tap


class Switch:
    def __init__(self, taps, delay, loss, swaps, seed):
        self.taps, self.delay, self.loss, self.swaps = taps, delay, loss, swaps
        self.random = random.Random(seed)
        self.waiting = []  # (when due, number, to which, frame)
        self.port = {}  # by address
        self.last = {}  # the last entry to each node
        self.n = self.n_lost = self.n_swapped = 0
        self.is_cut = False

    def take(self, source, frame):
        self.n += 1
        self.port[frame[6:12]] = source
        if self.is_cut or self.random.random() < self.loss:
            self.n_lost += 1
            return
        known = self.port.get(frame[:6])
        targets = [known] if known is not None else [t for t in self.taps if t != source]
        for target in targets:
            entry = [time.monotonic() + self.delay, self.n, target, frame]
            before = self.last.get(target)
            if before and before[0] > time.monotonic() and self.random.random() < self.swaps:
                before[3], entry[3] = entry[3], before[3]
                self.n_swapped += 1
            self.last[target] = entry
            heapq.heappush(self.waiting, entry)

    def give(self):
        """Hands over what is due; returns the seconds until something is."""
        while self.waiting:
            left = self.waiting[0][0] - time.monotonic()
            if left > 0:
                return left
            _, _, target, frame = heapq.heappop(self.waiting)
            try:
                os.write(target, frame)
            except OSError:  # the interface is not up, or its queue is full: lost
                self.n_lost += 1
        return None

    def run(self):
        while True:
            ready, _, _ = select.select(self.taps, [], [], self.give())
            for source in ready:
                try:
                    self.take(source, os.read(source, FRAME))
                except OSError:
                    pass


def run_switch(namespaces, out, options):
    switch = None

    def report(number, frame):
        if number == signal.SIGUSR1:
            switch.is_cut = True
            return
        os.write(out, f"{switch.n} {switch.n_lost} {switch.n_swapped}\n".encode())
        os._exit(0)

    try:
        switch = Switch([open_tap(name) for name in namespaces], **options)
        signal.signal(signal.SIGTERM, report)
        signal.signal(signal.SIGUSR1, report)
        os.write(out, b"ready\n")
        switch.run()
    except OSError as error:
        os.write(out, f"{error}\n".encode())
    os._exit(1)


class Network:
    """delay in seconds, one-way; loss and swaps are shares of the frames. For `with`."""

    def __init__(self, folder, n_nodes, delay=0.0, loss=0.0, swaps=0.0, seed=1):
        self.folder, self.switch = os.path.abspath(folder), None
        self.nodes = [f"nlw{os.getpid()}x{i}" for i in range(n_nodes)]
        self.options = {"delay": delay, "loss": loss, "swaps": swaps, "seed": seed}
        self.hosts, self.agent = os.path.join(self.folder, "hosts"), os.path.join(self.folder, "rsh")

    def __enter__(self):
        try:
            self.start()
        except (RuntimeError, OSError):
            self.__exit__()
            raise
        return self

    def start(self):
        with open(self.hosts, "w") as file:
            file.write("127.0.0.1 localhost\n")
            file.writelines(f"{self.address(i)} {name}\n" for i, name in enumerate(self.nodes))
        with open(self.agent, "w") as file:
            file.write("#!/bin/bash\n# HOST COMMAND: as ssh\nhost=$1\nshift\n"
                       f"exec {' '.join(inside('$host'))} bash -c "
                       f"\"{naming('$host', self.hosts)}; $*\"\n")
        os.chmod(self.agent, 0o755)
        for name in self.nodes:
            must("ip", "netns", "add", name)
            must(*inside(name), "ip", "link", "set", "lo", "up")
        self.start_switch()
        for i, name in enumerate(self.nodes):
            must(*inside(name), "ip", "addr", "add", f"{self.address(i)}/24", "dev", "eth0")
            must(*inside(name), "ip", "link", "set", "eth0", "up")

    def start_switch(self):
        receive, out = os.pipe()
        self.report = os.fdopen(receive)
        sys.stdout.flush()
        self.switch = os.fork()
        if self.switch == 0:
            run_switch(self.nodes, out, self.options)
        os.close(out)
        line = self.report.readline().strip()
        if line != "ready":
            raise RuntimeError(line)

    def __exit__(self, *_):
        counts = None
        if self.switch:
            os.kill(self.switch, signal.SIGTERM)
            counts = self.report.readline().split()
            os.waitpid(self.switch, 0)
            self.report.close()
        for pid in self.processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        for name in self.nodes:
            call("ip", "netns", "del", name)
        if counts and len(counts) == 3:
            self.n_frames, self.n_lost, self.n_swapped = map(int, counts)

    def address(self, i):
        return f"10.231.8.{i + 1}"

    def processes(self, program=None):
        """Of all nodes: all, or those of a program."""
        found = []
        for name in self.nodes:
            for pid in processes(name):
                try:
                    with open(f"/proc/{pid}/comm") as file:
                        is_wanted = program in (None, file.read().strip())
                except OSError:  # it has ended
                    continue
                found += [pid] * is_wanted
        return found

    def cut(self):
        """Nothing arrives any more."""
        os.kill(self.switch, signal.SIGUSR1)

    def mpirun(self, mpirun, ranks_per_node):
        """What comes before a program and its arguments; Open MPI alone."""
        hosts = ",".join(f"{name}:{ranks_per_node}" for name in self.nodes)
        return [*inside(self.nodes[0]), "bash", "-c",
                naming(self.nodes[0], self.hosts) + '; exec "$@"', "-",
                mpirun, "--host", hosts, "--bind-to", "none", "--mca", "plm_rsh_agent", self.agent,
                "--mca", "btl", "self,vader,tcp", "--mca", "btl_tcp_if_include", "eth0",
                "--mca", "oob_tcp_if_include", "eth0"]
