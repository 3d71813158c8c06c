"""First weights that show more than those of a new network, by a seed alone; without PyTorch."""
import h5py
import numpy

STEPS = 4096  # to either side: products with powers of two, so the same everywhere
TRACKED = 3  # batches that batch norm has seen


def draw(shapes, seed):
    """Arrays for {name: shape} of a state_dict. gamma is not 1 and beta not 0, where an error in
    either would not be seen and L1 has its kink; running statistics are those of a network in use.
    RandomState never changes its numbers."""
    random, drawn = numpy.random.RandomState(seed), {}
    for name in sorted(shapes):
        shape = shapes[name]
        share = random.randint(-STEPS, STEPS + 1, shape) / STEPS
        leaf = name.rsplit(".", 1)[1]
        if leaf == "num_batches_tracked":
            drawn[name] = numpy.int64(TRACKED)
            continue
        if leaf == "running_var" or (leaf == "weight" and ".norm." in f".{name}."):
            value = 1 + share / 4
        elif leaf in ("bias", "running_mean"):
            value = share / 4
        else:
            value = share / numpy.sqrt(numpy.prod(shape[1:]))
        drawn[name] = value.astype(numpy.float32)
    return drawn


def shapes_of(file):
    """Of the network in a result file."""
    return {name: array.shape for name, array in file["/model"].items()}


def write(path, arrays):
    """For --init."""
    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            file[name] = array
