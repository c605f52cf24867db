"""Recurrent layers: sequences (n, length, channels) and the parameters of a layer go in, its last state (n, units), or
all its states (n, length, units), come out.

The loop over the length is one `scan`: the size of the code, of the derivative's too, does not depend on the length,
which may be a number or a name.  The part of a step that does not depend on the state, x·W + b, is one product for all
steps before the loop.
"""
from .. import language as sd
from ..errors import ArgumentError, SizeMismatch
from ..language import sizes_of
from ..lengths import text
from .layers import activated


def recurrent(x, W, U, b=None, activation="tanh", start=None, sequences=False):
    """hₜ = φ(xₜ·W + hₜ₋₁·U + b) (Elman 1990).

        h₀ ──▶ φ ──▶ h₁ ──▶ φ ──▶ h₂ ─ …
               ▲            ▲
               x₁           x₂

    x          (n, length, channels)
    W, U, b    (channels, units), (units, units), (units,), None for no bias
    start      h₀: (n, units), or (units,) for the same in all rows; None for 0
    sequences  True for all states, (n, length, units), else the last one, (n, units)

    Raises SizeMismatch, ArgumentError.

    >>> n, steps = sd.sizes("n steps")
    >>> x, W, U = sd.Array("x", n, steps, 3), sd.Array("W", 3, 8), sd.Array("U", 8, 8)
    >>> recurrent(x, W, U).sizes, recurrent(x, W, U, sequences=True).sizes
    ((n, 8), (n, steps, 8))
    """
    units = _units("recurrent", x, W, U, b, 1)

    def step(h, z):
        h = activated(z + h @ U, activation)
        return h, h if sequences else None

    return _through(step, x, W, b, _start(x, units, start, "start"), sequences)


def gru(x, W, U, b=None, c=None, start=None, sequences=False):
    """A gated recurrent unit (Cho et al. 2014) in the form that resets after the product, as cuDNN has it:

        r = σ(xₜ·Wᵣ + hₜ₋₁·Uᵣ + bᵣ)                          the reset gate
        z = σ(xₜ·W_z + hₜ₋₁·U_z + b_z)                       the update gate
        g = tanh(xₜ·W_g + b_g + r ⊙ (hₜ₋₁·U_g + c))          the candidate
        hₜ = (1 - z) ⊙ g + z ⊙ hₜ₋₁

        hₜ₋₁ ─┬─────────────────────── ⊙ z ───── + ─▶ hₜ
              │                                  │
              └─▶ ⊙ r ─▶ tanh ─▶ g ─── ⊙ (1-z) ──┘

    Cho et al. reset before it, tanh(xₜ·W_g + (r ⊙ hₜ₋₁)·U_g + b_g); after it, the three products are one.

    x          (n, length, channels)
    W, U, b    (channels, 3·units), (units, 3·units), (3·units,): the columns of r, z and g, in this order
    c          (units,): the bias of g that is reset; None for none.  Of PyTorch's two biases, b is the sum for r and z
               and the first for g, and c the second for g
    start      h₀: (n, units), or (units,) for the same in all rows; None for 0
    sequences  True for all states, (n, length, units), else the last one, (n, units)

    Raises SizeMismatch, ArgumentError.

    >>> n = sd.sizes("n")
    >>> gru(sd.Array("x", n, 20, 3), sd.Array("W", 3, 24), sd.Array("U", 8, 24), sd.Array("b", 24)).sizes
    (n, 8)
    """
    units = _units("gru", x, W, U, b, 3)
    if c is not None and sizes_of(c) != (units,):
        raise SizeMismatch(f"the bias that a gru resets has one entry for each unit: {c} is {text(sizes_of(c))}.",
                           where=f"U is {text(sizes_of(U))}", do=f"give {c} the sizes {text((units,))}.")

    def step(h, z):
        back = h @ U
        gates = sd.sigmoid(z[:, :2*units] + back[:, :2*units])
        reset, update, again = gates[:, :units], gates[:, units:], back[:, 2*units:]
        candidate = sd.tanh(z[:, 2*units:] + reset*(again if c is None else again + c))
        h = candidate + update*(h - candidate)
        return h, h if sequences else None

    return _through(step, x, W, b, _start(x, units, start, "start"), sequences)


