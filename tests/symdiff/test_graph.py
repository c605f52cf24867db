"""Orders of graphs that are asked for again and again."""
import threading

import numpy as np

from symdiff import graph
from symdiff.primitives.build import elementwise
from symdiff.primitives.leaf import ConstantArray, constant, input


def test_orders_are_kept_inside_only(monkeypatch):
    """The same order, fresh each time, of every graph; kept for the last ones alone, and for no other thread."""
    monkeypatch.setattr(graph, "LARGE", 2)
    x = input("x")
    chains = [elementwise("exp", elementwise("mul", x, constant(k))) for k in range(2, 6)]
    plain = [graph.order((c,)) for c in chains]
    with graph.orders_kept():
        with graph.orders_kept():
            for _ in range(2):
                for chain, nodes in zip(chains, plain):
                    found = graph.order([chain])
                    assert found == nodes and graph.order((chain,)) is not found
                    found.clear()
        assert 0 < len(graph._thread.orders) <= graph.KEPT
        other = threading.Thread(target=lambda: elsewhere.append(getattr(graph._thread, "orders", None)))
        elsewhere = []
        other.start(), other.join()
        assert elsewhere == [None]
    assert graph._thread.orders is None


def test_constant_arrays_of_other_shapes_are_others():
    shapes = [(), (0,), (1,), (0, 0), (0, 1), (1, 0), (1, 1), (0, 2), (2, 0), (0, 0, 0)]
    kept = [ConstantArray(np.zeros(shape)) for shape in shapes]
    assert len({one.digest for one in kept}) == len(shapes)
    assert [one.array.shape for one in kept] == shapes
