"""Small filters read digits, and better than dense layers of as many parameters."""
import numpy as np
import pytest


@pytest.fixture(scope="module")
def convolution(example):
    pytest.importorskip("sklearn", reason="scikit-learn, of the extra `examples`, is not installed")
    return example("convolution")


def test_a_few_epochs(convolution):
    """Of one layer of filters."""
    X, y = convolution.digits()
    layers = convolution.NETWORKS["convolutions"]
    found, right = convolution.read([*layers[:2], *layers[4:]], 8, X, y)
    assert right >= 0.9 and found.parameters["K1"].shape == (3, 3, 1, 8)


@pytest.mark.nightly
def test_in_full(convolution, capsys):
    X, y = convolution.digits()
    small, large = (np.mean([convolution.read(layers, 60, X, y, seed)[1] for seed in range(3)])
                    for layers in (convolution.NETWORKS["dense"], convolution.NETWORKS["convolutions"]))
    assert large >= 0.97 and large > small
    convolution.main(epochs=1, splits=1)
    assert capsys.readouterr().out.count("held-out digits") == 2
