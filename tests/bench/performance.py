#!/usr/bin/python3
"""Measures all that results/performance.md has numbers of, and writes them there.

    performance.py NORMLAB [--rounds N] [--seconds S] [--before COMMAND] [--data DIR] [--out DIR]
    performance.py --write [--out DIR]

Ten minutes with two rounds on two cores, which must be idle. In a round all variants take turns,
the program and PyTorch too; a figure is the median of the rounds, a ratio the median of those
within a round. Everything goes to DIR/performance.json; from that, tables to DIR/performance.md,
between the comments that name them, and a picture to DIR/performance.svg. --write does only the
latter. Without PyTorch, matplotlib, mpirun, or MNIST (--data, or $NORMLAB_DATA) what needs them is
left out, and the old table stays. --before puts a command before each measurement: not one that
asks for real-time priority, of which Linux takes 5 % of each second away, from trainings alone.
"""
import argparse
import json
import os
import pathlib
import re
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
import types

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests" / "bench"), str(ROOT / "tests" / "torch")]
LIMIT = 300  # seconds of one measurement
BATCH = 128
NETWORKS = [("s6", "batch", "1x28x28"), ("s6", "group:2", "1x28x28"),
            ("wide", "batch", "1x28x28"), ("wide", "group:c/4", "1x28x28"),
            ("relu-first", "batch", "1x28x28"), ("relu-first", "group:2", "1x28x28"),
            ("skip", "batch", "3x32x32"), ("skip", "group:2", "3x32x32")]
# Ranks, threads, instruction set (None: the widest).
WAYS = {"1 x 1": (1, 1, None), "1 x 2": (1, 2, None), "2 x 1": (2, 1, None),
        "1 x 2, AVX2": (1, 2, "avx2")}
BATCHES = (16, 32, 64, 100, 256, 512)
BATCH_NETWORKS = [NETWORKS[0], NETWORKS[2]]
LAYER_NETWORKS = [NETWORKS[0], NETWORKS[6]]  # of the picture
TRAINING_NETWORKS = [NETWORKS[0], NETWORKS[1]]
EPOCHS = 3


def title(network):
    return f"{network[0]}, {network[1]}" + (" (3x32x32)" if network[2] == "3x32x32" else "")


def config(network):
    return str(ROOT / "configs" / f"{network[0]}.yaml")


def bench(options, network, ranks, threads, isa=None, batch=BATCH):
    """What bench --json says, or None where mpirun is missing or the processor lacks the set."""
    command = [options.normlab, "bench", config(network), "--norm", network[1], "--batch",
               str(batch), "--input", network[2], "--threads", str(threads), "--json"]
    if ranks > 1:
        command = [options.mpirun, "-n", str(ranks), "--map-by", f"slot:PE={threads}",
                   "--bind-to", "core", *command]
    environment = dict(os.environ, **({"NORMLAB_ISA": isa} if isa else {}))
    try:
        done = subprocess.run(options.before + command, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, timeout=LIMIT, env=environment)
    except FileNotFoundError:
        return None
    return json.loads(done.stdout) if done.returncode == 0 else None


def measure_speed(options):
    """[network][way]: what bench says, a value a round."""
    found = {title(n): {way: [] for way in WAYS} for n in NETWORKS}
    for _ in range(options.rounds):
        for network in NETWORKS:
            for way, (ranks, threads, isa) in WAYS.items():
                one = bench(options, network, ranks, threads, isa)
                if one:
                    found[title(network)][way].append(one)
    return found


def measure_batches(options):
    found = {}
    for network in BATCH_NETWORKS:
        for batch in BATCHES:
            found.setdefault(title(network), {})[batch] = bench(options, network, 1, 2, None, batch)
    return found


