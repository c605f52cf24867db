"""The independent reference: raw expressions in; values and derivatives by NumPy (`tape`) or by mpmath (`oracle`) out.

Neither knows the graph, its records or its passes.  What they share is the reading of expressions into words
(`reading`, `indexed`, `matrices`, `lengths`); each has its own table of what the words mean.
"""
