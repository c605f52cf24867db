"""Times go in; a picture of them comes out: time against size, both logarithmic, a panel for each family."""
import io
import math

from symdiff.errors import ArgumentError

COLUMNS, LINES = 3, "-o --s --^ --v --D --P :x :+ :*".split()


def picture(times, form="svg"):
    """The bytes of the picture; ArgumentError where matplotlib is missing."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ArgumentError("the picture is drawn with matplotlib, which is not installed.",
                            do='pip install "symdiff-compiler[plot]"') from None
    families = list(dict.fromkeys(one.family for one in times))
    systems = list(dict.fromkeys(one.system for one in times))
    rows, columns = math.ceil(len(families)/COLUMNS), min(COLUMNS, len(families))
    figure = Figure(figsize=(4.5*columns, 3.4*rows), layout="constrained")
    for k, family in enumerate(families, 1):
        axes = figure.add_subplot(rows, columns, k)
        for number, system in enumerate(systems):
            own = [one for one in times if (one.family, one.system) == (family, system) and one.least is not None]
            style = LINES[number % len(LINES)]
            if own:
                axes.loglog([one.entries for one in own], [one.least for one in own], style, label=system, markersize=4)
        axes.set_title(family, fontsize=9)
        axes.set_xlabel("size")
        axes.set_ylabel("µs a step" if any(one.unit == "step" for one in times if one.family == family) else "µs")
        axes.grid(alpha=0.3)
        axes.legend(fontsize=7)
    out = io.BytesIO()
    figure.savefig(out, format=form, metadata={"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(form, {}))
    return out.getvalue()
