"""Reads the record of fixture.c as people would; leaves with an error if anything differs."""
import sys

import h5py
import numpy as np

path, generation = sys.argv[1], int(sys.argv[2])
with h5py.File(path, "r") as file:
    assert file.userblock_size == 512
    assert list(file["model"]) == ["stem.conv.weight", "layers.10.bias", "layers.2.bias"]
    weights = file["model/stem.conv.weight"]
    assert weights.shape == (4, 1, 3, 3) and weights.dtype == np.float32
    expected = np.float32(generation + 1) / np.arange(3, 39, dtype=np.float32)
    assert np.array_equal(weights[()].ravel(), expected)
    assert file["config/result"][()].decode() == "lr: 0.1\n"
    assert file["config/yaml"].asstr()[()] == "optimizer: {lr: 0.1}\n# é\n"
    assert file["config"].attrs["optimizer.lr"] == 0.1
    assert file["environment"].attrs["ranks"] == 4
    assert file.attrs["version"] == 1
    loss = file["metrics/epoch/test_loss"]
    assert loss.dims[0][0] == file["metrics/epoch/epoch"]
    assert loss.dims[0][0].is_scale if hasattr(h5py.Dataset, "is_scale") else True
    assert np.array_equal(loss[()], 1.0 / (generation + np.arange(5) + 1.0))
    assert list(file["layers/layer"].asstr()) == ["0 conv", "", "é"]
    assert file["predictions/none"].shape == (0, 28, 28)
    assert file["predictions/label"][1] == 2**63 - 1

    def check(name, thing):
        if isinstance(thing, h5py.Dataset):
            assert "description" in thing.attrs and "units" in thing.attrs, name

    file.visititems(check)
