#!/usr/bin/python3
"""Training speed of the program beside PyTorch's, and beside its own over ranks and threads.

    beside_torch.py NORMLAB CONFIG [--norm SPEC] [--batch N] [--input CxHxW] [--threads T]
                    [--ranks R] [--rounds N] [--seconds S] [--mpirun PATH] [--scaling]

The same network and batch, single precision, dropout on, random images. In each round the program
and all of PyTorch's ways take turns: one process with T threads, eager and (where there is
torch.compile) compiled, with channels first and last; and with --ranks R, DDP over gloo on R
processes of T / R threads, whose batch norms are local, beside R ranks of the program. The best of
PyTorch's ways counts. Ratios are taken in each round; printed is their median, lowest, highest.

--scaling: the program alone, for all ranks x threads up to T workers in all, with the same batch
(strong scaling) and with one that grows with the workers (weak).
"""
import argparse
import json
import os
import pathlib
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
    done = subprocess.run(command, stdout=subprocess.PIPE, timeout=LIMIT, check=True)
    return json.loads(done.stdout)["images_per_second"]


def child(job):
    """Images a second of one of PyTorch's ways, in processes of its own."""
    done = subprocess.run([sys.executable, "-B", __file__, "--job", json.dumps(job)],
                          stdout=subprocess.PIPE, timeout=LIMIT, check=True)
    return float(done.stdout.split()[-1])


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
        model = torch.nn.parallel.DistributedDataParallel(network, broadcast_buffers=False)
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
    torch.distributed.destroy_process_group()


def run_job(job):
    if job["ranks"] == 1:
        print(time_torch(job, 0))
        return
    import torch
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        job["port"] = free.getsockname()[1]
    torch.multiprocessing.spawn(distributed, (job,), job["ranks"])


def compare(options, config):
    import torch
    layouts = [(1, options.threads)]
    if options.ranks > 1:
        layouts.append((options.ranks, max(1, options.threads // options.ranks)))
    compiled = [False, True] if hasattr(torch, "compile") else [False]
    batch = config["training"]["batch"]
    print(f"{config['name']}, norm {config['network']['norm']}, batch {batch}, PyTorch "
          f"{torch.__version__}, {options.rounds} rounds")
    for ranks, threads in layouts:
        if batch % ranks:
            sys.exit(f"a batch of {batch} is not divisible by {ranks} ranks")
        own, theirs = [], {}
        for _ in range(options.rounds):
            own.append(program(options, ranks, threads))
            for is_compiled in compiled:
                for last in (False, True):
                    job = {"config": config, "shape": list(map(int, options.input.split("x"))),
                           "batch": batch, "threads": threads, "ranks": ranks, "last": last,
                           "compiled": is_compiled, "seconds": options.seconds}
                    way = (f"{'compiled' if is_compiled else 'eager'}, channels "
                           f"{'last' if last else 'first'}")
                    theirs.setdefault(way, []).append(child(job))
        print(f"\n{ranks} x {threads} threads{', DDP' if ranks > 1 else ''}: images/s, medians")
        print(f"  {'normlab':28} {statistics.median(own):10.0f}")
        for way, rates in theirs.items():
            print(f"  {way:28} {statistics.median(rates):10.0f}")
        ratios = [a / max(b) for a, b in zip(own, zip(*theirs.values()))]
        print(f"  {'times the best':28} {statistics.median(ratios):10.2f}  "
              f"({min(ratios):.2f} to {max(ratios):.2f})")


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
