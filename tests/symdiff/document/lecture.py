"""A document as the lecture has it, by hand: the table of L = -y log(1/(1 + exp(-w x))) at x = 3, y = 1, w = 3."""
import math

import sympy as sp

import symdiff.language as sd
from symdiff.document.blocks import Display, Document, Figure, Heading, Items, Listing, Paragraph, Table
from symdiff.document.formulas import Arrow, Equal, Partial, Plus, Times, Value

x, y, w, L = [sd.array(name) for name in ("x", "y", "w", "L")]
xi = [None, *[sd.array(f"ξ{digit}") for digit in "₁₂₃₄₅"]]
bar = [None, *[sd.array(f"ξ\u0304{digit}") for digit in "₁₂₃₄₅"]]

E9 = math.exp(-9)
SLOPE = -3*E9/(1 + E9)                                              # dL/dw
p = 1/(1 + sp.exp(-w*x))

# name, definition, in the inputs, by, partial, partial in the inputs, value, value of the partial, adjoint
STEPS = [
    (xi[1], -w*x, None, w, -x, None, -9.0, -3.0, E9/(1 + E9)),
    (xi[2], sp.exp(xi[1]), sp.exp(-w*x), xi[1], sp.exp(xi[1]), sp.exp(-w*x), E9, E9, 1/(1 + E9)),
    (xi[3], 1 + xi[2], 1 + sp.exp(-w*x), xi[2], sp.Integer(1), None, 1 + E9, 1.0, 1/(1 + E9)),
    (xi[4], 1/xi[3], p, xi[3], -1/xi[3]**2, -1/(1 + sp.exp(-w*x))**2, 1/(1 + E9), -1/(1 + E9)**2, -(1 + E9)),
    (xi[5], sp.log(xi[4]), sp.log(p), xi[4], 1/xi[4], 1 + sp.exp(-w*x), math.log(1/(1 + E9)), 1 + E9, -1.0),
    (L, -y*xi[5], -y*sp.log(p), xi[5], -y, None, -math.log(1/(1 + E9)), -1.0, 1.0),
]

TABLE = Table(
    ("ξ", "definition", "in the inputs", "partial", "in the inputs", "value", "of the partial", Partial("L", "ξ")),
    tuple((name, Equal((name, definition)), wide, Equal((Partial(name, by), partial)), partial_wide,
           *map(Value, numbers)) for name, definition, wide, by, partial, partial_wide, *numbers in STEPS),
    numeric=(5, 6, 7), caption=("Intermediates of ", L, " at ", Equal((x, Value(3))), ", ", Equal((y, Value(1))), ", ",
                                Equal((w, Value(3)))))

CHAIN = Equal((Partial(L, w, total=True),
               Times(tuple(Partial(a, b) for a, b in zip([L, *xi[:0:-1]], [*xi[:0:-1], w]))),
               Times((-y, 1/xi[4], -1/xi[3]**2, sp.Integer(1), sp.exp(xi[1]), -x)),
               Times(tuple(map(Value, (-1.0, 1 + E9, -1/(1 + E9)**2, 1.0, E9, -3.0)))), Value(SLOPE, 8)))

SVG = ('<svg xmlns="http://www.w3.org/2000/svg" width="520" height="80" viewBox="0 0 520 80" fill="none" '
       'stroke="currentColor">' + "".join(f'<circle cx="{40 + 110*k}" cy="40" r="24"/>' for k in range(5))
       + "".join(f'<path d="M{64 + 110*k} 40h62"/>' for k in range(4)) + "</svg>")

DOCUMENT = Document(("Derivation of ", L), (
    Display(Equal((L, -y*sp.log(p)))),
    Paragraph(("Differentiated by ", w, " in reverse mode; the steps are those of the formula as typed. At ",
               Equal((x, Value(3))), ", ", Equal((y, Value(1))), ", ", Equal((w, Value(3))), ".")),
    Heading("Intermediates"), TABLE,
    Heading("The chain rule"), Display(CHAIN),
    Display(Equal((bar[4], Plus((Times((bar[5], Partial(xi[5], xi[4]))), Times((-y, Value(-2.5)))))))),
    Heading("Rewrites", 3),
    Items(((Arrow(sp.log(p), -sd.softplus(-w*x)), ": log underflows below ", Equal((w*x, Value(-745)))),
           "nothing else had to be rewritten")),
    Heading("The graph"), Figure(SVG, "w and x, then ξ₁ to ξ₅, then L"),
    Heading("As a program"),
    Listing("import math\n\n\ndef xi_2(xi_1):\n    return math.exp(xi_1)      # ξ₂ = exp ξ₁\n")))
