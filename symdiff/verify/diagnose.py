"""A judged claim that is wrong goes in; the first wrong factor or term that can be found comes out, in words."""
from dataclasses import replace

import mpmath as mp
import numpy as np

from .. import derive
from ..document.formulas import Value
from ..evaluate import evaluate
from ..graph import order
from ..primitives.build import transpose
from ..primitives.leaf import CONSTANT, INPUT, constant
from . import chain, regions
from .edits import Edit, edits, places
from .judge import Judge, numbers
from .question import product
from .words import Finding, told

MOST_INGREDIENTS = 40
SCREENED, CONFIRMED = 4, 16             # points at which edits are tried, and confirmed
MODERATE, MOSTLY = 50.0, 0.7
CLOSE = 1e-5


def findings(judge, samples):
    """What is wrong, as a tuple of Findings: one that explains it if any does; () where none is found."""
    question = judge.question
    for look in (_region, _transposed, _kind, _rounded, _factors, _slip, _times, _another, _unmatched):
        found = look(judge, question, samples)
        if found:
            return found if isinstance(found, tuple) else (found,)
    return ()


def _region(judge, question, samples):
    found = regions.region(question, samples)
    if found is None:
        return None
    part, word = found
    return Finding("region", ("Right only where ", part, f" {word}."), part)


def _transposed(judge, question, samples):
    """The claim is a square matrix, and transposed it is right."""
    claim = question.claim
    if len(claim.sizes) != 2 or claim.sizes[0] != claim.sizes[1]:
        return None
    edit = Edit(0, "transposed", (), claim, None, transpose(claim))
    return told(edit, claim) if _confirmed(replace(question, claim=edit.claim, factors=()), samples) else None


def _kind(judge, question, samples):
    found = regions.kinds(judge, samples)
    if found is None:
        return None
    node, word = found
    return Finding("region", ("Right only where ", node, f" is {word}."), node)


def _rounded(judge, question, samples):
    """Nearly right everywhere."""
    gaps = [s.gap for s in samples if s.kind in ("wrong", "undefined")]
    if not gaps or max(gaps) > CLOSE:
        return None
    digits = int(-np.log10(max(gaps)))
    words = f"It agrees with the derivative to about {digits} digits: a number in it may be rounded."
    return Finding("rounded", (words,))


# -- factors given as a list -------------------------------------------------------------------------------------------