def measure_torch(options):
    """As beside_torch.py does it, without torch.compile, which takes minutes a network."""
    try:
        import beside_torch
        import torch
    except ImportError:
        return None
    found = {"version": torch.__version__, "networks": {}}
    for network in NETWORKS:
        own = types.SimpleNamespace(
            normlab=options.normlab, config=config(network), norm=network[1], batch=BATCH,
            input=network[2], rounds=options.rounds, seconds=options.seconds, before=options.before,
            mpirun=options.mpirun, no_compile=True)
        with tempfile.TemporaryDirectory() as folder:
            resolved = beside_torch.resolved(own, pathlib.Path(folder))
        found["networks"][title(network)] = beside_torch.measure(own, resolved, 1, 2)
    return found


def train(options, network):
    """Seconds of the process of a training, tests and files included, and of its parts."""
    import h5py
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "run.h5")
        start = time.monotonic()
        subprocess.run([*options.before, options.normlab, "train", config(network), "--epochs",
                        str(EPOCHS), "--norm", network[1], "--batch", str(BATCH), "--threads", "2",
                        "--data", options.data, "--out", out], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=LIMIT)
        seconds = time.monotonic() - start
        with h5py.File(out) as file:
            timing = file["timing"]
            return {"network": title(network), "seconds": seconds,
                    "training": float(sum(timing["epoch_seconds"][()])),
                    "evaluation": float(sum(timing["evaluate_mean"][()])),
                    "writing": float(sum(timing["write_mean"][()]))}


def measure_training(options):
    if not options.data:
        return None
    return [dict(train(options, network),
                 kernel=bench(options, network, 1, 2)["images_per_second"])
            for _ in range(options.rounds) for network in TRAINING_NETWORKS]


def measure_sums(options):
    try:
        done = subprocess.run([*options.before, options.mpirun, "-n", "2", options.normlab, "bench",
                               "--comm", "--json"], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, timeout=LIMIT)
    except FileNotFoundError:
        return None
    return json.loads(done.stdout) if done.returncode == 0 else None


