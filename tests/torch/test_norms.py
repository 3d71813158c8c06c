"""Networks whose layers have different norms, drawn at random, against PyTorch in double precision:
names, shapes and first values of all parameters, the loss, every gradient, the running statistics
of a step, and an evaluation."""
import pathlib
import random
import sys
import tempfile

import compare
import runs
from compare import N_TEST, Program, Source, check, compare_gradient, failures, torch

GENERAL = ["over(n:3,c:2,h,w)", "over(n,w)", "over(n:4,c,w) affine:column", "over(c:3)",
           "over(n:7,c:2) affine:element", "rms-over(n:5,c:C/2,h,w) shift", "over(c,w) affine:none",
           "over(n,c)", "rms-batch", "rms-position", "rms-layer:chw", "batch no-shift",
           "batch-group:3 affine:none", "rms-instance shift", "renorm:5"]
N_BLOCKS, SHAPE = 5, (1, 28, 28)


def network(norms, order, draw):
    lines = ["network:", f"  order: [{', '.join(order)}]", "  layers:"]
    for i, norm in enumerate(norms):
        channels, skip = (6, "") if i < 2 else (12, ", skip: true" if i > 2 else "")
        lines.append(f"    - {{type: block, channels: {channels}, padding: 1, stride: "
                     f"{2 if i in (0, 2) else 1}{skip}, bias: {draw.choice(['true', 'false'])}, "
                     f"norm: '{norm}'}}")
    return "\n".join([*lines, "    - {type: avg-pool, size: 7}", "    - {type: linear, channels: 10}"])


def compare_names(program, network_of):
    """What a new network has in /model is what the modules have."""
    with program.train(program.folder / "data", "training.epochs=0", options=[]) as file:
        stored, wanted = compare.tensors(file["/model"]), network_of(file).state_dict()
    check(len(set(stored) ^ set(wanted)), 0, f"{program.name}: names {set(stored) ^ set(wanted)}")
    for name, value in wanted.items():
        is_same = stored[name].shape == value.shape
        if is_same and ".norm." in name:
            is_same = torch.equal(stored[name].double(), value.double())
        check(not is_same, 0, f"{program.name}: {name} {tuple(stored[name].shape)} "
              f"{stored[name].flatten()[:3]}, of the module {tuple(value.shape)}")


def main():
    normlab, draw = sys.argv[1], random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 7)
    torch.set_num_threads(1)
    source = Source(SHAPE)
    test = source.draw(N_TEST, 1000)
    specs = [s for s in runs.specs(normlab, samples=5) if s != "none"] + GENERAL
    specs = draw.sample(specs, len(specs))
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        runs.write_data(folder / "data", source.draw(compare.N_BATCH, 0), test)
        for first in range(0, len(specs), N_BLOCKS):
            norms = (specs[first:] + specs)[:N_BLOCKS]
            order = draw.choice([["conv", "norm", "relu"], ["conv", "relu", "norm"]])
            config = folder / f"norms{first // N_BLOCKS}.yaml"
            config.write_text(network(norms, order, draw) + "\n"
                              "renorm: {begin: 0, r_end: 0, d_end: 0, r_max: 1.1, d_max: 0.2}\n")
            program = Program(normlab, config, "layer", SHAPE, folder)
            program.name = f"{' '.join(order)}: {'; '.join(norms)}"
            compare_names(program, lambda file: compare.Network(
                compare.yaml.safe_load(file["/config/resolved"].asstr()[()]), SHAPE))
            try:
                print(program.name, "gradient %.1e of %.1e" % compare_gradient(program, source, test),
                      flush=True)
            except compare.AtEdge as edge:
                check(1, 0, str(edge))
    if failures:
        print(f"{len(failures)} comparisons failed")
    return 1 if failures else 0


sys.exit(main())
