"""What has a document is shown in every way: as text, Markdown, LaTeX and HTML, at the prompt and in Jupyter."""
from .html import html
from .latex import latex
from .markdown import markdown
from .text import text


class Shown:
    """For a class with a method `document()`, which gives its symdiff.document.blocks.Document."""

    def text(self, width=None, ascii=None):
        """As text of at most `width` columns (the terminal's), in ASCII where `ascii` is true or stdout needs it."""
        return text(self.document(), width, ascii)

    def markdown(self):
        """As Markdown that GitHub shows."""
        return markdown(self.document())

    def latex(self, whole=True):
        r"""As LaTeX that needs amsmath alone: a file of its own, or a fragment to \\input."""
        return latex(self.document(), whole)

    def html(self, whole=True):
        """As HTML: one file that needs no other, or a fragment to put into a page."""
        return html(self.document(), whole)

    def __str__(self):
        return self.text()

    __repr__ = __str__

    def _repr_html_(self):
        return self.html(whole=False)

    def _repr_latex_(self):
        return self.latex(whole=False)
