"""A Call in, the code of its routine out."""


def emit_call(code, statement):
    raise NotImplementedError
