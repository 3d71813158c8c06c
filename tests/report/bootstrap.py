"""The bootstrap interval of include/report/statistics.h in NumPy, resample by resample."""

from statistics import NormalDist

import numpy

DRAWS, SEED, RESAMPLE = 10000, 1, 6
NORMAL = NormalDist()


def philox(counter, key):
    """Philox 4x32 with 10 rounds (Salmon et al. 2011): counter [4][n], key [2], of 32-bit words."""
    c0, c1, c2, c3 = (numpy.asarray(word, numpy.uint64) for word in counter)
    k0, k1 = (int(word) for word in key)
    low = numpy.uint64(0xffffffff)
    half = numpy.uint64(32)
    for _ in range(10):
        a, b = numpy.uint64(0xD2511F53) * c0, numpy.uint64(0xCD9E8D57) * c2
        c0, c1, c2, c3 = ((b >> half) ^ c1 ^ numpy.uint64(k0), b & low,
                          (a >> half) ^ c3 ^ numpy.uint64(k1), a & low)
        k0, k1 = (k0 + 0x9E3779B9) % 2 ** 32, (k1 + 0xBB67AE85) % 2 ** 32
    return c0, c1, c2, c3


def resamples(n):
    """Indices [DRAWS][n]: of a draw, one word of its stream after another, each w to w n / 2^32."""
    words = philox(([SEED], [0], [RESAMPLE], [0]), (0x6e6f726d, 0x6c616221))
    key = [int(word[0]) for word in words]
    draw = numpy.arange(DRAWS)
    words = []
    for block in range(-(-n // 4)):
        words += philox((draw, 0 * draw, 0 * draw + block, 0 * draw), key[:2])
    product = numpy.array(words[:n]) * numpy.uint64(n)
    # Words that Lemire's method would draw again are one in 2^32 / n.
    assert ((product & numpy.uint64(0xffffffff)) >= 2 ** 32 % n).all()
    return (product >> numpy.uint64(32)).astype(int).T


def bca(x, confidence=0.95):
    """Efron 1987, equations 4.1 and 6.6 for the mean; a resample that ties with it counts half."""
    x = numpy.asarray(x, float)
    means = numpy.sort(x[resamples(len(x))].mean(1))
    d = x - x.mean()
    acceleration = (d ** 3).sum() / (6 * (d ** 2).sum() ** 1.5)
    ties = numpy.isclose(means, x.mean(), rtol=0, atol=1e-9 * numpy.abs(means).max())
    share = ((means < x.mean()) & ~ties).mean() + ties.mean() / 2
    bias = NORMAL.inv_cdf(share)
    ends = []
    for tail in ((1 - confidence) / 2, (1 + confidence) / 2):
        z = bias + NORMAL.inv_cdf(tail)
        ends.append(numpy.quantile(means, NORMAL.cdf(bias + z / (1 - acceleration * z))))
    return ends
