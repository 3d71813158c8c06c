"""normlab export --torch and --onnx: networks of every norm and layer give the probabilities that
the run has stored, in PyTorch and in ONNX's definitions, and with onnxruntime where it is there.

Exit status: 0 passed, 1 failed, 77 skipped.
"""

import importlib.util
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "program"))
try:
    import h5py
    import numpy
    import torch
    from protobuf import Onnx
except (ImportError, OSError) as error:
    print(f"skipped: {error}")
    sys.exit(77)
from harness import MIXED, Test, errors, litter, read, read_idx, write  # noqa: E402

try:
    import onnx
    import onnxruntime
except ImportError:
    onnx = None

CLOSE = 1e-5
GENERAL = [
    "over(n:3,c:2,h,w)",
    "over(n,w)",
    "over(n:4,c,w) affine:column",
    "over(c:3)",
    "over(n:9,c:3,w)",
    "over(n:7,c:2) affine:element",
    "rms-over(n:5,c:C/2,h,w) shift",
    "over(c,w) affine:none",
    "rms-over(n,w)",
    "rms-batch",
    "rms-position",
    "rms-layer:chw",
     "batch no-shift"]
FUNCTIONS = {
    "constant": lambda v: torch.tensor(v),
    "Conv": lambda i, a: torch.nn.functional.conv2d(*i, stride=a["strides"], padding=a["pads"][:2]),
    "MaxPool": lambda i, a: torch.nn.functional.max_pool2d(*i, a["kernel_shape"], a["strides"]),
    "AveragePool": lambda i, a: torch.nn.functional.avg_pool2d(*i, a["kernel_shape"], a["strides"]),
    "Gemm": lambda i, a: i[0] @ (i[1].T if a["transB"] else i[1]),
    "ReduceMean": lambda i, a: i[0].mean(a["axes"], keepdim=True),
    "Reshape": lambda i, a: i[0].reshape([n or i[0].shape[k] for k, n in enumerate(i[1].tolist())]),
    "Flatten": lambda i, a: i[0].flatten(a["axis"]),
    "Add": lambda i, a: i[0] + i[1], "Sub": lambda i, a: i[0] - i[1],
    "Mul": lambda i, a: i[0] * i[1], "Div": lambda i, a: i[0] / i[1],
    "Max": lambda i, a: torch.maximum(*i), "Sqrt": lambda i, a: i[0].sqrt(),
    "Tanh": lambda i, a: i[0].tanh(), "Relu": lambda i, a: i[0].relu(),
    "Softmax": lambda i, a: i[0].softmax(a["axis"])}


def network(norms, weights):
    blocks = [
    f"    - {{type: block, channels: {6 if i < 2 else 12}, padding: 1, "
    f"stride: {2 if i in (0, 2) else 1}, skip: {'true' if i in (1, 3) else 'false'}, "
    f"bias: {'true' if i % 2 else 'false'}, norm: '{norm}'}}" for i,
     norm in enumerate(norms)]
    return "\n".join(["network:", f"  weights: {weights}", "  layers:", *blocks,
                      "    - {type: avg-pool, size: 7}", "    - {type: linear, channels: 10}",
                      "training: {epochs: 8, batch: 20}", "optimizer: {type: adam, lr: 0.01}", ""])


