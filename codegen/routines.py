"""Routines on whole buffers, by name."""
ROUTINES = {}
