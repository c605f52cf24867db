"""A case in, {name: call} out: what no derivative can be quicker than, measured beside it."""
import numpy as np

from codegen.threads import count, share

from ..handwritten import Handwritten

LARGE = 4_000_000               # entries of data from which on reading them once is the limit


def limits(case):
    """The kernel by hand of a logistic regression; reading its data once; the matrix products of a network alone."""
    found = {}
    if "logistic" in case.limit:
        by_hand = Handwritten(case.values["X"], case.values["y"])
        x = np.append(case.values["w"], case.values["b"])
        found["by hand"] = lambda: by_hand.fun_and_jac(x)
        if case.entries >= LARGE:
            found["data read once"] = lambda: _read(case.values["X"])
    if "products" in case.limit:
        found["products alone"] = _products(*case.limit["products"], case.dtype)
    return found


def _read(X):
    """Every entry once, by all threads."""
    rows, parts = len(X), count()
    flat = X.reshape(-1)
    width = X.shape[1]
    share(lambda low, high, _: [np.max(flat[rows*k//parts*width:rows*(k + 1)//parts*width]) for k in range(low, high)],
          parts, parts)


def _products(widths, n, dtype):
    """The products that value and gradient of dense layers need, by NumPy's BLAS into memory that is there."""
    rng = np.random.default_rng(0)
    made = []
    for k, (a, b) in enumerate(zip(widths, widths[1:])):
        h, W, dz = (rng.normal(size=shape).astype(dtype) for shape in ((n, a), (a, b), (n, b)))
        made += [(h, W, np.empty((n, b), dtype)), (h.T, dz, np.empty((a, b), dtype))]
        if k:
            made.append((dz, W.T, np.empty((n, a), dtype)))

    def call():
        for a, b, out in made:
            np.matmul(a, b, out=out)

    return call
