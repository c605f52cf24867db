"""What an adapter raises where its system cannot do a case, with the reason."""


class Unable(Exception):
    """The reason, in a few words."""
