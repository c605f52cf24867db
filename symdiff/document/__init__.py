"""What is printed, as data: formulas and blocks go in; text, Markdown, LaTeX and HTML come out."""
