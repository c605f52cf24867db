"""Loops in, code out: readable Python, or LLVM through llvmlite."""
