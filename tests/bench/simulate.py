#!/usr/bin/python3
"""Replays the messages of training steps on a network that is not there.

    normlab train configs/s6.yaml --batch 16 --epochs 1 --threads 1 --trace s6.json --trace-steps 200
    simulate.py s6.json --nodes 2,16,256 --delay 25 --gbit 10

The trace of one rank holds, for each step, how long it computed before each sum over ranks, and how
many bytes were summed. Here each of N nodes draws steps of the trace, so that computing varies
between nodes as it did between steps; and each sum goes its rounds (include/dist/sum.h): in a
round a node sends to its partner and goes on when it has the partner's message,

    ready = max(own, partner's time) + delay + bytes / bandwidth,

where `delay` is one-way, processing at both ends included, as half a round trip of an empty
message (`normlab bench --comm` on two nodes). With --leaf, partners that are not below the same
switch have --spine microseconds more; --jitter adds to each message a delay drawn from an
exponential distribution with this mean; --hops is how many delays a message takes that is above
--eager bytes. Efficiency is the mean time of computing over the mean time of a step, so waiting for
the slowest counts as lost; a batch grows with the nodes.

Each node is one rank. Ranks of a node are not simulated: they add up through shared memory first,
so take a trace of one of them, and as delay what `bench --comm` has over two such nodes.
"""
import argparse
import json
import pathlib
import re
import sys

import numpy

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
NOT_COMPUTING = ("wait_ranks", "communicate")


class Network:
    """Times in seconds; `leaf` nodes have a switch of their own, 0: all have the same."""

    def __init__(self, delay, bandwidth, leaf=0, spine=0.0, jitter=0.0, eager=None, hops=1.0):
        self.delay, self.bandwidth, self.leaf, self.spine = delay, bandwidth, leaf, spine
        self.jitter, self.eager, self.hops = jitter, eager, hops

    def seconds(self, n_bytes, source, target, random):
        """Of one message for each pair of nodes."""
        delay = numpy.full(len(source), self.delay)
        if self.leaf:
            delay += self.spine * (source // self.leaf != target // self.leaf)
        if self.eager is not None and n_bytes > self.eager:
            delay *= self.hops
        if self.jitter:
            delay += random.exponential(self.jitter, len(source))
        return delay + n_bytes / self.bandwidth


def bytes_of_a_delay():
    """Where src/dist/sum.c changes from doubling to halving."""
    source = (ROOT / "src" / "dist" / "sum.c").read_text()
    return float(re.search(r"BYTES_OF_A_DELAY = ([0-9.e]+);", source).group(1))


def is_doubled(n_nodes, n_bytes, unit):
    """As sum_way_over() of src/dist/sum.c chooses."""
    rounds, sent = n_nodes.bit_length() - 1, n_bytes / unit
    size = 1 << rounds
    return rounds * (1 + sent) <= 2 * rounds + 2 * (size - 1) * sent / size


def send(time, source, target, n_bytes, network, random):
    """The targets' times when they have the messages of the sources."""
    arrival = time[source] + network.seconds(n_bytes, source, target, random)
    return numpy.maximum(time[target], arrival)


def swap(time, place, distance, n_bytes, network, random):
    """A round: all nodes of the circle, with their partners."""
    index = numpy.arange(len(place))
    time[place] = send(time, place[index ^ distance], place, n_bytes, network, random)


def sum_over(time, n_bytes, network, random, unit):
    """When each node has the sum, to which it came at these times."""
    time = time.copy()
    n = len(time)
    if n == 1:
        return time
    size = 1 << (n.bit_length() - 1)
    n_extra = n - size
    inner, outer = numpy.arange(0, 2 * n_extra, 2), numpy.arange(1, 2 * n_extra, 2)
    place = numpy.concatenate([inner, numpy.arange(2 * n_extra, n)])
    time[inner] = send(time, outer, inner, n_bytes, network, random)
    distances = [1 << i for i in range(size.bit_length() - 1)]
    if is_doubled(n, n_bytes, unit):
        for distance in distances:
            swap(time, place, distance, n_bytes, network, random)
    else:
        for distance in distances[::-1] + distances:
            swap(time, place, distance, n_bytes * distance / size, network, random)
    time[outer] = send(time, inner, outer, n_bytes, network, random)
    return time


def read(path):
    """[step][k]: the seconds of computing before sum k, and behind the last; [k]: bytes."""
    with open(path) as file:
        events = [e for e in json.load(file)["traceEvents"]
                  if e["ph"] == "X" and e.get("cat") != "step" and e["pid"] == 0 and e["tid"] == 0]
    steps = {}
    for event in sorted(events, key=lambda e: e["ts"]):
        if event["cat"] in ("evaluate", "write"):
            continue
        parts, sizes = steps.setdefault(event["args"]["step"], ([0.0], []))
        if event["cat"] == "communicate":
            parts.append(0.0)
            sizes.append(event["args"].get("bytes", 0))
        elif event["cat"] not in NOT_COMPUTING:
            parts[-1] += 1e-6 * event["dur"]
    if not steps:
        sys.exit(f"{path}: no steps of training")
    sizes = list(steps.values())[0][1]
    same = [parts for parts, of in steps.values() if of == sizes]
    if not sizes or 0 in sizes or len(same) < len(steps) - 1:
        sys.exit(f"{path}: steps with sums of other sizes, or of none")
    return numpy.array(same), sizes


def simulate(computing, sizes, n_nodes, network, n_steps, random, unit):
    """The efficiency of n_steps steps in a row."""
    time, computed = numpy.zeros(n_nodes), 0.0
    for _ in range(n_steps):
        drawn = computing[random.integers(len(computing), size=n_nodes)]
        computed += drawn.sum(axis=1).mean()
        for k, n_bytes in enumerate(sizes):
            time = sum_over(time + drawn[:, k], n_bytes, network, random, unit)
        time = time + drawn[:, -1]
    return computed / time.mean()


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trace")
    parser.add_argument("--nodes", default="2,4,8,16,32,64,128,256,512,1024,2048,4096")
    parser.add_argument("--delay", type=float, default=25, help="microseconds")
    parser.add_argument("--gbit", type=float, default=10, help="Gbit/s")
    parser.add_argument("--leaf", type=int, default=0, help="nodes below a switch")
    parser.add_argument("--spine", type=float, default=0, help="microseconds")
    parser.add_argument("--jitter", type=float, default=0, help="microseconds")
    parser.add_argument("--eager", type=float, help="bytes")
    parser.add_argument("--hops", type=float, default=3)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    o = parser.parse_args()
    computing, sizes = read(o.trace)
    network = Network(1e-6 * o.delay, 1e9 * o.gbit / 8, o.leaf, 1e-6 * o.spine, 1e-6 * o.jitter,
                      o.eager, o.hops)
    unit = bytes_of_a_delay()
    found = {int(n): simulate(computing, sizes, int(n), network, o.steps,
                              numpy.random.default_rng(o.seed), unit) for n in o.nodes.split(",")}
    if o.json:
        print(json.dumps({"sums": len(sizes), "bytes": sizes, "efficiency": found,
                          "seconds_computing": float(computing.sum(axis=1).mean())}))
        return
    print(f"{len(sizes)} sums a step, {1e6 * computing.sum(axis=1).mean():,.0f} microseconds of "
          "computing")
    for n, efficiency in found.items():
        print(f"{n:6d} nodes {100 * efficiency:5.1f} %")


if __name__ == "__main__":
    main()
