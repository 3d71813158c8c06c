"""Every norm of the program, and general ones, in networks whose layers have norms of their own: the
same bits for any ranks and threads, on each instruction set, and after any interruption.

Each network has as many norms as layers, so that few runs go through all of them. Batches are odd,
the last one is smaller, and some ranks have no sample. Batch renormalization is past the beginning
of its correction, and reaches its limits, within the run; all evaluations are taken each epoch.
"""

import os
import signal
import time

from harness import PATIENT, Test, errors, write

# Of 6 channels. What the program lists comes first.
GENERAL = ["over(n:3,c:2,h,w)", "over(n,w)", "over(n:4,c,w) affine:column", "over(c:3)",
           "over(n:2) affine:element", "rms-over(n:5,c:C/2,h,w) shift", "over(c,w) affine:none",
           "over(n,c)", "rms-batch", "rms-position affine:element", "rms-layer:chw", "batch no-shift",
           "batch-group:3 affine:none", "rms-instance shift", "renorm:5", "over(n:7,c:3,w) no-shift"]
BLOCKS = 5  # of a network
SKIPS, POOL = (1, 3), 2
RENORM = "renorm: {begin: 2, r_end: 6, d_end: 5, r_max: 1.5, d_max: 0.5}\n"
N_TRAIN, EPOCHS, STOPPED = 45, 3, 75
# No last batch of one sample, in which a pixel over samples would have nothing to be compared with.
BATCHES = [7, 3, 20, 16, 13, 6]
LAYOUTS = [(0, 2), (0, 3), (2, 1), (3, 2), (4, 1), (5, 1), (5, 3)]  # ranks, threads


def network(norms, batch):
    lines = ["network:", "  dropout: 0.1", "  layers:"]
    for i, norm in enumerate(norms):
        skip = ", skip: true" if i in SKIPS else ""
        stride = ", stride: 2" if i == 0 else ""
        lines.append(f"    - {{type: block, channels: 6, padding: 1{stride}{skip}, norm: '{norm}'}}")
        if i == POOL:
            lines.append("    - {type: max-pool, size: 2}")
    lines += ["    - {type: global-avg-pool}", "    - {type: linear, channels: 10}",
              f"training: {{epochs: {EPOCHS}, batch: {batch}}}", "optimizer: {lr: 0.03}",
              "evaluate: {each_epoch: true}"]
    return "\n".join(lines) + "\n" + RENORM


def networks(test):
    """(name of a configuration, its norms), in which each norm of the program has a place."""
    specs = [norm for norm in test.norms() if norm != "none"] + GENERAL
    made = []
    shuffled = test.random.sample(specs, len(specs))
    for first in range(0, len(shuffled), BLOCKS):
        norms = (shuffled[first:] + shuffled)[:BLOCKS]
        name = f"net{len(made)}.yaml"
        write(name, network(norms, BATCHES[len(made) % len(BATCHES)]))
        made.append((name, norms))
    return made


def train(test, config, out, *options, **how):
    test.run_well("train", config, "--data", "digits", "--out", out, "--overwrite", *options, **how)
    return test.digest(out)


def layouts_agree(test, number, config, norms):
    """Two of all layouts, with --long all of them; all evaluations are in the digest."""
    wanted = train(test, config, "whole.h5")
    layouts = LAYOUTS if test.long else [LAYOUTS[(2 * number + k) % len(LAYOUTS)] for k in (0, 3)]
    for ranks, threads in layouts:
        found = train(test, config, "other.h5", ranks=ranks, threads=threads)
        test.check(wanted and found == wanted,
                   f"{norms}: {ranks or 1} x {threads}: {found}, not {wanted}")
    return wanted


def instruction_sets_agree(test, config, norms, wanted):
    for isa in ("portable", "avx2", "avx512"):
        if test.run("--version", NORMLAB_ISA=isa).status:
            print(f"left out: NORMLAB_ISA={isa}, which this machine or build lacks")
            continue
        found = train(test, config, "isa.h5", NORMLAB_ISA=isa)
        test.check(found == wanted, f"{norms}: {isa}: {found}, not {wanted}")


def forget(name):
    for left in (name, f"{name}.prev"):
        if os.path.exists(left):
            os.unlink(left)


