"""Layers against NumPy and SciPy written by hand, and against PyTorch where it is installed."""
import numpy as np
import pytest
from scipy.signal import correlate

import symdiff as sd
from symdiff.derive import gradient
from symdiff.evaluate import evaluate
from symdiff.models import layers as L
from symdiff.primitives.leaf import input as input_node
from symdiff.read import read

RNG = np.random.default_rng(5)
n = sd.sizes("n")


def value(expression, **values):
    return evaluate([read(expression)], values)[0]


def slope(expression, name, *sizes, **values):
    wrt, = gradient(read(sd.sum(expression)), [input_node(name, sizes)])
    return evaluate([wrt], values)[0]


def differences(expression, name, values, step=1e-6):
    out = np.zeros_like(values[name])
    for at in np.ndindex(out.shape):
        ends = []
        for sign in (1, -1):
            moved = values[name].copy()
            moved[at] += sign*step
            ends.append(value(expression, **{**values, name: moved}).sum())
        out[at] = (ends[0] - ends[1])/(2*step)
    return out


X, W, B = RNG.normal(size=(5, 3)), RNG.normal(size=(3, 4)), RNG.normal(size=4)
x, w, b = sd.array("x", n, 3), sd.array("w", 3, 4), sd.array("b", 4)


@pytest.mark.parametrize("activation", ["tanh", np.tanh, sd.tanh])
def test_dense(activation):
    np.testing.assert_allclose(value(L.dense(x, w, b, activation), x=X, w=W, b=B), np.tanh(X @ W + B), rtol=1e-14)
    np.testing.assert_allclose(value(L.dense(x, w), x=X, w=W), X @ W, rtol=1e-14)
    vector = sd.array("v", 3)
    np.testing.assert_allclose(value(L.dense(x, vector, sd.array("c")), x=X, v=W[:, 0], c=2.0), X @ W[:, 0] + 2)


def test_residual_and_joined():
    branch = L.dense(x, w, b, "tanh")
    np.testing.assert_allclose(value(L.residual(x, branch, w), x=X, w=W, b=B), X @ W + np.tanh(X @ W + B), rtol=1e-14)
    np.testing.assert_allclose(value(L.joined(x, branch), x=X, w=W, b=B), np.hstack([X, np.tanh(X @ W + B)]))


def test_dropout_keeps_the_mean():
    mask = (RNG.random((5, 3)) > 0.25)*1.0
    np.testing.assert_allclose(value(L.dropout(x, sd.array("m", n, 3), 0.25), x=X, m=mask), X*mask/0.75, rtol=1e-15)


