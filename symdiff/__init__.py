"""symdiff: mathematics in, a graph in the middle, machine code or a printed derivation out."""
