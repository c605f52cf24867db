"""Names of functions as they are typeset: words with spaces between, `σ` or `log Γ`; `_` starts what stands below."""
import sympy as sp

from ...primitives import functions as f

NAMES = {
    sp.exp: "exp", sp.log: "log", f.log1p: "log1p", f.expm1: "expm1", f.log2: "log_2", f.log10: "log_10",
    sp.sin: "sin", sp.cos: "cos", sp.tan: "tan", sp.sec: "sec", sp.csc: "csc", sp.cot: "cot",
    sp.asin: "arcsin", sp.acos: "arccos", sp.atan: "arctan", sp.atan2: "atan2",
    sp.asec: "arcsec", sp.acsc: "arccsc", sp.acot: "arccot",
    sp.sinh: "sinh", sp.cosh: "cosh", sp.tanh: "tanh", sp.sech: "sech", sp.csch: "csch", sp.coth: "coth",
    sp.asinh: "arsinh", sp.acosh: "arcosh", sp.atanh: "artanh", sp.sinc: "sinc",
    sp.erf: "erf", sp.erfc: "erfc", sp.erfinv: "erf⁻", f.erfcx: "erfcx",
    sp.gamma: "Γ", sp.loggamma: "log Γ", sp.digamma: "ψ", sp.beta: "B",
    sp.Max: "max", sp.Min: "min", sp.sign: "sign", sp.Heaviside: "H", f.round_: "round",
    f.sigmoid: "σ", f.log_sigmoid: "log σ", f.logistic_pdf: "σ′", f.softplus: "softplus", f.swish: "swish",
    f.relu: "ReLU", f.leaky_relu: "LeakyReLU", f.step: "step", f.hard_unit: "hard",
    f.logaddexp: "logaddexp", f.log1mexp: "log1mexp", f.exprel: "exprel", f.inv_exprel: "exprel⁻",
    f.log1prel: "log1prel", f.exprel_cumulant: "κ", f.xlogy: "xlogy", f.log_poisson: "logpoisson",
    f.log1pmx: "log1pmx", f.stirling: "stirling",
    f.ierfcx: "ierfcx", f.ndtr: "Φ", f.log_ndtr: "log Φ", f.hypot: "hypot", f.direction: "direction",
    f.half_circle: "circle",
}
# those whose powers are written at the name: sin²(x)
POWERS_AT_NAME = frozenset([sp.sin, sp.cos, sp.tan, sp.sec, sp.csc, sp.cot, sp.sinh, sp.cosh, sp.tanh, sp.sech, sp.csch,
                            sp.coth])
FENCES = {sp.Abs: ("|", "|"), sp.floor: ("⌊", "⌋"), sp.ceiling: ("⌈", "⌉")}
RELATIONS = {sp.Lt: "<", sp.Le: "≤", sp.Gt: ">", sp.Ge: "≥", sp.Eq: "=", sp.Ne: "≠"}
WORDS = {"softmax": "softmax", "log_softmax": "log softmax", "logsumexp": "logsumexp", "mean": "mean", "max": "max",
         "min": "min", "cumsum": "cumsum", "cumprod": "cumprod", "trace": "tr", "diag": "diag", "cholesky": "chol",
         "det": "det", "logdet": "log det", "reshape": "reshape",
         "concatenate": "concat", "triangular_solve": "solve"}
