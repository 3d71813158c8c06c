#!/usr/bin/python3
"""Training speed of the program beside PyTorch's, and beside its own over ranks and threads.

    beside_torch.py NORMLAB CONFIG [--norm SPEC] [--batch N] [--input CxHxW] [--threads T]
                    [--ranks R] [--rounds N] [--seconds S] [--mpirun PATH] [--before COMMAND]
                    [--no-compile] [--json] [--scaling]

The same network and batch, single precision, dropout on, random images. In each round the program
and all of PyTorch's ways take turns: one process with T threads, eager and (where there is
torch.compile) compiled, with channels first and last; and with --ranks R, DDP over gloo on R
processes of T / R threads, whose batch norms are local, beside R ranks of the program. The best of
PyTorch's ways counts. Ratios are taken in each round; printed is their median, lowest, highest.
A network that torch.compile fails on is timed without it, and the reason is told. --before puts a
command before each measurement (as --before "numactl -N 0").

--scaling: the program alone, for all ranks x threads up to T workers in all, with the same batch
(strong scaling) and with one that grows with the workers (weak).
"""
import argparse
import inspect
import json
import os
import pathlib
import re
import shlex
import socket
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "torch"))
LIMIT = 600  # seconds of one measurement
CLASSES = 10


def resolved(options, folder):
    """The configuration with all that was not said, out of a run of no epochs."""
    import h5py
    import numpy
    import runs
    import yaml
    shape = tuple(map(int, options.input.split("x")))
    pixels = numpy.random.RandomState(1).randint(0, 256, (20, *shape), numpy.uint8)
    some = pixels, numpy.arange(20, dtype=numpy.uint8) % CLASSES
    runs.write_data(folder / "data", some, some)
    command = [options.normlab, "train", options.config, "--epochs", "0", "--data",
               folder / "data", "--out", folder / "run.h5", *changes(options)]
    subprocess.run([str(c) for c in command], check=True, stdout=subprocess.DEVNULL, timeout=LIMIT)
    with h5py.File(folder / "run.h5") as file:
        return yaml.safe_load(file["/config/resolved"].asstr()[()])


def changes(options):
    return (["--norm", options.norm] if options.norm else []) + (
        ["--batch", str(options.batch)] if options.batch else [])


def program(options, ranks, threads, batch=None):
    """Images a second."""
    launch = []
    if ranks > 1:
        launch = [options.mpirun, "-n", str(ranks), "--map-by", f"slot:PE={threads}", "--bind-to",
                  "core"]
    command = launch + [options.normlab, "bench", options.config, "--json", "--threads",
                        str(threads), "--input", options.input, *changes(options)]
    if batch:
        command += ["--batch", str(batch)]
    done = subprocess.run(options.before + command, stdout=subprocess.PIPE, timeout=LIMIT,
                          check=True)
    return json.loads(done.stdout)["images_per_second"]


def child(options, job):
    """Images a second of one of PyTorch's ways, in processes of its own; or None, where it fails
    to compile, after the reason has been told."""
    done = subprocess.run(options.before + [sys.executable, "-B", __file__, "--job",
                                            json.dumps(job)],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LIMIT, text=True)
    if done.returncode == 0:
        return float(done.stdout.split()[-1])
    if not job["compiled"]:
        sys.exit(f"PyTorch has failed (status {done.returncode}):\n{done.stderr}")
    lines = [line for line in done.stderr.splitlines()
             if re.match(r"[\w.]*(Error|Exception)\b", line)]
    print("torch.compile has failed, and is left out: "
          f"{lines[-1] if lines else f'status {done.returncode}'}", file=sys.stderr)
    return None


def data_parallel(network):
    """DDP whose batch norms are local: their running statistics are not copied from rank 0."""
    import torch
    kind = torch.nn.parallel.DistributedDataParallel
    known = inspect.signature(kind.__init__).parameters
    name = "forward_sync_buffers" if "forward_sync_buffers" in known else "broadcast_buffers"
    return kind(network, **{name: False})


def time_torch(job, rank):
    import torch
    from network import Network
    torch.manual_seed(1 + rank)
    torch.set_num_threads(job["threads"])
    shape, batch = tuple(job["shape"]), job["batch"] // job["ranks"]
    network = Network(job["config"], shape, torch.float32, with_dropout=True).train()
    x, labels = torch.randn(batch, *shape), torch.randint(0, CLASSES, (batch,))
    if job["last"]:
        network = network.to(memory_format=torch.channels_last)
        x = x.to(memory_format=torch.channels_last)
    model = network
    if job["ranks"] > 1:
        model = data_parallel(network)
    if job["compiled"]:
        model = torch.compile(model)
    optimizer = torch.optim.SGD(network.parameters(), lr=1e-6, momentum=0.9, nesterov=True)

    def steps(n):
        start = time.monotonic()
        for _ in range(n):
            optimizer.zero_grad(set_to_none=True)
            torch.nn.functional.cross_entropy(model(x), labels).backward()
            optimizer.step()
        # The slowest rank's, by which all decide how to go on.
        seconds = torch.tensor([time.monotonic() - start])
        if job["ranks"] > 1:
            torch.distributed.all_reduce(seconds, torch.distributed.ReduceOp.MAX)
        return seconds.item()

    steps(3)
    n = 1
    while steps(n) < job["seconds"] / 4:
        n *= 2
    rates = [n * batch * job["ranks"] / steps(n) for _ in range(5)]
    return statistics.median(rates)


