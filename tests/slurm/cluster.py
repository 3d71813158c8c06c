"""A Slurm of one's own for tests: munge, slurmctld and one or several slurmd, all in a folder.

Several nodes are network namespaces on a bridge, each with a host name and a slurmd of its own. Nothing
of the machine's configuration is touched, and close() ends every process and removes every namespace.
"""

import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from namespaces import call, inside, naming, processes  # noqa: E402

PROGRAMS = ["munged", "slurmctld", "slurmd", "sbatch", "srun", "scontrol"]
CPUS = 8  # of a node, whatever it has

CONF = """ClusterName=normlab
SlurmctldHost={controller}({address})
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/run/munge.sock,cred_expire=10
CredType=cred/munge
SlurmctldPort={port}
SlurmdPort={slurmd_port}
SrunPortRange={first}-{last}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool.%n
TmpFS={folder}/tmp.%n
SlurmctldPidFile={folder}/run/slurmctld.pid
SlurmdPidFile={folder}/run/slurmd.%n.pid
SlurmctldLogFile={folder}/log/slurmctld.log
SlurmdLogFile={folder}/log/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=pmix
ReturnToService=2
KillWait=5
MinJobAge=600
SlurmdTimeout={timeout}
SlurmctldTimeout=30
MessageTimeout=5
BatchStartTimeout=20
SchedulerParameters=sched_interval=5,bf_interval=5,batch_sched_delay=1
SlurmdParameters=config_overrides
LaunchParameters=mpir_use_nodeaddr
MailProg=/bin/true
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
{nodes}
PartitionName=low Nodes=ALL Default=YES PriorityTier=1 MaxTime=INFINITE State=UP
PartitionName=high Nodes=ALL Default=NO PriorityTier=9 MaxTime=INFINITE State=UP
"""


def missing():
    """Why there can be no private Slurm here, as a test tells it; None if there can."""
    if os.geteuid() != 0:
        return "left out: no private Slurm: not root"
    for name in PROGRAMS:
        if not shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
            return f"skipped: {name} is missing (Debian: slurm-wlm, munge)"
    return None


def missing_network():
    """Why there can be no virtual nodes, as a test tells it; None if there can."""
    for name in ("ip", "nsenter", "unshare"):
        if not shutil.which(name):
            return f"skipped: {name} is missing"
    name = f"nlt{os.getpid()}"
    done = call("ip", "netns", "add", name)
    if done.returncode != 0:
        return f"left out: no network namespaces: {done.stderr.strip()}"
    entered = call(*inside(name), "true")
    bridge = call("ip", "link", "add", name, "type", "bridge")
    call("ip", "link", "del", name)
    call("ip", "netns", "del", name)
    if entered.returncode != 0 or bridge.returncode != 0:
        return f"left out: no namespaces: {entered.stderr.strip()}{bridge.stderr.strip()}"
    return None


