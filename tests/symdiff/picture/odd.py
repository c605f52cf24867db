"""Names that a way of drawing could take for its own signs."""
ODD = ["<b>&amp;</b>", "a&b", "50%", "a_b_c", "__init__", "back\\slash", "\\n", "\\", "\\N", 'say "no"', '"', "it's", 
       "a|b|c", "a;b", "a->b", "{brace}", "}{", "#35;", "#1", "x^2~y", "x*y", "a/(b", "two words", "new\nline",
       "tab\t", "x"*200,
       "<!--", "]]>", "é", "ξ\u0304₁", "漢字", "1. one", "- two", "end", "`tick`", "<script>alert(1)</script>",
       "\x00\x1b[2J",
       "--", "::: class", "%%", "&lt;", "]", ")", "/]", "subgraph"]