def load_module(path):
    spec = importlib.util.spec_from_file_location("exported", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def close(test, what, found, wanted):
    found = numpy.asarray(found)
    test.check(
    found.shape == wanted.shape and not abs(
        found - wanted).max() > CLOSE and numpy.isfinite(found).all(),
         f"{what}: {abs(found - wanted).max() if found.shape == wanted.shape else found.shape}")


def check_network(test, file, images, statistics, wanted):
    options = ["--statistics", statistics] if statistics else []
    test.run_well(
    "export",
    file,
    "--torch",
    "net.py",
    "--onnx",
    "net.onnx",
    "--overwrite",
     *options)
    what = f"{file} {statistics}"
    with torch.no_grad():
        net = load_module("net.py").load(file)
        close(test, f"{what}: torch", net.probabilities(torch.tensor(images)), wanted)
        model = Onnx(read("net.onnx"))
        logits, probabilities = model.run(torch.tensor(images), FUNCTIONS)
        close(test, f"{what}: ONNX", probabilities, wanted)
        close(test, f"{what}: logits", logits.softmax(1), wanted)
    with h5py.File(file) as f:
        names = set(f["model"]) - {n for n in f["model"] if n.endswith("num_batches_tracked")}
        norm = f["config"].attrs["network.norm"].decode()
        test.check(set(net.state_dict()) == set(f["model"]), f"{what}: {set(net.state_dict())}")
    unused = {n for n in names if n not in model.constants}
    test.check(all(n.endswith("running_mean") for n in unused), f"{what}: without {unused}")
    test.check(model.outputs == ["logits", "probabilities"] and model.about["norm"] == norm
               and model.about["file"] == file, f"{what}: {model.about}")
    if onnx:
        onnx.checker.check_model(onnx.load("net.onnx"), full_check=True)
        session = onnxruntime.InferenceSession("net.onnx", providers=["CPUExecutionProvider"])
        close(test, f"{what}: onnxruntime", session.run(
            ["probabilities"], {"image": images})[0], wanted)
        one = session.run(["probabilities"], {"image": images[3:4]})[0]
        close(test, f"{what}: one image", one, wanted[3:4])


def check_run(test, config, images, *settings):
    """Trains, and compares with /predictions, and with /evaluation by other statistics."""
    out = config.replace(".yaml", ".h5")
    options = [word for setting in settings for word in ("--set", setting)]
    test.run_well("train", config, "--data", "digits", "--out", out, *options)
    with h5py.File(out) as f:
        wanted = f["predictions/probability"][()]
        ways = [way.decode() for way in f["evaluation/statistics"][()]] if "statistics" in \
            f.get("evaluation", {}) else []
        others = {way: f["evaluation/probability"][k] for k, way in enumerate(ways)}
        test.check(wanted.std(0).max() > 1e-4, f"{config}: nothing learned: {wanted.std(0)}")
        used = f["evaluation"].attrs["used"].decode() if "evaluation" in f else "none"
    if used != "batch":
        check_network(test, out, images, None, wanted)
    for way in others:
        if way in ("running", "population") and way != used:
            check_network(test, out, images, way, others[way])
    return out


def check_refused(test, file):
    for words, arguments in (
            ("give --statistics running or population",
             [file, "--onnx", "x.onnx", "--statistics", "batch"]),
            ("nothing to write", [file]), ("net.py is there already", [file, "--torch", "net.py"]),
            ("takes the network of one file", [file, "mixed.h5", "--onnx", "x.onnx"]),
            ("no FILE", ["--onnx", "x.onnx"]),
            ("no-such", ["mixed.h5", "--onnx", "no-such/x.onnx"])):
        before = read("net.py")
        outcome = test.run("export", *arguments)
        test.check(
    outcome.status in (
        2,
        3) and len(
            errors(
                outcome.err)) == 1 and words in outcome.err,
                 f"{arguments}: {outcome.status} {outcome.err}")
        test.check(not os.path.exists("x.onnx") and read(
            "net.py") == before and not litter(), f"{words}")


def main():
    test = Test(__doc__)
    torch.set_num_threads(1)
    test.run_well("data", "synthesize", "digits", "--train", "200", "--test", "20")
    items, sizes = read_idx("digits/t10k-images-idx3-ubyte")
    images = numpy.frombuffer(items, numpy.uint8).reshape(
        sizes[0], 1, *sizes[1:]).astype("f4") / 255
    norms = [norm for norm in test.norms() if not norm.startswith("over")] + GENERAL
    for first in range(0, len(norms), 4):
        config = write(f"net{first}.yaml", network((norms[first:] + norms)[:4],
                                                   "standardized" if first % 8 else "plain"))
        check_run(test, config, images)
    write("mixed.yaml", MIXED)
    check_run(test, "mixed.yaml", images, "training.ema=0.5", "training.epochs=8")
    write("batch.yaml", network(["batch", "batch:7"], "plain"))
    file = check_run(test, "batch.yaml", images, "evaluate.statistics=batch")
    check_refused(test, file)
    test.finish()


if __name__ == "__main__":
    main()