def test_layer_norm():
    g, s = sd.array("g", 3), sd.array("s", 3)
    G, S = RNG.normal(size=3), RNG.normal(size=3)
    m, v = X.mean(1, keepdims=True), X.var(1, keepdims=True)
    out = L.layer_norm(x, g, s)
    np.testing.assert_allclose(value(out, x=X, g=G, s=S), G*(X - m)/np.sqrt(v + 1e-5) + S, rtol=1e-13)
    np.testing.assert_allclose(slope(out**2, "x", n, 3, x=X, g=G, s=S),
                               differences(out**2, "x", {"x": X, "g": G, "s": S}), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("space", [(), (4,), (2, 3)])
def test_batch_norm(space):
    z = sd.array("z", n, *space, 3)
    Z = RNG.normal(size=(5, *space, 3))
    axes = tuple(range(Z.ndim - 1))
    expected = (Z - Z.mean(axes))/np.sqrt(Z.var(axes) + 1e-3)
    out = L.batch_norm(z, epsilon=1e-3)
    np.testing.assert_allclose(value(out, z=Z), expected, rtol=1e-12)
    cubed = out**3
    np.testing.assert_allclose(slope(cubed, "z", n, *space, 3, z=Z), differences(cubed, "z", {"z": Z}), rtol=1e-5,
                               atol=1e-6)


def test_a_constant_column_is_normalised_to_zero():
    out = L.batch_norm(x)
    np.testing.assert_array_equal(value(out, x=np.ones((5, 3))), np.zeros((5, 3)))
    assert np.isfinite(slope(out, "x", n, 3, x=np.ones((5, 3)))).all()


def test_embedding():
    E, words = sd.array("E", 6, 2), sd.array("k", n)
    table, k = RNG.normal(size=(6, 2)), np.array([1, 5, 1])
    np.testing.assert_array_equal(value(L.embedding(E, words), E=table, k=k), table[k])
    found = slope(L.embedding(E, words), "E", 6, 2, E=table, k=k)
    np.testing.assert_array_equal(found[:, 0], np.bincount(k, minlength=6))


def by_hand(x, K, stride, padding):
    """Σ x[n, i·stride + k, c]·K[k, c, f] by SciPy's correlation, channel by channel."""
    dimensions = K.ndim - 2
    x = np.pad(x, [(0, 0), *[(p, p) for p in padding], (0, 0)])
    rows = [[sum(correlate(row[..., c], K[..., c, f], "valid") for c in range(K.shape[-2]))
             for f in range(K.shape[-1])] for row in x]
    out = np.moveaxis(np.array(rows), 1, -1)
    return out[(slice(None), *[slice(None, None, s) for s in stride][:dimensions])]


@pytest.mark.parametrize("space, width, stride, padding", [
    ((9,), (3,), (1,), (0,)), ((9,), (4,), (2,), (1,)), ((6, 7), (3, 2), (1, 1), (0, 0)),
    ((6, 7), (3, 3), (2, 3), (1, 2)),
    ((4, 3, 3), (2, 2, 2), (1, 1, 1), (0, 0, 0)), ((5,), (5,), (1,), (0,)), ((1,), (1,), (1,), (0,)),
])
def test_convolution(space, width, stride, padding):
    z, k = sd.array("z", n, *space, 2), sd.array("k", *width, 2, 3)
    Z, K = RNG.normal(size=(2, *space, 2)), RNG.normal(size=(*width, 2, 3))
    out = L.convolution(z, k, stride=stride, padding=padding)
    np.testing.assert_allclose(value(out, z=Z, k=K), by_hand(Z, K, stride, padding), rtol=1e-12, atol=1e-13)


def test_the_slopes_of_a_convolution():
    z, k = sd.array("z", n, 5, 4, 2), sd.array("k", 3, 2, 2, 2)
    values = {"z": RNG.normal(size=(2, 5, 4, 2)), "k": RNG.normal(size=(3, 2, 2, 2)), "b": RNG.normal(size=2)}
    out = L.convolution(z, k, sd.array("b", 2), "tanh", stride=(2, 1), padding=1)
    for name, sizes in (("z", (n, 5, 4, 2)), ("k", (3, 2, 2, 2)), ("b", (2,))):
        np.testing.assert_allclose(slope(out, name, *sizes, **values), differences(out, name, values), rtol=1e-6,
                                   atol=1e-8)


def test_same_padding_keeps_the_lengths():
    z, k = sd.array("z", n, 5, 4, 1), sd.array("k", 3, 3, 1, 1)
    Z, K = RNG.normal(size=(2, 5, 4, 1)), RNG.normal(size=(3, 3, 1, 1))
    found = value(L.convolution(z, k, padding="same"), z=Z, k=K)
    expected = np.array([correlate(one[..., 0], K[..., 0, 0], "same") for one in Z])
    np.testing.assert_allclose(found[..., 0], expected, rtol=1e-12, atol=1e-13)


def test_pools():
    z = sd.array("z", n, 5, 6, 2)
    Z = RNG.normal(size=(3, 5, 6, 2))
    cut = Z[:, :4].reshape(3, 2, 2, 3, 2, 2)
    np.testing.assert_array_equal(value(L.max_pool(z, 2), z=Z), cut.max((2, 4)))
    np.testing.assert_allclose(value(L.mean_pool(z, 2), z=Z), cut.mean((2, 4)), rtol=1e-13)
    overlapping = np.array([[Z[:, i:i + 3, j:j + 2].max((1, 2)) for j in range(0, 5, 2)] for i in range(0, 3, 2)])
    np.testing.assert_array_equal(value(L.max_pool(z, (3, 2), 2), z=Z), np.moveaxis(overlapping, 2, 0))
    line = sd.array("t", n, 6, 2)
    np.testing.assert_array_equal(value(L.max_pool(line, 3), t=Z[:, 0]), Z[:, 0].reshape(3, 2, 3, 2).max(2))


def test_flatten():
    z = sd.array("z", n, 2, 3)
    Z = RNG.normal(size=(4, 2, 3))
    np.testing.assert_array_equal(value(L.flatten(z), z=Z), Z.reshape(4, 6))


def test_torch_agrees():
    torch = pytest.importorskip("torch")
    z, k = sd.array("z", n, 8, 7, 3), sd.array("k", 3, 3, 3, 4)
    Z, K = RNG.normal(size=(2, 8, 7, 3)), RNG.normal(size=(3, 3, 3, 4))
    theirs = torch.nn.functional.conv2d(torch.tensor(Z).permute(0, 3, 1, 2), torch.tensor(K).permute(3, 2, 0, 1),
                                        stride=2, padding=1).permute(0, 2, 3, 1).numpy()
    np.testing.assert_allclose(value(L.convolution(z, k, stride=2, padding=1), z=Z, k=K), theirs, rtol=1e-12)


def test_a_small_convolutional_net_compiles():
    z, y = sd.array("z", n, 6, 6, 1), sd.array("y", n)
    k, v = sd.array("k", 3, 3, 1, 2), sd.array("v", 8)
    h = L.flatten(L.max_pool(L.convolution(z, k, activation="relu"), 2))
    f = sd.compile(sd.mean(sd.softplus(-y*(h @ v))), wrt=[k, v])
    assert f.check(z=RNG.normal(size=(4, 6, 6, 1)), y=np.array([1., -1, 1, -1]), k=RNG.normal(size=(3, 3, 1, 2)),
                   v=RNG.normal(size=8)).ok


IMAGE = sd.array("image", n, 6, 6, 2)


@pytest.mark.parametrize("make, kind, part", [
    (lambda: L.dense(x, sd.array("V", 5, 2)), sd.SizeMismatch, r"give V the sizes \(3, k\)"),
    (lambda: L.dense(x, w, sd.array("c", 5)), sd.SizeMismatch, r"give c the sizes \(4,\)"),
    (lambda: L.dense(x, w, b, "tahn"), sd.UnknownForm, "no activation is called 'tahn'"),
    (lambda: L.residual(x, L.dense(x, w)), sd.SizeMismatch, "third argument"),
    (lambda: L.dropout(x, x, 1), sd.ArgumentError, "rate"),
    (lambda: L.batch_norm(b), sd.SizeLost, "rows and channels"),
    (lambda: L.flatten(sd.array("a")), sd.SizeLost, "no rows"),
    (lambda: L.convolution(IMAGE, sd.array("k", 3, 3, 1, 4)), sd.SizeMismatch, "takes 1 channels, and there are 2"),
    (lambda: L.convolution(IMAGE, sd.array("k", 3, 2, 4)), sd.SizeMismatch, "need 3 axes"),
    (lambda: L.convolution(IMAGE, sd.array("k", 7, 7, 2, 4)), sd.SizeMismatch, "does not fit a length of 6"),
    (lambda: L.convolution(IMAGE, sd.array("k", 2, 2, 2, 4), padding="same"), sd.ArgumentError, "odd width"),
    (lambda: L.convolution(IMAGE, sd.array("k", 3, 3, 2, 4), stride=0), sd.ArgumentError, "stride is a whole number"),
    (lambda: L.convolution(IMAGE, b), sd.SizeMismatch, "widths, channels and filters"),
    (lambda: L.max_pool(IMAGE, (2, 2, 2)), sd.ArgumentError, "width is a whole number"),
    (lambda: L.max_pool(sd.array("line", n, sd.sizes("m"), 2), 2), sd.ArgumentError, "are numbers"),
    (lambda: L.max_pool(b, 2), sd.SizeMismatch, "axes"),
])
def test_refused(make, kind, part):
    with pytest.raises(kind, match=part):
        make()
