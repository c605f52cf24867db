"""codegen: a graph goes in; machine code, and everything that needs machine code, comes out."""
