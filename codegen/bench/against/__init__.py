"""Names of other systems and of cases go in; times of their derivatives, beside ours, come out."""
