"""What is printed, as data: formulas and blocks go in; text, Markdown, LaTeX and HTML come out, each in a file of its name."""
