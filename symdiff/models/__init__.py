"""Building blocks of models, written in the language only: activations, distributions and the losses that follow from
them, other losses, penalties."""