def distributed(rank, job):
    import torch
    torch.distributed.init_process_group("gloo", init_method=f"tcp://127.0.0.1:{job['port']}",
                                         rank=rank, world_size=job["ranks"])
    rate = time_torch(job, rank)
    if rank == 0:
        print(rate, flush=True)
    torch.distributed.barrier()
    torch.distributed.destroy_process_group()
    # Newer PyTorch leaves threads running, and is aborted by them if the interpreter takes itself
    # apart in the usual way. Everything has been printed: so it does not.
    os._exit(0)


def run_job(job):
    if job["ranks"] == 1:
        print(time_torch(job, 0))
        return
    import torch
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        job["port"] = free.getsockname()[1]
    torch.multiprocessing.spawn(distributed, (job,), job["ranks"])


def ways(compiled):
    """PyTorch's ways, by name: whether compiled, and whether channels are last."""
    return {f"{'compiled' if c else 'eager'}, channels {'last' if last else 'first'}": (c, last)
            for c in ((False, True) if compiled else (False,)) for last in (False, True)}


def measure(options, config, ranks, threads):
    """Images a second of the program, and of each of PyTorch's ways by name, a value a round, all
    in turn; and the ratios to the best of them, a value a round."""
    import torch
    own, theirs, ratios = [], {}, []
    left = ways(hasattr(torch, "compile") and not options.no_compile)
    for _ in range(options.rounds):
        own.append(program(options, ranks, threads))
        for way, (compiled, last) in list(left.items()):
            rate = child(options, {
                "config": config, "shape": list(map(int, options.input.split("x"))),
                "batch": config["training"]["batch"], "threads": threads, "ranks": ranks,
                "last": last, "compiled": compiled, "seconds": options.seconds})
            if rate is None:
                del left[way]
            else:
                theirs.setdefault(way, []).append(rate)
        # A way that fails has been left out in the first round already, or is not the best one.
        ratios.append(own[-1] / max(rates[-1] for rates in theirs.values()))
    return {"ranks": ranks, "threads": threads, "normlab": own, "torch": theirs, "times": ratios}


def spread(values, digits=2):
    return (f"{statistics.median(values):.{digits}f} "
            f"({min(values):.{digits}f} to {max(values):.{digits}f})")


def print_layout(result):
    ranks, threads = result["ranks"], result["threads"]
    print(f"\n{ranks} x {threads} threads{', DDP' if ranks > 1 else ''}: images/s, medians")
    print(f"  {'normlab':28} {statistics.median(result['normlab']):10.0f}")
    for way, rates in result["torch"].items():
        print(f"  {way:28} {statistics.median(rates):10.0f}")
    print(f"  {'times the best':28}       {spread(result['times'])}", flush=True)


def compare(options, config):
    import torch
    layouts = [(1, options.threads)]
    if options.ranks > 1:
        layouts.append((options.ranks, max(1, options.threads // options.ranks)))
    batch = config["training"]["batch"]
    head = {"name": config["name"], "norm": config["network"]["norm"], "batch": batch,
            "torch_version": torch.__version__, "rounds": options.rounds}
    if not options.json:
        print(f"{head['name']}, norm {head['norm']}, batch {batch}, PyTorch {torch.__version__}, "
              f"{options.rounds} rounds")
    results = []
    for ranks, threads in layouts:
        if batch % ranks:
            sys.exit(f"a batch of {batch} is not divisible by {ranks} ranks")
        results.append(measure(options, config, ranks, threads))
        if not options.json:
            print_layout(results[-1])
    if options.json:
        print(json.dumps({**head, "layouts": results}))


def scaling(options, batch):
    layouts = [(r, t) for r in range(1, options.threads + 1) for t in range(1, options.threads + 1)
               if r * t <= options.threads]
    for name in ("strong", "weak"):
        rates = {}
        for _ in range(options.rounds):
            for ranks, threads in layouts:
                n = batch * ranks * threads if name == "weak" else batch
                rates.setdefault((ranks, threads), []).append(program(options, ranks, threads, n))
        one = statistics.median(rates[1, 1])
        print(f"\n{name} scaling, {batch} images {'a worker' if name == 'weak' else 'in all'}\n"
              f"{'ranks x threads':>16} {'images/s':>10} {'times':>7} {'efficiency':>11}")
        for (ranks, threads), values in rates.items():
            times = statistics.median(values) / one
            print(f"{ranks:>8} x {threads:<5} {statistics.median(values):>10.0f} {times:>7.2f} "
                  f"{100 * times / ranks / threads:>9.0f} %")


def main():
    if sys.argv[1:2] == ["--job"]:
        run_job(json.loads(sys.argv[2]))
        return
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("normlab", type=os.path.abspath)
    parser.add_argument("config")
    parser.add_argument("--norm")
    parser.add_argument("--batch", type=int)
    parser.add_argument("--input", default="1x28x28")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--ranks", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--mpirun", default="mpirun")
    parser.add_argument("--before", type=shlex.split, default=[])
    parser.add_argument("--no-compile", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--scaling", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        config = resolved(options, pathlib.Path(folder))
    if options.scaling:
        scaling(options, config["training"]["batch"])
    else:
        compare(options, config)


if __name__ == "__main__":
    main()
