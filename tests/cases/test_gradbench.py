"""GradBench: mixture, LSTM, least squares and log-sum-exp, value and gradient of the compiled functions."""
import pytest

from tests.cases.loading import compiled, gradbench_errors, report

QUICK = {"hello": ["1", "8", "-3.5"], "gmm": ["test", "gb_d2_k5"], "lstm": ["l2_c1024@8", "l2_c1024@64"],
         "llsq": ["n16_m4"], "lse": ["n5", "n100", "hard"]}
NIGHTLY = {"gmm": ["gb_d2_k100", "gb_d10_k5", "gb_d10_k25", "gb_d20_k10", "gb_d32_k10", "gb_d64_k5",
                   "gb_d3_k4_n50_m2", "1k_d2_K5", "1k_d2_K25", "1k_d2_K200", "1k_d10_K5", "1k_d10_K25", "1k_d20_K10",
                   "1k_d32_K10", "1k_d64_K5", "10k_d2_K10"],
           "lstm": ["l4_c1024@64", "l2_c1024", "l4_c1024", "l2_c4096"],
           "llsq": ["n16_m128", "n64_m128", "n256_m128", "n1024_m128", "n16392_m128"],
           "lse": ["n2500", "n20000", "n160000"]}


@pytest.mark.parametrize("sizes, count", [(QUICK, 11), pytest.param(NIGHTLY, 28, marks=pytest.mark.nightly)])
def test_gradbench(sizes, count):
    errors = gradbench_errors(compiled, sizes)
    assert len(errors) == count
    assert report("GradBench", errors, 1e-10) == []
