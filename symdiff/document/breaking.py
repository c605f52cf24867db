r"""A formula in LaTeX and a width in ems go in; lines of it that fit come out.

A line is broken before a relation, a sum's sign, or between factors.  What is wider than a line itself is opened: tall
brackets \left( … \right) become \Bigl( … \Bigr), a fraction becomes a product, e^{…} becomes \exp, a root a power.
"""
from .folding import Break, chosen_breaks
from .measuring import Part, arguments, fence, parts, width

QUAD = 1.0                                      # the indent of lines after the first one
DEEP = 8.0                                      # ems given up for a break that is not inside brackets
COSTS = {"relation": 0.0, "sum": 1.0, "dot": 7.0}
FACTOR = 9.0                                    # for a break between factors that no sign stands between
OPENINGS = 400                                  # parts of one formula that are opened at most


def lines(latex, room):
    r"""The formula as lines of at most `room` ems where that can be; a line after the first begins with its sign.

    >>> lines(r"\left(a + b + c + d\right) e", 6)
    ['\\Bigl(a + b + c', '{} + d\\Bigr) e']
    """
    found = list(parts(latex))
    if sum([part.width for part in found]) <= room:
        return [latex]
    for _ in range(OPENINGS):
        k, opened = next(((k, inner) for k, part in enumerate(found) if part.width > room - QUAD
                          for inner in [_opened(part, room)] if inner), (None, None))
        if k is None:
            break
        found[k:k + 1] = opened
    at = [0.0]
    for part in found:
        at.append(at[-1] + part.width)
    places = [k for k in range(1, len(found)) if _may_begin(found, k)]
    breaks = [Break(at[k], at[k], COSTS.get(found[k].kind, FACTOR) + DEEP*found[k].depth) for k in places]
    chosen = [places[k] for k in chosen_breaks(breaks, at[-1], room, room - QUAD)]
    return [_line(found[start:end], start) for start, end in zip([0, *chosen], [*chosen, len(found)])]


def _may_begin(found, k):
    """May a line begin with part k?"""
    if found[k].kind in COSTS:
        return True
    return k > 1 and found[k].kind in ("atom", "open", "function") and found[k - 1].kind == "space" \
        and found[k - 2].kind in ("atom", "close")


def _line(found, start):
    text = "".join([part.text for part in found]).strip()
    if not start:
        return text
    return f"{{}} {text}" if found[0].kind in COSTS else rf"\cdot {text}"


def _opened(part, room):
    """The parts of a part that is too wide; () where it has none."""
    text, depth = part.text, part.depth
    found = fence(text)
    if found is not None:
        left, inside, right = found
        big = text.startswith(r"\left")
        first, last = (rf"\Bigl{left}", rf"\Bigr{right}") if big else (left, right)
        return [Part(first, "open", .5, depth), *_at(inside, depth + 1), Part(last, "close", width("x" + right), depth)]
    if text.startswith(r"\frac"):
        return _quotient(*arguments(text), room, depth)
    if text.startswith("e^{"):
        return [Part(r"\exp", "function", 1.5, depth), *_bracketed(text[3:-1], depth)]
    if text.startswith(r"\sqrt{"):
        return _bracketed(text[6:-1], depth, "^{1/2}")
    if text[0] == "{" and text[-1] == "}" and len(text) > 2:
        return _at(text[1:-1], depth)
    return ()


def _quotient(top, bottom, room, depth):
    r"""The fraction as a product: \frac{1}{b} a where b is narrow, a (b)^{-1} where it is not."""
    factors = [] if top == "1" else _at(top, depth) if _is_product(top) else _bracketed(top, depth)
    space = [Part(" ", "space", .1, depth)]*bool(factors)
    if width(bottom) > room/2:
        return [*factors, *space, *_bracketed(bottom, depth, "^{-1}")]
    return [*_at(rf"\frac{{1}}{{{bottom}}}", depth), *space, *factors] if factors else ()


def _is_product(latex):
    return not any(part.kind in ("sum", "relation") or part.text == "-" for part in parts(latex))


def _bracketed(latex, depth, above=""):
    tall = r"\frac" in latex or r"\left" in latex or r"\begin" in latex
    left, right = (r"\Bigl(", r"\Bigr)") if tall else ("(", ")")
    return [Part(left, "open", .5, depth), *_at(latex, depth + 1), Part(right + above, "close", 1.0, depth)]


def _at(latex, depth):
    return [part._replace(depth=part.depth + depth) for part in parts(latex.strip())]
