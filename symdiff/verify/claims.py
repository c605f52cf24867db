"""A claim, a formula and a variable go in; they are judged at many points, and a Verdict comes out."""
import itertools
from dataclasses import replace

from ..errors import SizeMismatch
from ..graph import order
from ..lengths import product as entries
from ..lengths import text
from ..primitives.build import elementwise, stretch, total, transpose
from ..primitives.contraction import contract
from ..primitives.leaf import INPUT, size
from ..write import write
from .judge import Judge
from .made import made
from .question import Setting, factors_of, pairs_of, product
from .samples import MOST, answer, point, samples
from .table import chained, links
from .verdict import Line


def verify(claim, expr, wrt, at=None):
    """Is `claim` the derivative of `expr` in `wrt`?

    claim   an expression of any dialect, text, or a number; a list of factors, whose product it is (a chain rule); or a
            table of partials, [(name, partial), …], {name: partial} or a Derivation: names are those of a Model's
            equations or of the intermediates of the printed derivation, as "ξ₄", "xi4", "ξ₄/ξ₃"
    expr    an expression, text, a Model (its loss) or a Derivation
    wrt     an input of it, or an equation, or a part of the formula as it stands there
    at      {name or symbol: number or array}: both values are given there, too

    Claim and derivative are compared at many points to 50 digits; where they differ, slopes of the formula decide.  The
    Verdict is true when the claim is right.  If it is not, `fault` says what is wrong, as far as one slip explains it.
    Raises SizeMismatch where the claim has other sizes than the derivative; ArgumentError; NoDerivative.

    >>> bool(verify("1/(1 + exp(-x))", "log(1 + exp(x))", "x"))
    True
    >>> verdict = verify("1/x**2", "1/x", "x")
    >>> verdict.right, verdict.fault.kind
    (False, 'sign')
    """
    pairs = pairs_of(claim)
    listed = None if pairs is not None else factors_of(claim)
    given = [partial for _, partial in pairs] if pairs is not None else [claim] if listed is None else listed
    setting = Setting(expr, wrt, given)
    if pairs is not None:
        return _table(setting, pairs, at)
    nodes = [setting.claim(one) for one in given]
    question = _fitted(setting.question(_product(nodes), nodes if listed is not None else ()))
    return _judged(question, at)


def _judged(question, at, lines=(), most=MOST):
    asked, judge = point(question, at), Judge(question)
    return made(judge, samples(judge, asked, most), asked is not None, lines)


def _product(nodes):
    try:
        return product(nodes)
    except SizeMismatch as error:
        sizes = ", ".join(text(n.sizes) for n in nodes)
        raise SizeMismatch(f"the factors of the claim do not fit together: {sizes}.",
                           do="give a chain of arrays as one expression, with @ between its factors.") from error


def _table(setting, pairs, at):
    """Each partial judged by itself, and what the chain rule makes of all of them."""
    found = links(setting, pairs)
    asked = [replace(link.question, given=(None, typed)) for link, typed in zip(found, setting.typed)]
    judged = [_judged(_fitted(question), None, most=MOST//2) for question in asked]
    lines = tuple([Line(v.name, v.claim, v.right, link.right, v.faults)
                   for link, v in zip(found, judged)])
    whole = chained(setting, found)
    if whole is not None:
        return _judged(setting.question(whole), at, lines)
    wrong = next((v for v in judged if not v), judged[0])
    wrong.right, wrong.lines = all(v.right for v in judged), lines
    return wrong


# -- sizes -------------------------------------------------------------------------------------------------------------

def _fitted(question):
    """The question, when the claim has the derivative's sizes; a number alone stands for all entries."""
    claim, sizes = question.claim, question.truth.sizes
    if claim.sizes == sizes:
        return question
    if not claim.sizes and not any(n.op is INPUT for n in order([claim])):
        return replace(question, claim=stretch(claim, sizes))
    raise SizeMismatch(f"the derivative has the sizes {text(sizes)}, and the claim {text(claim.sizes)}.",
                       where=str(write(claim, question.symbols))[:200], do=_remedy(question))


def _remedy(question):
    """What makes the claim right and fit, if something simple does."""
    for words, node in _fitting(question.claim, question.truth.sizes):
        judge = Judge(replace(question, claim=node, factors=()))
        if answer(samples(judge, None)):
            return words
    return "give one entry for each entry of the formula and of the variable, in this order."


def _fitting(claim, sizes):
    """(words, node) of what has the sizes and is made of the claim."""
    rank, more = len(claim.sizes), len(claim.sizes) - len(sizes)
    if rank == len(sizes):
        for axes in itertools.permutations(range(rank)):
            if tuple([claim.sizes[k] for k in axes]) == sizes:
                yield "its transpose is right.", transpose(claim, axes)
    for axes in itertools.combinations(range(rank), more) if more > 0 else ():
        if tuple([n for k, n in enumerate(claim.sizes) if k not in axes]) == sizes:
            where = "" if more == rank else f" over axis {', '.join(map(str, axes))}"
            yield f"a sum is missing: the sum of the claim{where} is right.", total(claim, axes)
            mean = elementwise("div", total(claim, axes), size(entries([claim.sizes[k] for k in axes])))
            yield f"a mean is missing: the mean of the claim{where} is right.", mean
    if rank and sizes == claim.sizes*2:
        labels = tuple(range(rank))
        yield "this is its diagonal: diag of the claim is right.", contract([claim], [labels], labels*2)
    if more < 0 and sizes[-rank or len(sizes):] == claim.sizes:
        yield "every entry is this: repeat it, by broadcast_to.", stretch(claim, sizes)