def lstm(x, W, U, b=None, start=None, sequences=False, forget=1):
    """Long short-term memory with a forget gate (Hochreiter and Schmidhuber 1997; Gers et al. 2000):

        i = σ(xₜ·Wᵢ + hₜ₋₁·Uᵢ + bᵢ)                 the input gate
        f = σ(xₜ·W_f + hₜ₋₁·U_f + b_f + forget)     the forget gate
        g = tanh(xₜ·W_g + hₜ₋₁·U_g + b_g)           the candidate
        o = σ(xₜ·Wₒ + hₜ₋₁·Uₒ + bₒ)                 the output gate
        cₜ = f ⊙ cₜ₋₁ + i ⊙ g
        hₜ = o ⊙ tanh(cₜ)

        cₜ₋₁ ────▶ ⊙ f ─────▶ + ─────┬──────────▶ cₜ
                              ▲      ▼
        hₜ₋₁ ─┬─▶ i, f, o    i ⊙ g   tanh ─▶ ⊙ o ─▶ hₜ
        xₜ ───┴─▶ g

    x          (n, length, channels)
    W, U, b    (channels, 4·units), (units, 4·units), (4·units,): the columns of i, f, g and o, in this order
    start      (h₀, c₀), each (n, units), or (units,) for the same in all rows; None for 0
    sequences  True for all hₜ, (n, length, units), else the last one, (n, units)
    forget     what is added to the bias of the forget gate: 1, so that it stands open where training starts with b = 0
               (Gers et al. 2000; Jozefowicz et al. 2015); 0 for the form of PyTorch and cuDNN

    Raises SizeMismatch, ArgumentError.

    >>> n = sd.sizes("n")
    >>> lstm(sd.Array("x", n, 20, 3), sd.Array("W", 3, 32), sd.Array("U", 8, 32), sequences=True).sizes
    (n, 20, 8)
    """
    units = _units("lstm", x, W, U, b, 4)
    if start is not None and not (isinstance(start, (tuple, list)) and len(start) == 2):
        raise ArgumentError("an lstm starts from two states.", where=f"start = {str(start)[:80]}",
                            do="give (h0, c0), or leave it out for 0.")
    first, memory = start or (None, None)

    def step(state, z):
        h, c = state
        z = z + h @ U
        enter, keep, candidate, leave = [z[:, k*units:(k + 1)*units] for k in range(4)]
        c = sd.sigmoid(keep + forget if forget else keep)*c + sd.sigmoid(enter)*sd.tanh(candidate)
        h = sd.sigmoid(leave)*sd.tanh(c)
        return (h, c), h if sequences else None

    states = _start(x, units, first, "start[0]"), _start(x, units, memory, "start[1]")
    return _through(step, x, W, b, states, sequences)


def _through(step, x, W, b, start, sequences):
    """The loop of `step` over the length of x."""
    z = sd.swapaxes(x, 0, 1) @ W
    last, states = sd.scan(step, start, z if b is None else z + b)
    if sequences:
        return sd.swapaxes(states, 0, 1)
    return last[0] if isinstance(last, tuple) else last


def _units(word, x, W, U, b, gates):
    """How many units the parameters are for; SizeMismatch where they do not fit."""
    rows, wide = f"{'' if gates == 1 else f'{gates}·'}units", lambda units: units if gates == 1 else gates*units
    given = ", ".join(f"{name} is {text(sizes_of(one))}" for name, one in (("x", x), ("W", W), ("U", U), ("b", b))
                      if one is not None)
    if len(sizes_of(x)) != 3:
        raise SizeMismatch(f"a {word} layer goes through sequences: rows, steps, channels.", where=given,
                           do="give an array of three axes; for one channel write x[..., None].")
    if len(sizes_of(U)) != 2 or sizes_of(U)[1] != wide(sizes_of(U)[0]):
        raise SizeMismatch(f"the recurrent weights of a {word} layer are (units, {rows}).", where=given,
                           do=f"give U the sizes (8, {wide(8)}), say.")
    units = sizes_of(U)[0]
    if gates > 1 and type(units) is not int:
        raise ArgumentError(f"the number of units of a {word} layer is a number.", where=given,
                            do="only rows, steps and channels may be names.")
    for name, one, sizes in (("W", W, (sizes_of(x)[-1], wide(units))), ("b", b, (wide(units),))):
        if one is not None and sizes_of(one) != sizes:
            raise SizeMismatch(f"{name} does not fit the channels and the units of this {word} layer.", where=given,
                               do=f"give {name} the sizes {text(sizes)}.")
    return units


def _start(x, units, given, what):
    """The first state, (n, units)."""
    rows = sizes_of(x)[0]
    if given is None:
        return sd.broadcast_to(sd.lift(0), (rows, units))
    if sizes_of(given) not in ((units,), (rows, units)):
        raise SizeMismatch(f"the first state of a recurrent layer has the sizes of a state: {text((rows, units))}.",
                           where=f"{what} = {str(given)[:60]} is {text(sizes_of(given))}",
                           do=f"give it these sizes, or {text((units,))} for the same in all rows.")
    return given if len(sizes_of(given)) == 2 else sd.broadcast_to(given, (rows, units))