def stopped_after_steps(test, config, norms, wanted):
    """By its limit, after each step or two, and gone on with by other ranks."""
    forget("cut.h5")
    n, status = 0, STOPPED
    while status == STOPPED and n < 3 * N_TRAIN:
        outcome = test.run("train", config, "--data", "digits", "--out", "cut.h5", "--resume",
                           "--time-limit", "0.0001s", ranks=[0, 0, 0, 2][n % 4],
                           threads=1 + n % 3)
        status, n = outcome.status, n + 1
    test.check(status == 0 and n > EPOCHS, f"{norms}: {n} starts, status {status}: {outcome.err}")
    found = test.digest("cut.h5")
    test.check(found == wanted, f"{norms}: stopped {n - 1} times: {found}, not {wanted}")


def killed(test, config, norms, wanted):
    """Without a chance to save, some time after each checkpoint of a step."""
    forget("killed.h5")
    words = ["train", config, "--data", "digits", "--out", "killed.h5", "--set", "checkpoint.every=1",
             "--resume"]
    n = 0
    for _ in range(4):
        before = os.stat("killed.h5").st_mtime_ns if os.path.exists("killed.h5") else 0
        run = test.start(*words)
        while run.wait(0.005) is None:
            if os.path.exists("killed.h5") and os.stat("killed.h5").st_mtime_ns != before:
                time.sleep(test.random.uniform(0, 0.02))
                run.signal(signal.SIGKILL, run.ranks())
                break
        n += run.wait(PATIENT) != 0
    test.run_well(*words)
    found = test.digest("killed.h5")
    test.check(n > 0 and found == wanted, f"{norms}: killed {n} times: {found}, not {wanted}")


def scopes_matter(test, config):
    """renorm.* has an effect on networks that have such a norm in some layer, and on no other."""
    plain = network(["layer"] * BLOCKS, 16).replace(RENORM, "")
    write("plain.yaml", plain)
    write("idle.yaml", plain + "name: plain\n" + RENORM)
    write("one.yaml", network(["layer", "renorm:4", *["layer"] * (BLOCKS - 2)], 16))
    digests = [train(test, f"{name}.yaml", f"{name}.h5") for name in ("plain", "idle", "one")]
    test.check(digests[0] == digests[1] != digests[2], f"renorm.*: {digests}")
    text = test.run_well("compare", "plain.h5", "idle.h5").out
    test.check("renorm" not in text, f"another variant: {text}")
    wanted = test.run_well("train", "plain.yaml", "--data", "digits", "--print-out").out
    found = test.run_well("train", "idle.yaml", "--data", "digits", "--print-out").out
    test.check(wanted == found, f"another name: {found}")
    outcome = test.run("train", "plain.yaml", "--data", "digits", "--set", "renorm.begin=0.1")
    test.check(outcome.status == 2 and len(errors(outcome.err)) == 1 and
               "--set renorm.begin=0.1: means nothing here; it does only if the norm of a layer is "
               "one of renorm, renorm:N" in outcome.err, f"{outcome}")
    later = train(test, "one.yaml", "later.h5", "--set", "renorm.begin=4")
    test.check(later not in (None, digests[2]), "renorm.begin changes nothing")
    name = test.run_well("train", "one.yaml", "--data", "digits", "--set", "renorm.begin=4",
                         "--print-out").out
    test.check("begin4" in name, f"no name of its own: {name}")
    outcome = test.run_well("train", "plain.yaml", "--data", "digits", "--norm", "layer", "--out",
                            "resolved.h5")
    test.check("renorm" not in outcome.out, f"the resolved configuration: {outcome.out}")


def main():
    test = Test(__doc__)
    test.run_well("data", "synthesize", "digits", "--train", N_TRAIN, "--test", 19)
    seen = set()
    for number, (config, norms) in enumerate(networks(test)):
        wanted = layouts_agree(test, number, config, norms)
        test.check(wanted not in seen, f"{norms}: the results of another network")
        seen.add(wanted)
        if test.long or number % 3 == 0:
            instruction_sets_agree(test, config, norms, wanted)
        if test.long or number % 3 == 1:
            stopped_after_steps(test, config, norms, wanted)
        if test.long or number % 3 == 2:
            killed(test, config, norms, wanted)
    scopes_matter(test, "plain.yaml")
    test.finish()


main()
