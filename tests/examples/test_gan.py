"""The points that are made come to the clouds, which they are far from at first."""
import numpy as np
import pytest

import symdiff as sd
from symdiff.evaluate import evaluate
from symdiff.models.initial import initial
from symdiff.read import read


@pytest.fixture(scope="module")
def gan(example):
    return example("gan")


def test_the_losses_are_those_of_the_paper(gan):
    """-mean(log D(x)) - mean(log(1 - D(G(z)))), and -mean(log D(G(z))), by NumPy."""
    draws, values = np.random.default_rng(0), initial(gan.MODEL, 3)
    real, noise, blur = draws.normal(size=(3, 5, 2))

    def through(x, numbers):
        for k in numbers:
            x = x @ values[f"W{k}"] + values[f"b{k}"]
            x = np.maximum(x, 0) if k not in (3, 6) else x
        return x

    made = through(noise, (1, 2, 3)) + blur
    of_real, of_made = (1/(1 + np.exp(-through(x, (4, 5, 6)))) for x in (real, made))
    telling, making = evaluate([read(loss) for loss in (gan.TELLING, gan.MAKING)],
                               {**values, "real": real, "noise": noise, "blur": blur})
    assert telling == pytest.approx(-np.mean(np.log(of_real)) - np.mean(np.log(1 - of_made)), rel=1e-12)
    assert making == pytest.approx(-np.mean(np.log(of_made)), rel=1e-12)


def test_real_points_are_judged_well(gan):
    clouds, part, middle = gan.judged(gan.reals(np.random.default_rng(0), 4000))
    assert clouds == 8 and part > 0.98                          # 1 - exp(-9/2) of them are within three deviations
    assert middle == pytest.approx(0.1*np.sqrt(2*np.log(2)), rel=0.05)      # Rayleigh's median
    assert gan.judged(gan.MIDDLES[[0]*10])[0] == 1


@pytest.mark.nightly
def test_clouds_are_found(gan, capsys):
    clouds, part, _ = gan.main(steps=1500)
    noise = np.random.default_rng(1).normal(size=(500, 2))
    at_first, near, _ = gan.judged(sd.compile(gan.MADE, wrt=[])(gan.trained(0), noise=noise))
    assert clouds >= 6 and part > 0.5 and at_first <= 2 and near < 0.2
    assert capsys.readouterr().out.count("of 8 clouds") == 3


@pytest.mark.nightly
def test_in_full(gan, tmp_path):
    pytest.importorskip("matplotlib")
    clouds, part, middle = gan.main(plot=tmp_path / "gan.svg")
    assert clouds == 8 and part > 0.9 and middle < 0.15 and (tmp_path / "gan.svg").is_file()