def machine():
    """The processor's name and the sizes of its caches, as Linux tells them."""
    text = pathlib.Path("/proc/cpuinfo").read_text()
    name = re.search(r"model name\s*: (.*)", text)
    sizes = []
    for index in sorted(pathlib.Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        if (index / "type").read_text().strip() != "Instruction":
            sizes.append((index / "size").read_text().strip())
    return {"processor": name.group(1) if name else "?", "caches": sizes,
            "cores": len(os.sched_getaffinity(0))}


def measure(options):
    version = subprocess.run([options.normlab, "--version"], stdout=subprocess.PIPE, check=True,
                             text=True).stdout
    lines = dict(line.split(None, 1) for line in version.splitlines() if len(line.split()) > 1)
    start = time.monotonic()
    found = {"machine": machine(), "date": time.strftime("%Y-%m-%d"), "rounds": options.rounds,
             "commit": lines.get("commit"), "compiler": lines.get("compiler")}
    for name, part in (("speed", measure_speed), ("batches", measure_batches),
                       ("torch", measure_torch), ("training", measure_training),
                       ("sums", measure_sums)):
        found[name] = part(options)
        print(f"{name}: {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    return found


def middle(values):
    return statistics.median(values) if values else None


def number(value, digits=0):
    return "-" if value is None else f"{value:,.{digits}f}"


def of(runs, key):
    return middle([run[key] for run in runs])


def percent(value):
    return "-" if value is None else f"{100 * value:.0f} %"


def ratio(values):
    if not values:
        return "-"
    return f"{middle(values):.1f} ({min(values):.1f} to {max(values):.1f})"


def table(head, rows):
    return "\n".join(["| " + " | ".join(row) + " |"
                      for row in [head, ["---"] * len(head), *rows]])


def speed_table(found):
    rows = []
    for network, ways in found["speed"].items():
        one, two = ways["1 x 1"], ways["1 x 2"]
        times = [b["images_per_second"] / a["images_per_second"] for a, b in zip(one, two)]
        rows.append([network, number(of(two, "images_per_second")),
                     number(of(two, "useful_gflops")), percent(of(two, "share_of_peak")),
                     number(of(one, "images_per_second")), number(middle(times), 2),
                     number(of(ways["2 x 1"], "images_per_second")),
                     number(of(ways["1 x 2, AVX2"], "images_per_second")),
                     percent(of(ways["1 x 2, AVX2"], "share_of_peak"))])
    return table(["network", "images/s, 1 x 2 threads", "useful GFLOP/s", "share of peak",
                  "1 thread", "times", "2 ranks x 1 thread", "AVX2, 1 x 2", "share of its peak"],
                 rows)


def peak_table(found):
    rows = []
    for way in WAYS:
        peaks = [run["peak_gflops"] for ways in found["speed"].values() for run in ways[way]]
        if peaks:
            rows.append([way, number(middle(peaks)), f"{min(peaks):.0f} to {max(peaks):.0f}"])
    return table(["ranks x threads", "peak, GFLOP/s", "in all runs"], rows)


def batch_table(found):
    rows = []
    for network, batches in found["batches"].items():
        rows.append([network] + [number(run and run["images_per_second"])
                                 for run in batches.values()])
    return table(["images/s with a batch of"] + [str(b) for b in BATCHES], rows)


def torch_table(found):
    rows = []
    for network, one in found["torch"]["networks"].items():
        best = [max(rates) for rates in zip(*one["torch"].values())]
        rows.append([network, number(middle(one["normlab"])), number(middle(best)),
                     ratio(one["times"])])
    return table(["network", "normlab, 1 x 2", f"PyTorch {found['torch']['version']}, 2 threads",
                  "times"], rows)


def training_table(found):
    rows = []
    for one in found["training"]:
        images = EPOCHS * 60000
        rows.append([one["network"], number(one["seconds"], 2), number(one["training"], 2),
                     number(one["evaluation"], 2), number(one["writing"], 2),
                     number(one["seconds"] - one["training"] - one["evaluation"] - one["writing"],
                            2),
                     percent(images / one["seconds"] / one["kernel"]),
                     percent(images / one["training"] / one["kernel"])])
    return table(["network", "whole process, s", "training", "tests", "files", "start, data, end",
                  "images/s of the whole, of bench's", "of the training"], rows)


def sums_table(found):
    sums = found["sums"]
    rows = [[f"{s['bytes']:,}", number(1e6 * s["seconds"], 2)] for s in sums["sums"]
            if s["bytes"] in (8, 512, 8192, 65536, 524288)]
    return table(["bytes summed over 2 ranks", "microseconds"], rows)


def layer_table(found):
    """Of the networks of the picture, with one thread: layers that have useful operations, and the
    rest together."""
    rows = []
    for network in LAYER_NETWORKS:
        layers = layers_of(found["speed"][title(network)]["1 x 1"])
        useful = [layer for layer in layers if layer["flop"]]
        rows += [[title(network), f"{layer['layer']}: {layer['operations']}",
                  percent(layer["time"]), percent(layer["share"])] for layer in useful]
        rows.append([title(network), "norms, pools, loading, sums, all else",
                     percent(1 - sum(layer["time"] for layer in useful)), ""])
    return table(["network, 1 thread", "layer", "of the step", "share of peak"], rows)


def layers_of(runs):
    """By row of the profile: the part of a step, and the share of the peak in it; medians."""
    rows = []
    for i, first in enumerate(runs[0]["layers"]):
        times, shares = [], []
        for run in runs:
            seconds = run["layers"][i]["forward"] + run["layers"][i]["backward"]
            times.append(seconds / run["recorded_seconds_per_step"])
            shares.append(1e-9 * first["flop_per_image"] * run["batch"] / seconds /
                          run["peak_gflops"])
        rows.append({"layer": first["layer"], "operations": first["operations"],
                     "flop": first["flop_per_image"], "time": middle(times),
                     "share": middle(shares)})
    return rows


def about(found):
    m = found["machine"]
    return (f"{m['processor']}, {m['cores']} cores, caches of {', '.join(m['caches'])} bytes; "
            f"{found['compiler']}; {found['date']}, commit {found['commit']}; "
            f"{found['rounds']} round{'s' if found['rounds'] > 1 else ''}.")


TABLES = {"about": ("speed", about), "speed": ("speed", speed_table), "peak": ("speed", peak_table),
          "batches": ("batches", batch_table), "torch": ("torch", torch_table),
          "training": ("training", training_table), "sums": ("sums", sums_table),
          "layers": ("speed", layer_table)}


def fill(text, found):
    """Replaces what stands between <!-- NAME --> and <!-- end -->."""
    for name, (part, make) in TABLES.items():
        if not found.get(part):
            continue
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        made = make(found)
        text, n = pattern.subn(lambda m: m.group(1) + "\n" + made + "\n\n" + m.group(2), text)
        if n != 1:
            sys.exit(f"performance.md has {n} places for the table {name}")
    return text


def draw_cores(axes, found):
    """Measured with 1 and 2; beyond that, what it can be at most: a straight line."""
    for network, color in zip(NETWORKS[::2], ("C0", "C1", "C2", "C3")):
        ways = found["speed"][title(network)]
        one, two = (of(ways[w], "images_per_second") for w in ("1 x 1", "1 x 2"))
        axes.plot([1, 2], [one, two], "o-", color=color, label=title(network))
        axes.plot([2, 8], [two, 4 * two], ":", color=color, linewidth=1)
    axes.set(xscale="log", yscale="log", xlabel="cores (threads of one process)",
             ylabel="images/s, batch 128", xticks=[1, 2, 4, 8])
    axes.set_title("dotted, not measured: at most this", fontsize=9)
    axes.xaxis.set_major_formatter("{x:.0f}")
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.minorticks_off()
    axes.set_yticks([5000, 10000, 20000, 50000, 100000, 200000])
    axes.legend(fontsize=8, frameon=False)
    axes.grid(alpha=0.3)


def draw_layers(axes, found, network):
    rows = [row for row in layers_of(found["speed"][title(network)]["1 x 1"]) if row["flop"]]
    names = [f"{row['layer']}: {row['operations'].split(' + sums')[0]}" for row in rows]
    axes.barh(names, [100 * row["share"] for row in rows], color="C0")
    axes.axvline(100, color="black", linewidth=0.8)
    axes.invert_yaxis()
    axes.set_title(f"{title(network)}: % of the peak", fontsize=9)
    axes.tick_params(labelsize=7)


def draw(found, path):
    try:
        import matplotlib
    except ImportError:
        print("no matplotlib: no picture", file=sys.stderr)
        return
    matplotlib.use("svg")
    import matplotlib.pyplot as plt
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "performance"})
    figure, axes = plt.subplots(1, 3, figsize=(12, 4), layout="constrained")
    draw_cores(axes[0], found)
    for place, network in zip(axes[1:], LAYER_NETWORKS):
        draw_layers(place, found, network)
    figure.savefig(path, metadata={"Date": None})


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("normlab", nargs="?", type=os.path.abspath)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--before", type=shlex.split, default=[])
    parser.add_argument("--mpirun", default="mpirun")
    parser.add_argument("--data", default=os.environ.get("NORMLAB_DATA"))
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "results")
    options = parser.parse_args()
    kept = options.out / "performance.json"
    if not options.write:
        if not options.normlab:
            parser.error("the program is missing")
        kept.write_text(json.dumps(measure(options), separators=(",", ":")) + "\n")
    found = json.loads(kept.read_text())
    page = options.out / "performance.md"
    page.write_text(fill(page.read_text(), found))
    draw(found, options.out / "performance.svg")


if __name__ == "__main__":
    main()
