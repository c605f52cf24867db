"""A function of graph nodes and values of its inputs in; its derivatives of first, second and third order are checked.

Against differences of `evaluate`, forward against reverse, and by the identities that need no reference.
"""
import numpy as np

from symdiff.derive import gradient, hessian, hvp, jacobian, jvp, vjp
from symdiff.evaluate import bind_sizes
from symdiff.evaluate import evaluate as evaluated
from symdiff.graph import check
from symdiff.primitives.build import elementwise, total
from symdiff.primitives.leaf import data, input

STENCIL = ((1, 45), (2, -9), (3, 1))                    # six points: f' = Σ c·(f(x + kh) − f(x − kh))/(60h)


def numeric(function, x, h=4e-3):
    """∂function/∂x by six-point differences, of sizes value + x."""
    columns = []
    for k in range(x.size):
        def moved(step):
            y = np.array(x, dtype=float)
            y.flat[k] += step
            return np.asarray(function(y))
        columns.append(sum(c*(moved(m*h) - moved(-m*h)) for m, c in STENCIL)/(60*h))
    value = np.asarray(function(x))
    out = np.stack(columns, -1) if columns else np.zeros(value.shape + (0,))
    return out.reshape(value.shape + x.shape)


def near(a, b, rtol, what=""):
    a, b = np.asarray(a), np.asarray(b)
    assert a.shape == b.shape, f"{what}: {a.shape} is not {b.shape}"
    assert np.all(np.isfinite(a)) and np.all(np.isfinite(b)), f"{what}: not finite"
    scale = max(1.0, np.max(np.abs(b), initial=0))
    assert np.max(np.abs(a - b), initial=0) <= rtol*scale, f"{what}: {np.max(np.abs(a - b))} apart"


def evaluate(outputs, values):
    """The outputs' values; sizes are told by all inputs, those that the outputs lack included."""
    known = bind_sizes({name: (SIZES[name], np.shape(value)) for name, value in values.items() if name in SIZES})
    return evaluated(outputs, values, known)


SIZES = {}                                              # of the inputs of the function that is being checked


def verify(function, symbolic=(), second=True, h=4e-3, **values):
    """Check `function(*nodes)`, one node in and one out, at the values; `symbolic` gives sizes for inputs by name."""
    symbolic = dict(symbolic)
    values = {name: np.asarray(value, dtype=float) for name, value in values.items()}
    wrt = [input(name, symbolic.get(name, value.shape)) for name, value in values.items()]
    SIZES.clear()
    SIZES.update({w.attributes[0]: w.sizes for w in wrt})
    output = function(*wrt)
    check([output])
    shape = evaluate([output], values)[0].shape
    reverse, forward = jacobian(output, wrt, "reverse"), jacobian(output, wrt, "forward")
    check([*reverse, *forward])
    for w, r, f in zip(wrt, reverse, forward):
        name = w.attributes[0]
        assert r.sizes == f.sizes == output.sizes + w.sizes
        got, other = evaluate([r, f], values)
        near(got, numeric(lambda x: evaluate([output], values | {name: x})[0], values[name], h), 1e-7, f"∂/∂{name}")
        near(other, got, 1e-11, f"forward and reverse in {name}")
    _products(output, wrt, values, shape)
    if second:
        _second(output, wrt, values, shape, h)
    return output


def _products(output, wrt, values, shape):
    """⟨u, Jv⟩ = ⟨Jᵀu, v⟩."""
    rng = np.random.default_rng(5)
    u = rng.normal(size=shape)
    v = [rng.normal(size=values[w.attributes[0]].shape) for w in wrt]
    names = [input(f"v{k}", w.sizes) for k, w in enumerate(wrt)]
    forward = jvp([output], wrt, names)[0]
    backward = vjp([output], wrt, [input("u", output.sizes)])
    all_values = values | {"u": u} | {f"v{k}": x for k, x in enumerate(v)}
    jv, *jtu = evaluate([forward, *backward], all_values)
    near(np.sum(u*jv), sum(np.sum(a*b) for a, b in zip(jtu, v)), 1e-12, "⟨u, Jv⟩ = ⟨Jᵀu, v⟩")


def _second(output, wrt, values, shape, h):
    """Hessian of Σ c·y² against differences of the gradient; symmetric; H·v; and the derivative of H·v once more."""
    rng = np.random.default_rng(6)
    if all(type(n) is int for n in output.sizes):
        c = data(rng.normal(size=shape))
        scalar = total(elementwise("mul", c, elementwise("mul", output, output)))
    else:
        scalar = total(elementwise("mul", output, output))
    first = gradient(scalar, wrt)
    blocks = hessian(scalar, wrt)
    check([*blocks.values()])
    names = [input(f"v{k}", w.sizes) for k, w in enumerate(wrt)]
    products = hvp(scalar, wrt, names)
    vectors = {f"v{k}": rng.normal(size=values[w.attributes[0]].shape) for k, w in enumerate(wrt)}
    expected = [0 for _ in wrt]
    for j, w in enumerate(wrt):
        name = w.attributes[0]
        for i in range(len(wrt)):
            got = evaluate([blocks[i, j]], values)[0]
            near(got, numeric(lambda x: evaluate([first[i]], values | {name: x})[0], values[name], h), 1e-6, f"H{i}{j}")
            a, b = len(wrt[i].sizes), len(wrt[j].sizes)
            turned = np.transpose(evaluate([blocks[j, i]], values)[0], (*range(b, a + b), *range(b)))
            near(got, turned, 1e-11, "symmetry")
            both = [jacobian(first[i], [w], mode)[0] for mode in ("forward", "reverse")]
            near(*evaluate(both, values), 1e-10, "forward over reverse")
            expected[i] = expected[i] + np.tensordot(got, vectors[f"v{j}"], b)
    for got, want in zip(evaluate(products, values | vectors), expected):
        near(got, want, 1e-10, "H·v")
    along = total(elementwise("mul", products[0], products[0]))
    name = wrt[-1].attributes[0]
    third = gradient(along, [wrt[-1]])[0]
    near(evaluate([third], values | vectors)[0],
         numeric(lambda x: evaluate([along], values | vectors | {name: x})[0], values[name], h), 1e-6, "third order")
