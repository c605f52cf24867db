"""Names of systems, and words that cases hold, go in; the table of times is written as it comes, and returned."""
import json
from itertools import chain
from pathlib import Path

from symdiff.errors import ArgumentError

from ...doctor import machine
from ..measures import fresh_in
from . import ours
from .cases import NAMED, cases
from .compare import PEERS, adapter, compare, ways
from .limits import limits
from .picture import picture

FORMS = ("svg", "png", "pdf")


def run(systems=PEERS, only=(), own=(), fresh=True, as_json=False, image=None, write=print):
    """Every case against every system that is installed; (times, what was measured in new processes).

    own    further cases (Case): after those of `only`, or alone
    fresh  measure compile time and memory too, in new processes; not of own cases
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
    here = machine(dict.fromkeys(module.LIBRARY for module in modules.values()))
    say(f"{here['processor']}, {here['threads']} threads; {here['python']}; "
        + ", ".join(f"{name} {version}" for name, version in here["versions"].items()))
    for text in missing:
        say(text)
    times, compiled = [], []
    if only and not own and not any(word in name for word in only for name in NAMED):
        known = ", ".join(sorted({name.split()[0] for name in NAMED}))
        raise ArgumentError(f"no case is called {', '.join(only)}.", known=known,
                            do="name some of these, or leave --only out.")
    for case in chain(cases(only) if only or not own else (), own):
        found = compare(case, modules.values(), lambda written: {**ours.flat(written), **limits(written)})
        times += found
        for one in found:
            say(line(one))
        named = {way: name for name, module in (("ours", ours), *modules.items()) for way in ways(module, case)}
        for one in found if fresh and case.name in NAMED else ():
            if one.seconds is not None:
                compiled.append(fresh_in(named[one.system], one))
                say(fresh_line(compiled[-1]))
    if as_json:
        write(json.dumps({"machine": here, "times": [one.as_dict() for one in times], "fresh": compiled,
                          "skipped": missing}, indent=1))
    if image:
        Path(image).write_bytes(picture(times, form))
    return times, compiled


def line(one):
    """One time as a line of the table."""
    if one.least is None:
        return f"{one.case:42} {one.system:14} {one.note}"
    parts = [f"ready in {one.seconds:6.2f} s" if one.seconds is not None else "",
             f"{1e6/one.least:.0f} steps a second" if one.unit == "step" else "", one.form, one.note]
    return (f"{one.case:42} {one.system:14} {one.least:11.1f} µs  median {one.median:11.1f}  {one.ratio:9.2f} × ours"
            "  " + ", ".join(filter(None, parts))).rstrip()


def fresh_line(measured):
    """What was measured in new processes as a line of the table."""
    start = f"{measured['case']:42} {measured['system']:14}"
    memory = "" if measured["memory"] is None else f"; a call takes {measured['memory']:.1f} MB for a while"
    return f"{start} ready in {measured['cold']:.2f} s, in a later process in {measured['warm']:.2f} s{memory}"