def wait_for(condition, seconds, tick=0.1):
    """The first value of condition() that is true; the last one after so many seconds."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value or time.monotonic() > end:
            return value
        time.sleep(tick)


class Cluster:
    def __init__(self, folder, n_nodes=1, slurmd_timeout=10):
        self.folder = folder
        self.n_nodes = n_nodes
        self.environment = dict(os.environ, SLURM_CONF=f"{folder}/slurm.conf",
                                PATH=os.environ["PATH"] + ":/usr/sbin:/sbin")
        self.host = socket.gethostname().split(".")[0]
        self.net = f"10.213.{random.randrange(250)}"
        self.bridge = f"nlb{os.getpid()}"
        self.nodes = [f"nln{os.getpid()}x{i}" for i in range(n_nodes)] if n_nodes > 1 \
            else [self.host]
        self.memory = tempfile.mkdtemp(prefix="normlab-", dir="/dev/shm")
        for name in ("run", "log", "state"):
            os.makedirs(f"{folder}/{name}")
        for node in self.nodes:
            os.makedirs(f"{folder}/tmp.{node}")
        os.chmod(folder, 0o755)
        self.configure(slurmd_timeout)

    def address(self, i):
        return f"{self.net}.{i + 1}" if self.n_nodes > 1 else "127.0.0.1"

    def configure(self, timeout):
        port = random.randrange(20000, 28000)
        lines = [f"NodeName={node} NodeAddr={self.address(i)} NodeHostname={node} CPUs={CPUS} "
                 f"Boards=1 SocketsPerBoard=1 CoresPerSocket={CPUS} ThreadsPerCore=1 "
                 "State=UNKNOWN" for i, node in enumerate(self.nodes)]
        text = CONF.format(folder=self.folder, controller=self.host, port=port,
                           slurmd_port=port + 1, first=port + 10, last=port + 400,
                           timeout=timeout, nodes="\n".join(lines),
                           address=f"{self.net}.254" if self.n_nodes > 1 else "127.0.0.1")
        self.write("slurm.conf", text)
        self.write("cgroup.conf", "CgroupAutomount=no\n")
        hosts = "127.0.0.1 localhost\n" + "".join(
            f"{self.address(i)} {node}\n" for i, node in enumerate(self.nodes))
        self.write("hosts", hosts + f"{self.net}.254 {self.host}\n")
        with open(f"{self.folder}/munge.key", "wb") as file:
            file.write(os.urandom(128))
        os.chmod(f"{self.folder}/munge.key", 0o400)

    def write(self, name, text):
        with open(f"{self.folder}/{name}", "w") as file:
            file.write(text)

    def must(self, *arguments):
        done = call(*arguments, env=self.environment)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(map(str, arguments))}: {done.stdout}{done.stderr}")
        return done.stdout

    def start(self):
        d = self.folder
        self.must("munged", "--force", f"--key-file={d}/munge.key",
                  f"--socket={d}/run/munge.sock", f"--pid-file={d}/run/munged.pid",
                  f"--log-file={d}/log/munged.log", f"--seed-file={d}/run/munged.seed")
        if self.n_nodes > 1:
            self.must("ip", "link", "add", self.bridge, "type", "bridge")
            self.must("ip", "addr", "add", f"{self.net}.254/24", "dev", self.bridge)
            self.must("ip", "link", "set", self.bridge, "up")
            for i in range(self.n_nodes):
                self.plug_in(i)
        self.must("slurmctld", "-c", "-f", f"{d}/slurm.conf")
        for i in range(self.n_nodes):
            self.start_node(i)
        states = wait_for(lambda: self.are_idle(), 60)
        if not states:
            raise RuntimeError("the nodes do not get idle:\n" + self.run("sinfo", "-N").stdout
                               + self.logs())

    def plug_in(self, i):
        node, link = self.nodes[i], self.link(i)
        self.must("ip", "netns", "add", node)
        self.must("ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", node)
        self.must("ip", "link", "set", link, "master", self.bridge, "up")
        within = ["nsenter", f"--net=/run/netns/{node}", "ip"]
        self.must(*within, "addr", "add", f"{self.address(i)}/24", "dev", "eth0")
        self.must(*within, "link", "set", "eth0", "up")
        self.must(*within, "link", "set", "lo", "up")

    def link(self, i):
        return f"nlv{os.getpid()}x{i}"

    def start_node(self, i):
        d, node = self.folder, self.nodes[i]
        slurmd = f"exec slurmd -c -N {node} -f {d}/slurm.conf"
        if self.n_nodes == 1:
            self.must("bash", "-c", slurmd)
        else:
            self.must(*inside(node), "bash", "-c", f"{naming(node, f'{d}/hosts')}; {slurmd}")

    def are_idle(self):
        done = self.run("sinfo", "-h", "-N", "-p", "low", "-o", "%t")
        return done.stdout.split() == ["idle"] * self.n_nodes

    def logs(self, n=3000):
        text = ""
        for name in sorted(os.listdir(f"{self.folder}/log")):
            with open(f"{self.folder}/log/{name}", errors="replace") as file:
                text += f"--- {name}\n" + file.read()[-n:]
        return text

    def run(self, *arguments, **options):
        options.setdefault("env", self.environment)
        return call(*arguments, **options)

    def submit(self, *arguments, **options):
        """Number of the job."""
        done = self.run("sbatch", "--parsable", *arguments, **options)
        if done.returncode != 0:
            raise RuntimeError(f"sbatch {arguments}: {done.stderr}")
        return done.stdout.strip().split(";")[0]

    def field(self, job, name):
        done = self.run("scontrol", "show", "job", "-o", job)
        found = re.search(rf"(?:^|\s){name}=(\S*)", done.stdout.splitlines()[0]
                          if done.stdout else "")
        return found.group(1) if found else ""

    def state(self, job):
        return self.field(job, "JobState")

    def wait_state(self, job, states, seconds):
        """The state it has when it is one of these, or after so many seconds."""
        wait_for(lambda: self.state(job) in states, seconds)
        return self.state(job)

    def processes(self, text):
        """Ids of the living processes whose command line contains it, and what each is called."""
        found = {}
        for entry in os.listdir("/proc"):
            try:
                with open(f"/proc/{entry}/cmdline", "rb") as file:
                    words = file.read().split(b"\0")
                with open(f"/proc/{entry}/stat") as file:
                    state = file.read().rsplit(")", 1)[1].split()[0]
            except (OSError, IndexError):
                continue
            if entry.isdigit() and state not in "ZX" and text.encode() in b" ".join(words):
                found[int(entry)] = os.path.basename(words[0].decode(errors="replace"))
        return found

    def ranks(self, text):
        """Of a run, by a part of its command line."""
        return [i for i, name in self.processes(text).items() if name == "normlab"]

    def take_down(self, i):
        """A node as it is when its power fails: all its processes end at once."""
        for process in self.node_processes(i):
            kill(process, signal.SIGKILL)

    def node_processes(self, i):
        if self.n_nodes == 1:
            return []
        return processes(self.nodes[i])

    def cut(self, i):
        self.must("ip", "link", "set", self.link(i), "down")

    def mend(self, i):
        self.must("ip", "link", "set", self.link(i), "up")

    def own_processes(self):
        """All that names this folder: daemons, steps and what they run."""
        found = set(self.processes(self.folder))
        if self.n_nodes > 1:
            for i in range(self.n_nodes):
                found.update(self.node_processes(i))
        found.discard(os.getpid())
        return found

    def close(self):
        if os.path.exists(f"{self.folder}/run/slurmctld.pid"):
            try:
                self.run("scancel", "-u", "root", timeout=20)
                wait_for(lambda: not self.run("squeue", "-h", timeout=20).stdout.strip(), 15)
            except subprocess.TimeoutExpired:
                pass
        for number in (signal.SIGTERM, signal.SIGKILL):
            for process in self.own_processes():
                kill(process, number)
            wait_for(lambda: not self.own_processes(), 5)
        if self.n_nodes > 1:
            for i, node in enumerate(self.nodes):
                call("ip", "link", "del", self.link(i))
                call("ip", "netns", "del", node)
            call("ip", "link", "del", self.bridge)
        shutil.rmtree(self.memory, ignore_errors=True)


def kill(process, number):
    try:
        os.kill(process, number)
    except ProcessLookupError:
        pass
