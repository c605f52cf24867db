"""An expression and a part of it go in, short text that shows a reader where the part stands comes out."""
from sympy.matrices.exceptions import ShapeError

LONGEST = 110


def brief(e):
    """The expression as text, shortened; never deep recursion."""
    if _is_small(e):
        try:
            text = str(e)
        except (ShapeError, ValueError):            # SymPy multiplies matrices again when it prints them; integers of
            text = _name(e)                         # more than 4 300 digits have no text
        return text if len(text) <= LONGEST else text[:LONGEST - 3] + "..."
    return f"{_name(e)}(...)"


def place(roots, target):
    """Where the part stands: the output, and below it the path when there is one."""
    for root, path in _paths(roots, target):
        if not path:
            return brief(root)
        steps = " > ".join(path if len(path) <= 6 else [*path[:2], "...", *path[-3:]])
        return f"{brief(root)}\n{steps} > {brief(target)}"
    return brief(target)


def _paths(roots, target):
    """At most one pair (root, names of the operations above the target)."""
    parent, stack = {}, []
    for root in roots:
        parent[id(root)] = None
        stack.append(root)
    keep = list(roots)
    while stack:
        e = stack.pop()
        if e is target:
            path, at = [], e
            while parent[id(at)] is not None:
                at = parent[id(at)]
                path.append(_name(at))
            yield at, path[::-1]
            return
        for a in _args(e):
            if id(a) not in parent:
                parent[id(a)] = e
                keep.append(a)
                stack.append(a)


def _args(e):
    return getattr(e, "args", ())


def _name(e):
    op = getattr(e, "op", None)
    if op is None:
        return type(e).__name__
    return op if isinstance(op, str) else op.__name__


def _is_small(root):
    """Fewer than 300 parts counted with repetition, less than 40 deep."""
    stack, count = [(root, 0)], 0
    while stack:
        e, depth = stack.pop()
        count += 1
        if depth > 40 or count > 300:
            return False
        stack.extend((a, depth + 1) for a in _args(e))
    return True
