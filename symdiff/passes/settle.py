"""Outputs and a sweep over them go in; what the sweep makes of them, done until nothing changes, comes out.

A rule at a node may build what a rule below it would have taken up, had it been there: so a pass of one sweep would
change its own result.
"""
SWEEPS = 6


def settled(outputs, sweep):
    """The outputs after as many sweeps as change anything, SWEEPS at most."""
    outputs = tuple(outputs)
    for _ in range(SWEEPS):
        new = sweep(outputs)
        if new == outputs:
            break
        outputs = new
    return outputs
