"""Network namespaces as nodes: each has its own network, and what runs inside its own host name."""

import subprocess


def call(*arguments, timeout=60, **options):
    return subprocess.run([str(a) for a in arguments], capture_output=True, text=True,
                          timeout=timeout, stdin=subprocess.DEVNULL, **options)


def inside(name):
    """What comes before a command that runs in a namespace."""
    return ["nsenter", f"--net=/run/netns/{name}", "unshare", "--uts", "--mount"]


def naming(name, hosts):
    """For a shell inside: it takes the host's name, and the file of all hosts' addresses."""
    return f"hostname {name}; mount --bind {hosts} /etc/hosts"


def processes(name):
    return [int(pid) for pid in call("ip", "netns", "pids", name).stdout.split()]