def _factors(judge, question, samples):
    """The first factor that is not its partial of the chain."""
    if len(question.factors) < 2 or any(f.sizes for f in question.factors):
        return None
    found = chain.links(question.formula, question.wrt)
    if not 2 <= len(found) <= chain.MOST_LINKS or any(n.sizes for n in found):
        return None
    partials = chain.partials(found)
    points = _screening(samples, question, 6)
    true = _rows(partials, points)
    best = None
    for factors in (question.factors[::-1], question.factors):          # typed from the formula down, or from wrt up
        fitted = chain.fit(_rows(factors, points), true)
        if fitted is not None:
            total = sum(cost for *_, cost in fitted)
            if best is None or total < best[0]:
                best = total, factors, fitted
    if best is None or best[0] > chain.BAD*max(1, len(question.factors)//2):
        return None
    _, factors, fitted = best
    wrong = [(question.factors.index(f), f, run) for f, run in zip(factors, fitted) if run[2]]
    wrong.sort(key=lambda one: one[0])
    return tuple([_wrong_factor(question, f, run, found, partials, samples) for _, f, run in wrong])


def _wrong_factor(question, factor, run, found, partials, samples):
    first, last, _ = run
    right = product([constant(1), *partials[first:last]])
    name = ("the factor ", factor)
    if last > first:
        name += (", which is ", ("partial", found[last], found[first]), ",")
    inner = replace(question, claim=factor, factors=(), truth=right, free=False)
    slip = repaired(Judge(inner), samples)
    if slip is None:
        return Finding("factor", ("T" + name[0][1:], *name[1:], " is wrong: it should be ", right, "."), factor, right)
    return Finding(slip.kind, ("In t" + name[0][1:], *name[1:], " ", *_lower(slip.words)), factor, right)


def _lower(words):
    first, *rest = words
    return (first[:1].lower() + first[1:], *rest) if isinstance(first, str) else words


# -- one slip of the pen -----------------------------------------------------------------------------------------------

def _slip(judge, question, samples):
    return repaired(judge, samples)


def repaired(judge, samples):
    """The Finding of the likeliest edit that makes the claim right; None where no single one does."""
    question = judge.question
    points = _screening(samples, question, SCREENED)
    if not points:
        return None
    truth, = chain.unguarded((question.truth,), question.formula)
    tried = edits(question, chain.terms(truth), ingredients(question))
    for edit in _screened(tried, question, points):
        if _confirmed(replace(question, claim=edit.claim, factors=()), samples):
            return told(edit, question.claim)
    return None


def ingredients(question):
    """What a claim is made of: partials along the chain and of single operations, parts of the formula."""
    found = chain.links(question.formula, question.wrt)
    scalars = not any(n.sizes for n in found)
    partials = chain.partials(found) if scalars and 2 <= len(found) <= chain.MOST_LINKS else []
    parts = [n for n in order((question.formula,)) if n.op is INPUT or n.inputs]
    sizes = {(), *[node.sizes for _, node in places(question.claim)]}
    known = dict.fromkeys([n for n in (*partials, *chain.local_partials(question.formula, question.wrt), *parts)
                           if n.sizes in sizes and n.op is not CONSTANT])
    return list(known)[:MOST_INGREDIENTS]


def _screening(samples, question, count):
    """Samples with moderate numbers at which the derivative is not 0, wrong ones first."""
    def moderate(s):
        numbers = [abs(float(v)) for a in s.values.values() for v in np.ravel(a)]
        sizes = [abs(v) for v in s.true.flat]
        plain = max(numbers, default=0) <= MODERATE and all(map(mp.isfinite, sizes))
        return plain and 1e-6 < max(sizes, default=0) < 1e8

    told_apart = [s for s in samples if s.kind == "wrong" and moderate(s)]
    others = [s for s in samples if s.kind == "agree" and moderate(s)]
    return (told_apart + others)[:count] if told_apart else []


def _rows(nodes, points):
    """For each node its numbers at the points."""
    table = [evaluate(nodes, s.values, s.lengths) for s in points]
    return [[float(values[k]) for values in table] for k in range(len(nodes))]


def _screened(tried, question, points):
    """The edits whose claims have the derivative's value at the points, in float64."""
    for s in points:
        if not tried:
            return []
        values = evaluate([edit.claim for edit in tried], s.values, s.lengths)
        true = np.array(numbers(question, [question.truth], s)[0], dtype=np.float64)
        size = max([float(abs(v)) for v in (*true.flat, *s.claimed.flat) if np.isfinite(float(v))], default=0.0)
        tried = [edit for edit, value in zip(tried, values) if np.allclose(value, true, rtol=1e-5, atol=1e-10*size)]
    return tried


def _confirmed(question, samples):
    """Is the claim of the question right wherever the one before was judged, but for few points that say nothing?"""
    judge, judged = Judge(question), [s for s in samples if s.kind in ("wrong", "agree", "undefined")][:CONFIRMED]
    agreed = 0
    for s in judged:
        kind = judge.sample((s.values, s.lengths)).kind
        if kind in ("wrong", "undefined"):
            return False
        agreed += kind == "agree"
    return agreed > MOSTLY*len(judged)


def _times(judge, question, samples):
    """The same multiple of the derivative everywhere."""
    points = _screening(samples, question, CONFIRMED)
    ratios = [s.claimed[i]/s.true[i] for s in points for i in np.ndindex(s.true.shape) if s.true[i]]
    if len(ratios) < 3 or not ratios[0] or any(abs(r/ratios[0] - 1) > 1e-12 for r in ratios):
        return None
    return Finding("multiple", ("It is ", Value(float(ratios[0])), " times the derivative."))


# -- another derivative ------------------------------------------------------------------------------------------------

def _another(judge, question, samples):
    """The claim is a derivative, of something else or in something else."""
    found = chain.links(question.formula, question.wrt)
    names = []
    for link in found[1:-1][:chain.MOST_LINKS]:
        whole, rest = ("partial", question.formula, link), ("partial", link, question.wrt)
        names.append((derive.jacobian(link, [question.wrt])[0], (
            "It is the derivative of ", link, " alone: the factor ", whole, " is missing.")))
        names.append((derive.jacobian(question.formula, [link])[0], (
            "It is the derivative in ", link, ": the factor ", rest, " is missing.")))
    for node in order((question.formula,)):
        if node.op is INPUT and node is not question.wrt:
            names.append((derive.jacobian(question.formula, [node])[0], ("It is the derivative in ", node, ".")))
    names.append((question.formula, ("It is the formula itself, not its derivative.",)))
    for node, words in names:
        if node.sizes == question.claim.sizes and _confirmed(replace(question, truth=node, free=False), samples):
            return Finding("another derivative", words)
    return None


# -- terms -------------------------------------------------------------------------------------------------------------

def _unmatched(judge, question, samples):
    """The first term of the claim that the derivative does not have, where it has others of them."""
    points = _screening(samples, question, 6)
    claimed, true = chain.terms(question.claim), chain.terms(question.truth)
    if not points or len(claimed) < 2 or any(t.sizes for t in (*claimed, *true)):
        return None
    rows, rest = _rows(claimed, points), _rows(true, points)
    strangers = []
    for term, row in zip(claimed, rows):
        same = next((k for k, other in enumerate(rest) if np.allclose(row, other, rtol=1e-9)), None)
        if same is None:
            strangers.append(term)
        else:
            rest.pop(same)
    if not strangers or len(strangers) == len(claimed):
        return None
    return Finding("term", ("The term ", strangers[0], " is not in the derivative; the others are."), strangers[0])
