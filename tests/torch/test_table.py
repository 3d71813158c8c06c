"""The lines of src/report/README.md that write a table of PyTorch's runs, as they stand there, with tiny networks,
and what normlab compare says of them: the means and p of the very numbers of PyTorch.

Exit status: 0 passed, 1 failed, 77 skipped.
"""

import json
import os
import sys
import textwrap

try:
    import torch
    from scipy import stats
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "program"))
from harness import Test, read  # noqa: E402

PAGE = os.path.join(HERE, "..", "..", "src", "report", "README.md")
N_TRAIN, N_TEST, SIDE = 200, 400, 6
trained = {}


def find_lines():
    """The indented block of that page that begins with the import of csv and torch."""
    lines = read(PAGE).decode().splitlines()
    first = lines.index("    import csv, torch")
    last = next(i for i in range(first, len(lines)) if lines[i].startswith("    normlab compare"))
    return textwrap.dedent("\n".join(lines[first:last]))


def images(n, seed):
    """Noisy bars at one of four places."""
    draw = torch.Generator().manual_seed(seed)
    labels = torch.randint(0, 4, (n,), generator=draw)
    pixels = 1.2 * torch.randn(n, 1, SIDE, SIDE, generator=draw)
    for i, label in enumerate(labels):
        pixels[i, 0, label] += 1
    return pixels, labels


def train(norm, lr, seed):
    torch.manual_seed(seed)
    layer = torch.nn.BatchNorm2d(4) if norm == "batch" else torch.nn.GroupNorm(1, 4)
    net = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3), layer, torch.nn.ReLU(), torch.nn.Flatten(),
                              torch.nn.Linear(4 * (SIDE - 2) ** 2, 4))
    pixels, labels = images(N_TRAIN, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr)
    for epoch in range(3):
        for part in torch.randperm(N_TRAIN).split(20):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(net(pixels[part]), labels[part]).backward()
            optimizer.step()
    pixels, labels = images(N_TEST, 2)
    with torch.no_grad():
        out = net.eval()(pixels)
    net.train()
    trained[norm, seed] = ((out.argmax(1) == labels).double().mean().item(),
                           torch.nn.functional.cross_entropy(out, labels).item())
    return net, pixels, labels


def main():
    test = Test(__doc__)
    torch.set_num_threads(1)
    exec(compile(find_lines(), PAGE, "exec"), {"train": train})
    found = json.loads(test.run_well("compare", "torch.csv", "--json", "--baseline", "batch").out)
    test.check(len(trained) == 10 and {v["name"] for v in found["variants"]} ==
               {"batch lr=0.1", "layer lr=0.03"}, f"{found['variants']}")
    values = {norm: [trained[norm, seed] for seed in range(5)] for norm in ("batch", "layer")}
    for variant in found["variants"]:
        for i, name in enumerate(("test_accuracy", "test_loss")):
            mean = sum(run[i] for run in values[variant["norm"]]) / 5
            test.check(abs(variant[name]["mean"] - mean) < 1e-12, f"{mean}: {variant}")
    for i, name in enumerate(("accuracy", "loss")):
        p = stats.ttest_ind(*([run[i] for run in values[norm]] for norm in ("layer", "batch")),
                            equal_var=False).pvalue
        test.check(abs(found["differences"][0][name]["p"] - p) < 1e-9,
                   f"{name}: {p}, {found['differences'][0]}")
    runs = {(run["norm"], int(run["seed"])): run["test_accuracy"] for run in found["runs"]}
    test.check(runs == {key: run[0] for key, run in trained.items()}, f"{runs} {trained}")
    test.finish()


main()
