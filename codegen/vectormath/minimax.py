"""A function and an interval in; out come the double coefficients of its best polynomial and how far it is off.

`python -m codegen.vectormath.minimax` prints the text of coefficients.py.
"""
import mpmath as mp

_DIGITS = 50


def minimax(function, weight, low, high, terms, split=False):
    """Coefficients c₀ … of degree terms − 1 making max |weight·(Σ cₖxᵏ − function)| over [low, high] least.

    Remez exchange in 50 digits, then rounded: the coefficients that matter most are not fitted but 1 or 1/2,
    so that rounding the others moves the sum by less than 2**-58; or c₀ is given as two doubles: the first ones of the
    list that is returned, if `split`.
    """
    with mp.workdps(_DIGITS):
        fitted = _remez(function, weight, low, high, terms)
        parts = [float(fitted[0] - float(fitted[0]))] if split else []
        rounded = [float(c) for c in fitted]
        exact = [mp.mpf(c) for c in reversed(rounded)]
        exact[-1] += sum(parts)
        error = max(abs(weight(x) * (mp.polyval(exact, x) - function(x))) for x in _grid(low, high, 400))
        return [*rounded[:1], *parts, *rounded[1:]], float(error)


def _grid(low, high, count):
    """Chebyshev points, dense at the ends; none is 0, where weights vanish."""
    middle, radius = (mp.mpf(low) + high) / 2, (mp.mpf(high) - low) / 2
    points = [middle - radius * mp.cos(mp.pi * (k + mp.mpf(1) / 2) / count) for k in range(count)]
    return [x for x in points if x]


