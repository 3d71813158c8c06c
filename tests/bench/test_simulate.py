"""simulate.py: times of sums over nodes against their formulas, and what it reads of a trace."""
import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
try:
    import numpy
    import simulate
except ImportError:
    print("skipped: numpy is missing")
    sys.exit(77)

DELAY, BANDWIDTH = 25e-6, 1.25e9
UNIT = simulate.bytes_of_a_delay()
n_checks = n_failed = 0


def check(is_right, text):
    global n_checks, n_failed
    n_checks += 1
    if not is_right:
        n_failed += 1
        print(f"FAILED: {text}")


def seconds_of_sum(n_nodes, n_bytes, starts=None, **more):
    network = simulate.Network(DELAY, BANDWIDTH, **more)
    starts = numpy.zeros(n_nodes) if starts is None else starts
    return simulate.sum_over(starts, n_bytes, network, numpy.random.default_rng(1), UNIT)


def near(a, b):
    return numpy.allclose(a, b, rtol=1e-12, atol=0)


def sums():
    for rounds in range(1, 13):
        n = 1 << rounds
        check(near(seconds_of_sum(n, 256), rounds * (DELAY + 256 / BANDWIDTH)),
              f"{n} nodes, doubling")
        large = 10 * UNIT * rounds
        expected = 2 * rounds * DELAY + 2 * (n - 1) / n * large / BANDWIDTH
        if not simulate.is_doubled(n, large, UNIT):
            check(near(seconds_of_sum(n, large), expected), f"{n} nodes, halving")
    check(near(seconds_of_sum(1, 256), 0), "one node")
    # Three nodes: the second gives to the first, which swaps with the third, whose message is there
    # by then, and hands back.
    hop = DELAY + 256 / BANDWIDTH
    three = seconds_of_sum(3, 256)
    check(near(three, [hop, 2 * hop, 2 * hop]), f"3 nodes: {three}")
    # All wait for one that comes late, each along its own way.
    late = seconds_of_sum(4, 256, numpy.array([0, 0, 0, 1.0]))
    check(near(late, [1 + 2 * hop, 1 + hop, 1 + hop, 1]), f"a late node: {late}")


def ways():
    """As tests/dist/dist_sums.c has it of the program: nodes, integers."""
    for n_nodes, n, is_doubled in ((2, 1, True), (2, 70001, True), (33, 32, True),
                                   (32, 7657, False), (4096, 32, True)):
        check(simulate.is_doubled(n_nodes, 8 * n, UNIT) == is_doubled, f"{n_nodes} nodes, {n}")


def networks():
    hop = DELAY + 256 / BANDWIDTH
    # Distances 1 and 2 stay below a switch of four nodes, 4 does not.
    check(near(seconds_of_sum(8, 256, leaf=4, spine=7e-6), 3 * hop + 7e-6), "a spine")
    check(near(seconds_of_sum(2, 256, eager=255, hops=3), hop + 2 * DELAY), "above the eager limit")
    check(near(seconds_of_sum(2, 256, eager=256, hops=3), hop), "at the eager limit")
    mean = numpy.mean(seconds_of_sum(4096, 256, jitter=1e-6)) / 12 - hop
    check(0.9e-6 < mean < 2.5e-6, f"jitter of a microsecond: {1e6 * mean} a round")


def write_trace(path, n_steps=4, sizes=(256, 61256), broken=False):
    events, ts = [{"ph": "M", "pid": 0, "tid": 0, "name": "thread_name"}], 0.0
    for step in range(n_steps):
        for k, size in enumerate((*sizes, None)):
            spans = [("forward", 100 + step)] + [("wait_ranks", 5000), ("communicate", 3000)] * (
                size is not None)
            for name, duration in spans:
                args = {"step": step}
                if name == "communicate":
                    args["bytes"] = size + (broken and step % 2)
                events.append({"ph": "X", "pid": 0, "tid": 0, "ts": ts, "dur": duration,
                               "name": name, "cat": name, "args": args})
                ts += duration
        events.append({"ph": "X", "pid": 0, "tid": 0, "ts": ts, "dur": 9e6, "name": "evaluate",
                       "cat": "evaluate", "args": {"step": step}})
        events.append({"ph": "X", "pid": 0, "tid": 1, "ts": 0, "dur": 9e6, "name": "forward",
                       "cat": "forward", "args": {"step": step}})
    path.write_text(json.dumps({"traceEvents": events}))


def traces(folder):
    path = folder / "t.json"
    write_trace(path)
    computing, sizes = simulate.read(path)
    check(sizes == [256, 61256], f"bytes: {sizes}")
    expected = [[1e-6 * (100 + step)] * 3 for step in range(4)]
    check(numpy.allclose(computing, expected), f"computing: {computing}")
    one = simulate.simulate(computing[:1], sizes, 2, simulate.Network(DELAY, BANDWIDTH), 7,
                            numpy.random.default_rng(1), UNIT)
    whole = 300e-6 + 2 * DELAY + sum(sizes) / BANDWIDTH
    check(near(one, 300e-6 / whole), f"efficiency of two nodes: {one}")
    # With steps of different lengths, nodes wait for the slowest: more of them, longer.
    few, many = (simulate.simulate(computing, [8, 8], n, simulate.Network(0, BANDWIDTH), 50,
                                   numpy.random.default_rng(1), UNIT) for n in (2, 256))
    longest = computing[:, 0].max() / computing[:, 0].mean()
    check(many < few < 1 and abs(1 / many - longest) < 0.01, f"waiting: {few}, {many}")
    command = [sys.executable, HERE / "simulate.py", path, "--nodes", "2,3", "--json"]
    found = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    check(set(found["efficiency"]) == {"2", "3"} and found["sums"] == 2, f"--json: {found}")
    write_trace(path, broken=True)
    done = subprocess.run(command, capture_output=True, text=True)
    check(done.returncode == 1 and "of other sizes" in done.stderr, f"broken: {done}")


def main():
    sums()
    ways()
    networks()
    with tempfile.TemporaryDirectory() as folder:
        traces(pathlib.Path(folder))
    print(f"{n_checks} checks, {n_failed} failed")
    return n_failed > 0


sys.exit(main())
