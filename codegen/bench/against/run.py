"""Names of systems, and words that cases hold, go in; the table of times is written as it comes, and returned."""
import json
from itertools import chain
from pathlib import Path

from symdiff.errors import ArgumentError

from ..measures import fresh_in
from . import ours
from .cases import NAMED, cases
from .compare import PEERS, adapter, compare
from .limits import limits
from .picture import picture

FORMS = ("svg", "png", "pdf")


def run(systems=PEERS, only=(), own=(), fresh=True, as_json=False, image=None, write=print):
    """Every case against every system that is installed; (times, what was measured in new processes).

    own    further cases (Case): after those of `only`, or alone
    fresh  measure compile time and memory too, of the first case of each family, in new processes
    image  a file for the picture

    Raises ArgumentError where a system or a form of picture is not known, or no case is called so.
    """
    form = Path(image).suffix[1:] if image else None
    if form is not None and form not in FORMS:
        raise ArgumentError(f"{image} is no name of a picture.", known=", ".join(FORMS), do="end it in one of these.")
    modules, missing = {}, []
    for name in systems:
        try:
            modules[name] = adapter(name)
        except ImportError as error:
            missing.append(f"{name} is skipped: {error}")
    say = (lambda text: None) if as_json else write
    for text in missing:
        say(text)
    times, compiled, families = [], [], set()
    if only and not own and not any(word in name for word in only for name in NAMED):
        known = ", ".join(sorted({name.split()[0] for name in NAMED}))
        raise ArgumentError(f"no case is called {', '.join(only)}.", known=known,
                            do="name some of these, or leave --only out.")
    for case in chain(cases(only) if only or not own else (), own):
        found = compare(case, modules.values(), {**ours.flat(case), **limits(case)})
        times += found
        for one in found:
            say(line(one))
        if fresh and case.name in NAMED and case.family not in families:
            families.add(case.family)
            for system in ("ours", *modules):
                measured = fresh_in(system, case.name)
                compiled.append(measured)
                say(fresh_line(measured))
    if as_json:
        write(json.dumps({"times": [one.as_dict() for one in times], "fresh": compiled, "skipped": missing}, indent=1))
    if image:
        Path(image).write_bytes(picture(times, form))
    return times, compiled


def line(one):
    """One time as a line of the table."""
    if one.least is None:
        return f"{one.case:42} {one.system:14} {one.note}"
    ready = f"ready in {one.seconds:6.2f} s" if one.seconds is not None else ""
    return (f"{one.case:42} {one.system:14} {one.least:11.1f} µs  median {one.median:11.1f}  {one.ratio:9.2f} × ours"
            f"  {ready} {one.note}").rstrip()


def fresh_line(measured):
    """What was measured in new processes as a line of the table."""
    start = f"{measured['case']:42} {measured['system']:14}"
    if measured.get("note"):
        return f"{start} {measured['note']}"
    memory = "" if measured["memory"] is None else f"; a call takes {measured['memory']:.1f} MB for a while"
    return f"{start} ready in {measured['cold']:.2f} s, in a later process in {measured['warm']:.2f} s{memory}"
