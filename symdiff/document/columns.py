"""Widths that the columns of a table would like and need go in; groups of columns that fit, with widths, come out."""

def groups(natural, least, limit, gap, comfort):
    """[(columns, widths), …]: one group where the table fits, its widest columns made narrower if need be.

    natural   what each column would like;  least: its longest word
    limit     what a group may take, with `gap` between two columns
    comfort   no column is made narrower than this for company, if it would like as much
    A table that does not fit so is split; each group starts with the first column.

    >>> groups([5, 30, 40], [5, 6, 6], 60, 3, 18)
    [((0, 1, 2), (5, 22, 26))]
    >>> groups([5, 30, 40], [5, 28, 40], 60, 3, 18)
    [((0, 1), (5, 30)), ((0, 2), (5, 40))]
    """
    floor = [max(a, min(b, comfort)) for a, b in zip(least, natural)]
    parts, part, taken = [], [], 0
    for k in range(len(natural)):
        more = floor[k] + gap*bool(part)
        if len(part) > 1 and taken + more > limit:
            parts.append(part)
            part, taken = [0], floor[0]
            more = floor[k] + gap
        part, taken = part + [k], taken + more
    parts.append(part)
    return [(tuple(part), _filled([natural[k] for k in part], [floor[k] for k in part], limit - gap*(len(part) - 1)))
            for part in parts]


def _filled(natural, floor, room):
    """Widths between floor and natural that fill the room: each column gets the same share of what it lacks."""
    lacking, left = sum(natural) - sum(floor), max(room - sum(floor), 0)
    if lacking <= left:
        return tuple(natural)
    return tuple([low + (high - low)*left//lacking for low, high in zip(floor, natural)])
