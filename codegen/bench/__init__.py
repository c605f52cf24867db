"""`symdiff bench`: sizes go in; a table of measures comes out, each ratio taken in one run with both sides warm."""
import json

from symdiff.document.shown import Shown

from ..documents import of_bench


class Measures(Shown, list):
    """Measures in the order in which they were taken, printed one a line."""

    def document(self):
        """The table as a Document."""
        return of_bench(self)

    def __str__(self):
        return "\n".join(map(line, self))

    __repr__ = __str__


def bench(rows=None, as_json=False, write=print):
    """Run all measures (of the given rows x columns alone, when there are some) and write each as it comes."""
    from .measures import ROWS, compile_measures, memory_measures, rows_measures, straight_measures, training_measures
    parts = [rows_measures(one) for one in rows or ROWS]
    if not rows:
        parts += [compile_measures(), straight_measures(), memory_measures(), training_measures()]
    found = Measures()
    for part in parts:
        for measure in part:
            found.append(measure)
            if not as_json:
                write(line(measure))
    if as_json:
        write(json.dumps([{**m.as_dict(), "reached": m.reached} for m in found], indent=1, ensure_ascii=False))
    return found


def line(measure):
    """One measure as a line of the table."""
    number = f"{measure.value:12.3g}" if measure.value < 1000 else f"{measure.value:12.0f}"
    aim = ""
    if measure.reach is not None:
        missed = "" if measure.reached else ": MISSED"
        aim = f"  ({'at least' if measure.at_least else 'at most'} {measure.reach:g}{missed})"
    return f"{measure.what:60}{number} {measure.unit}{aim}"
