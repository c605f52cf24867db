"""A Fit goes in; its table as text comes out."""
import numpy as np

SHOWN = 60                      # coefficients in the table
MANY = 2000                     # beyond so many the table does not take the time to work out their covariance


def summary(fit):
    """The table of estimates with their standard errors, tests and intervals, and what is known of the whole."""
    training, kind = fit.training, fit.kind
    newton = f", then {_counted(fit.newton_steps, 'step')} of Newton's method" if fit.newton_steps else ""
    lines = [f"{kind.name}, {_counted(fit.n, 'observation')}, {_counted(len(fit.names), 'parameter')}",
             f"  by {training.method}{newton}: {training.reason}",
             f"  log-likelihood {fit.log_likelihood:.6g}   AIC {fit.aic:.6g}   BIC {fit.bic:.6g}",
             f"  {kind.note}"]
    lines += [f"  {line}" for line in fit.constraints()]
    if training.fault is not None:
        lines.append(f"  first bad: {training.fault}")
    if len(fit.names) > MANY:
        return "\n".join([*lines, f"  no table of more than {MANY} parameters: .coefficients and .covariance have them"])
    if fit.border:
        shown = ", ".join(fit.border[:8]) + (", …" if len(fit.border) > 8 else "")
        lines.append(f"  no standard errors at the border of what is allowed: {shown}")
    if fit.unidentified:
        shown = ", ".join(fit.unidentified[:8]) + (", …" if len(fit.unidentified) > 8 else "")
        lines.append(f"  no standard errors: the loss has no strict minimum here along {shown}")
    return "\n".join([*lines, "", *_table(fit)])


def _counted(number, word):
    return f"{number} {word}{'' if number == 1 else 's'}"


def _table(fit):
    low, high = fit.ends(fit.level)
    tail = (1 - fit.level)/2
    heads = ("coefficient", "std. error", fit.kind.letter, "p", f"[{tail:.3g}", f"{1 - tail:.3g}]")
    probabilities = 2*fit.kind.distribution.sf(np.abs(fit.ratios()))
    columns = [fit.estimates, fit.errors, fit.ratios(), probabilities, low, high]
    tested = fit.may_be_zero()
    rows = [[_number(c[k]) if c is not columns[2] and c is not probabilities else
             _short(c[k], c is probabilities) if tested[k] else "" for c in columns]
            for k in range(min(len(fit.names), SHOWN))]
    width = max([len(name) for name in fit.names[:SHOWN]] + [9])
    lines = [" "*width + "".join(f"{head:>13}" for head in heads)]
    lines += [f"{name:{width}}" + "".join(f"{cell:>13}" for cell in row) for name, row in zip(fit.names, rows)]
    more = len(fit.names) - SHOWN
    return lines + ([f"… {more} more"] if more > 0 else [])


def _number(value):
    """Five digits, plain where that is short."""
    if not np.isfinite(value):
        return str(value)
    return f"{value:.4f}" if 0.01 <= abs(value) < 1e5 else f"{value:.5g}"


def _short(value, probability):
    if not np.isfinite(value):
        return str(value)
    return f"{value:.4f}" if probability else f"{value:.2f}"
