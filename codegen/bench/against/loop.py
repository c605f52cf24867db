"""A system's function that stacks arrays goes in; `scan` for systems that write a loop out comes out."""


def written_out(stack):
    """scan(body, state, xs): (last state, results stacked), step after step."""
    def scan(body, state, xs):
        many, results = isinstance(xs, list), []
        for k in range(len(xs[0] if many else xs)):
            state, y = body(state, [x[k] for x in xs] if many else xs[k])
            results.append(y)
        return state, stack(results)
    return scan
