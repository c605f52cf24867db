"""The rows of a table and an input go in; the paths along which the input acts on the last row come out."""
MOST_PATHS, LONGEST_PATH = 8, 14


def paths(rows, w):
    """[path, …], each a tuple of edges from the last row down to w; None where they are too many or too long to write.

    They are counted first, without walking them: a graph of n rows may have 2ⁿ.
    """
    count, depth = {w: 1}, {w: 0}
    for row in rows:
        ways = [(count[edge.by], depth[edge.by]) for edge in row.edges if edge.by in count]
        if ways:
            count[row.name], depth[row.name] = sum(n for n, _ in ways), 1 + max(d for _, d in ways)
    last = rows[-1]
    if last.name not in count:
        return []
    if count[last.name] > MOST_PATHS or depth[last.name] > LONGEST_PATH:
        return None
    edges = {row.name: row.edges for row in rows}
    found, stack = [], [(last.name, ())]
    while stack:
        name, path = stack.pop()
        if name == w:
            found.append(path)
            continue
        stack += [(edge.by, (*path, edge)) for edge in reversed(edges[name]) if edge.by in count]
    return found
