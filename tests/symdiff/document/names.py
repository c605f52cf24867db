"""Names and words that a notation could take for its own signs."""
import symdiff.language as sd
from symdiff.document.blocks import Display, Document, Figure, Heading, Items, Listing, Paragraph, Table
from symdiff.document.formulas import Equal, Partial, Plus, Times, Value

ODD = ["<b>&amp;</b>", "a&b", "50%", "a_b_c", "__init__", "back\\slash", "\\end{document}", 'say "no"', "it's", "a|b|c",
       "$x$", "`tick`", "{brace}", "}{", "#1", "x^2~y", "x*y", "a/(b", "two words", "x" * 200, "<!--", "]]>", "é",
       "ξ\u0304₁", "naïve", "漢字", "a\\", "--", "a$`b", "1. one", "-> here", "<script>alert(1)</script>"]


def document(name):
    """The name in every place of a document, as words and as a symbol."""
    a, b = sd.array(name), sd.array("b")
    rows = ((a, name, Equal((a, a*b + 1)), Value(1.5)), (None, ("of ", a, name), Partial(a, b), Value(2)))
    return Document(("On ", name, a), (
        Heading(name), Paragraph(name), Paragraph(("A word ", name, " and a symbol ", a, ".")),
        Display(Equal((Partial(a, b), Plus((Times((-a, b)), a)), name))), Items((name, ("by ", a))),
        Table((name, a, "c", "d"), rows, (3,), caption=("About ", name)), Listing(name), Figure("<svg></svg>", name)))
