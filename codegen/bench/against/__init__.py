"""Names of other systems and of cases go in; times of the same derivatives there and here, and their ratios, come out."""