def _remez(function, weight, low, high, terms):
    """The coefficients, in full precision, whose weighted error has terms + 1 extrema of one height."""
    grid = _grid(low, high, 50 * (terms + 1))
    values, weights = [function(x) for x in grid], [weight(x) for x in grid]
    chosen = [len(grid) * (2 * k + 1) // (2 * (terms + 1)) for k in range(terms + 1)]
    for _ in range(12):
        rows = mp.matrix(terms + 1, terms + 1)
        right = mp.matrix(terms + 1, 1)
        for i, j in enumerate(chosen):
            for k in range(terms):
                rows[i, k] = grid[j] ** k
            rows[i, terms] = (-1) ** i / abs(weights[j])
            right[i] = values[j]
        solution = mp.lu_solve(rows, right)
        fitted, level = [solution[k] for k in range(terms)], abs(solution[terms])
        errors = [abs(w) * (mp.polyval(fitted[::-1], x) - v) for x, v, w in zip(grid, values, weights)]
        worst = max(abs(e) for e in errors)
        if worst <= level * mp.mpf("1.0001"):
            break
        chosen = _exchange(errors, terms + 1)
    return fitted


def _exchange(errors, count):
    """One extremum of each run of equal sign; of too many, the consecutive ones with the largest ends."""
    peaks = []
    for j, e in enumerate(errors):
        if peaks and (errors[peaks[-1]] > 0) == (e > 0):
            if abs(e) > abs(errors[peaks[-1]]):
                peaks[-1] = j
        else:
            peaks.append(j)
    while len(peaks) > count:
        peaks.pop(0 if abs(errors[peaks[0]]) < abs(errors[peaks[-1]]) else -1)
    if len(peaks) < count:
        raise ArithmeticError(f"the error has {len(peaks)} extrema where {count} are needed")
    return peaks


def _series(term):
    """The function x ↦ Σ term(k)·xᵏ; sixty terms are more than 50 digits for every use below."""
    return lambda x: mp.polyval([mp.mpf(term(k)) for k in range(59, -1, -1)], x)


def _fits():
    """Name, what it is, and the arguments of `minimax`; weights turn the error into one of the function wanted."""
    half_log2 = mp.log(2) / 2 * mp.mpf("1.0000001")
    octant = (mp.pi / 4) ** 2 * mp.mpf("1.0000001")
    atanh_tail = _series(lambda k: mp.mpf(2) / (2 * k + 3))
    root = mp.findroot(mp.digamma, mp.mpf("1.4616321449683623"))
    return (
        ("EXP", "exp r = 1 + r + r²/2 + r³·EXP(r), |r| ≤ log(2)/2",
         _series(lambda k: 1 / mp.factorial(k + 3)), lambda r: r**3, -half_log2, half_log2, 10),
        ("LOG", "2 atanh s = 2s + s·z·LOG(z), z = s², |s| ≤ (√2−1)/(√2+1)",
         atanh_tail, lambda z: z / 2, 0, mp.mpf("0.02944"), 7),
        ("LOG_WIDE", "the same for |s| ≤ 1/5",
         atanh_tail, lambda z: z / 2, 0, mp.mpf("0.0401"), 8),
        ("SIN", "sin r = r + r·z·SIN(z), z = r², |r| ≤ π/4",
         _series(lambda k: (-1) ** (k + 1) / mp.factorial(2 * k + 3)), lambda z: z, 0, octant, 6),
        ("COS", "cos r = 1 − z/2 + z²·COS(z)",
         _series(lambda k: (-1) ** k / mp.factorial(2 * k + 4)), lambda z: z * z, 0, octant, 6),
        ("ATANH_DEEP", "2 atanh s = 2s + 2s·z/3 + 2s·z²·ATANH_DEEP(z), |s| ≤ (√2−1)/(√2+1)",
         _series(lambda k: mp.mpf(1) / (2 * k + 5)), lambda z: z * z, 0, mp.mpf("0.02944"), 8),
        ("ERF", "erf x = x + x·ERF(x²), |x| ≤ 1",
         lambda z: mp.erf(mp.sqrt(z)) / mp.sqrt(z) - 1, lambda z: 1, 0, mp.mpf("1.0000001"), 13),
        ("ERF_FAR", "exp(x²)·erfc x = ERF_FAR(t)/(x + 7/8), t = (x − 2)/(x + 2), 1 ≤ x ≤ 6; for 1 − erfc x",
         _of_x(_scaled_erfc, 2), lambda t: mp.erfc(_x(t, 2)) / _of_x(_scaled_erfc, 2)(t),
         mp.mpf(-1) / 3, mp.mpf("0.5"), 13),
        ("ERFC", "exp(x²)·erfc x = ERFC(t)/(x + 7/8), t = (x − 15/4)/(x + 15/4), x ≥ 0; the first two are c₀",
         _of_x(_scaled_erfc, mp.mpf("3.75")), lambda t: 1 / _of_x(_scaled_erfc, mp.mpf("3.75"))(t), -1, 1, 26, True),
        ("LGAMMA",
         "log Γ(x) = (x − 1)·(x − 2)·LGAMMA(t), t = (x − 11/8)/(x + 11/8), 3/4 ≤ x ≤ 5/2; the first two are c₀",
         _of_x(_lgamma_part, mp.mpf("1.375")), lambda t: 1 / _of_x(_lgamma_part, mp.mpf("1.375"))(t),
         mp.mpf("-0.29412"), mp.mpf("0.29033"), 20, True),
        ("STIRLING", "log Γ(x) = (x − 1/2)·log x − x + log(2π)/2 + STIRLING(z)/x, z = 1/x², x ≥ 5/2",
         lambda z: _stirling(1 / mp.sqrt(z)) / mp.sqrt(z), lambda z: mp.sqrt(z) / mp.loggamma(1 / mp.sqrt(z)),
         0, mp.mpf("0.16"), 12),
        ("DIGAMMA", "digamma(x) = (x − root)·DIGAMMA(x − 7/4), 1 ≤ x ≤ 5/2; the first two are c₀",
         lambda t: mp.digamma(t + 1.75) / (t + 1.75 - root), lambda t: (t + 1.75 - root) / mp.digamma(t + 1.75),
         mp.mpf("-0.75"), mp.mpf("0.75"), 26, True),
        ("DIGAMMA_FAR", "digamma(x) = log x − 1/(2x) − z·DIGAMMA_FAR(z), z = 1/x², x ≥ 5/2",
         lambda z: (mp.log(1 / mp.sqrt(z)) - mp.sqrt(z) / 2 - mp.digamma(1 / mp.sqrt(z))) / z,
         lambda z: z / mp.digamma(1 / mp.sqrt(z)), 0, mp.mpf("0.16"), 13),
        ("ATAN", "atan r = r + r·z·ATAN(z), z = r², |r| ≤ tan(π/8)",
         _series(lambda k: mp.mpf((-1) ** (k + 1)) / (2 * k + 3)), lambda z: z, 0,
         (mp.sqrt(2) - 1) ** 2 * mp.mpf("1.0000001"), 11),
        ("ASIN", "asin r = r + r·z·ASIN(z), z = r², |r| ≤ 1/2",
         _series(lambda k: mp.binomial(2 * k + 2, k + 1) / mp.mpf(4) ** (k + 1) / (2 * k + 3)), lambda z: z, 0,
         mp.mpf("0.2500001"), 13),
    )


def _x(t, middle):
    """The x ≥ 0 with t = (x − middle)/(x + middle)."""
    return middle * (1 + t) / (1 - t)


def _of_x(function, middle):
    return lambda t: function(_x(t, middle))


def _scaled_erfc(x):
    return (x + 0.875) * mp.exp(x * x) * mp.erfc(x)


def _lgamma_part(x):
    return mp.loggamma(x) / ((x - 1) * (x - 2))


def _stirling(x):
    """The remainder of Stirling's formula."""
    return mp.loggamma(x) - ((x - 0.5) * mp.log(x) - x + mp.log(2 * mp.pi) / 2)


def _parts(name, value, *widths):
    """Lines that give a number as a sum of doubles: each of so many bits, the last of 53."""
    lines, rest = [], value
    for part, width in zip(("HIGH", "LOW", "LAST"), (*widths, 53)):
        scale = mp.ldexp(1, width - 1 - int(mp.floor(mp.log(abs(rest), 2))))
        piece = mp.nint(rest * scale) / scale
        lines.append(f"{name}_{part} = {float(piece)!r}")
        rest -= piece
    return lines


def _text():
    lines = ['"""The coefficients and constants of the formulas, as `python -m codegen.vectormath.minimax` derives them."""']
    with mp.workdps(_DIGITS):
        lines += ["", "# constants as sums of doubles; those of 42 bits make products with small whole numbers exact"]
        lines += _parts("LOG2", mp.log(2), 42) + _parts("LOG2_FULL", mp.log(2), 53)
        lines += _parts("LOG2_OF_E", 1 / mp.log(2), 53)
        lines += _parts("LOG10_OF_2", mp.log10(2), 42) + _parts("LOG10_OF_E", 1 / mp.log(10), 53)
        lines += _parts("HALF_PI", mp.pi / 2, 53, 53) + _parts("THIRD", mp.mpf(1) / 3, 53)
        lines += _parts("STIRLING_HALF", (mp.log(2 * mp.pi) - 1) / 2, 53)
        lines += _parts("DIGAMMA_ROOT", mp.findroot(mp.digamma, mp.mpf("1.4616321449683623")), 53)
        for name, meaning, *fit in _fits():
            numbers, error = minimax(*fit)
            lines += ["", f"# {meaning}", f"# off by at most 2**{mp.nstr(mp.log(error, 2), 4)}", f"{name} = ("]
            lines += [f"    {number!r}," for number in numbers] + [")"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(_text(), end="")
