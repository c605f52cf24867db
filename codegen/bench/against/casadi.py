"""A case in, CasADi's derivative out: of matrices or, where that is quicker, of scalars; called in place."""
from functools import cache
from timeit import timeit
from types import SimpleNamespace

import numpy as np

from .unable import Unable

NAME, LIBRARY = "CasADi", "casadi"
MOST_SCALARS = 20_000           # entries of a case that is tried expanded to scalars
LONGEST_LINE = 100_000
MOST_OUTPUTS = 100_000


class Tensor:
    """A matrix of CasADi's with NumPy's axes: vectors are columns, and broadcasting is by repetition."""

    def __init__(self, matrix, rank):
        self.matrix, self.rank = matrix, rank

    @property
    def shape(self):
        """The lengths of its axes."""
        return self.matrix.shape[:self.rank]

    def _with(self, other, combine):
        """combine(a, b) of two tensors or numbers of the same sizes, after repetition."""
        import casadi
        if not isinstance(other, Tensor):
            return Tensor(combine(self.matrix, other), self.rank)
        a, b = self, other
        rank = max(a.rank, b.rank)
        if rank == 2:
            a, b = a._row(), b._row()
        rows, columns = (max(x, y) for x, y in zip(a.matrix.shape, b.matrix.shape))

        def repeated(m):
            return m if m.is_scalar() else casadi.repmat(m, rows//m.shape[0], columns//m.shape[1])

        return Tensor(combine(repeated(a.matrix), repeated(b.matrix)), rank)

    def _row(self):
        return Tensor(self.matrix.T, 2) if self.rank == 1 else self

    def __add__(self, other):
        return self._with(other, lambda a, b: a + b)

    def __sub__(self, other):
        return self._with(other, lambda a, b: a - b)

    def __mul__(self, other):
        return self._with(other, lambda a, b: a*b)

    def __truediv__(self, other):
        return self._with(other, lambda a, b: a/b)

    __radd__, __rmul__ = __add__, __mul__

    def __rsub__(self, other):
        return self._with(other, lambda a, b: b - a)

    def __rtruediv__(self, other):
        return self._with(other, lambda a, b: b/a)

    def __neg__(self):
        return Tensor(-self.matrix, self.rank)

    def __pow__(self, power):
        return Tensor(self.matrix**power, self.rank)

    def __matmul__(self, other):
        return Tensor(self.matrix @ other.matrix, other.rank)

    def __getitem__(self, index):
        if index == (slice(None), None):
            return Tensor(self.matrix, 2)
        if self.rank == 2:
            rows = self.matrix[index, :]
            return Tensor(rows, 2) if isinstance(index, slice) else Tensor(rows.T, 1)
        return Tensor(self.matrix[index], int(isinstance(index, slice)))


def _unable(why):
    def refuse(*_, **__):
        raise Unable(why)
    return refuse


@cache
def words():
    """The functions of a model."""
    import casadi

    def each(function):
        return lambda x: Tensor(function(x.matrix), x.rank) if isinstance(x, Tensor) else float(function(x))

    def total(x, axis=None):
        return Tensor(casadi.sum1(casadi.sum2(x.matrix)), 0) if axis is None else Tensor(casadi.sum2(x.matrix), 1)

    def log_softmax(z):
        below = casadi.log(casadi.sum2(casadi.exp(z.matrix)))
        return Tensor(z.matrix - casadi.repmat(below, 1, z.matrix.shape[1]), 2)

    return SimpleNamespace(
        exp=each(casadi.exp), log=each(casadi.log), log1p=each(casadi.log1p), tanh=each(casadi.tanh),
        sin=each(casadi.sin), sqrt=each(casadi.sqrt), erf=each(casadi.erf), relu=each(lambda z: casadi.fmax(z, 0)),
        softplus=each(lambda z: casadi.fmax(z, 0) + casadi.log1p(casadi.exp(-casadi.fabs(z)))), sum=total,
        mean=lambda x: total(x)/(x.matrix.shape[0]*x.matrix.shape[1]), log_softmax=log_softmax,
        loggamma=_unable("it has no log-gamma function"), concatenate=_unable("it has no arrays of three axes"),
        sigmoid=each(lambda z: 1/(1 + casadi.exp(-z))), max=lambda x: Tensor(casadi.mmax(x.matrix), 0), scan=_scan,
        logsumexp=lambda x, axis: Tensor(casadi.logsumexp(x.matrix), 0),
        reshape=lambda x, shape: Tensor(casadi.reshape(x.matrix, *reversed(shape)).T, len(shape)))


def _scan(body, state, xs):
    """Its loop: a step is a function of scalars, called over and over."""
    import casadi
    many = isinstance(xs, list)
    xs = xs if many else [xs]
    before = [casadi.MX.sym("s", *one.matrix.shape) for one in state]
    each = [casadi.MX.sym("x", one.matrix.shape[1]) for one in xs]
    entries = [Tensor(x, 1) for x in each]
    after, y = body([Tensor(s, 1) for s in before], entries if many else entries[0])
    whole, known = casadi.vertcat(*[one.matrix for one in after]), {s.__hash__() for s in (*before, *each)}
    free = [s for s in casadi.symvar(casadi.vertcat(whole, y.matrix)) if s.__hash__() not in known]
    held = casadi.MX.sym("state", whole.shape[0])
    edges = [0, *casadi.cumsum(casadi.DM([s.shape[0] for s in before])).full().ravel().astype(int).tolist()]
    parts = casadi.vertsplit(held, edges)
    inner = casadi.Function("inner", [*before, *each, *free], [whole, y.matrix])
    step = casadi.Function("step", [held, *each, *free], inner(*parts, *each, *free)).expand()
    count = xs[0].matrix.shape[0]
    first = casadi.vertcat(*[one.matrix for one in state])
    states, found = step.mapaccum("loop", count)(first, *[x.matrix.T for x in xs],
                                                 *[casadi.repmat(one, 1, count) for one in free])
    return [Tensor(s, 1) for s in casadi.vertsplit(states[:, -1], edges)], Tensor(found.T, 2)


def prepare(case):
    """(call, reading), as ours."""
    import casadi
    if case.asked == "training":
        raise Unable("it has no loop of training")
    if case.dtype != "float64":
        raise Unable("it has no float32")
    if (case.operations or 0) > LONGEST_LINE or case.asked == "jacobian" and case.entries > MOST_OUTPUTS:
        raise Unable("too large for it")
    function = _function(case, casadi.SX if case.operations else casadi.MX)
    made = [_called(function, case)]
    sweeps = case.values[case.wrt[0]].size if case.asked == "hessian" else 1
    if not case.operations and case.entries*sweeps <= MOST_SCALARS:
        try:
            made.append(_called(function.expand(), case))
        except RuntimeError:                            # something in it has no form in scalars
            pass
    return min(made, key=lambda one: _quickest(one[0]))


def _quickest(call):
    call()
    return min(timeit(call, number=1) for _ in range(5))


def _function(case, kind):
    import casadi
    symbols = {name: Tensor(kind.sym(name, *np.shape(value)), np.ndim(value)) for name, value in case.values.items()}
    value, wrt = case.model(words(), symbols).matrix, [symbols[name].matrix for name in case.wrt]
    if case.asked == "gradient":
        outputs = [value, *[casadi.gradient(value, x) for x in wrt]]
    elif case.asked == "jacobian":
        outputs = [casadi.jtimes(value, x, kind(1)) for x in wrt]
    else:
        outputs = [casadi.hessian(value, wrt[0])[0]]
        if case.asked == "product":
            outputs = [casadi.jtimes(casadi.gradient(value, wrt[0]), wrt[0], casadi.DM(case.direction))]
    outputs = [casadi.densify(one) for one in outputs]
    return casadi.Function("f", [t.matrix for t in symbols.values()], outputs)


def _called(function, case):
    """The function called through memory that stays in place."""
    buffer, run = function.buffer()
    given = [np.ravel(np.asarray(value, float), order="F") for value in case.values.values()]
    found = [np.zeros(function.numel_out(k)) for k in range(function.n_out())]
    for put, arrays in ((buffer.set_arg, given), (buffer.set_res, found)):
        for k, array in enumerate(arrays):
            put(k, memoryview(array))
    shapes = [function.size_out(k) for k in range(function.n_out())]

    def call(kept=(buffer, given)):                 # their memory stays as long as the call
        run()
        return found

    def reading(found):
        return [np.squeeze(array.reshape(shape, order="F")) for array, shape in zip(found, shapes)]

    return call, reading
