"""The style sheet of a document in HTML: for what stands under class="symdiff", and for a page of its own."""

SCOPED = """
.symdiff {
  --rule: color-mix(in srgb, currentColor 15%, transparent);
  --line: color-mix(in srgb, currentColor 48%, transparent);
  --quiet: color-mix(in srgb, currentColor 66%, transparent);
  --tint: color-mix(in srgb, currentColor 5%, transparent);
  --ground: var(--jp-layout-color0, var(--vscode-editor-background, Canvas));
  font-family: "STIX Two Text", Cambria, "Libertinus Serif", "Latin Modern Roman", "Noto Serif", Georgia, serif;
  font-variant-numeric: lining-nums;
  line-height: 1.55;
  overflow-wrap: break-word;
}
.symdiff math {
  font-family: "STIX Two Math", "Cambria Math", "Libertinus Math", "Latin Modern Math", "Noto Sans Math", math;
  font-size: 1.04em;
  text-indent: 0;
}
.symdiff h1, .symdiff h2, .symdiff h3 { font-weight: 600; line-height: 1.25; text-wrap: balance; }
.symdiff h1 { font-size: 1.4em; margin: 0 0 1em; }
.symdiff h2 { font-size: 1.25em; margin: 2.4em 0 .8em; }
.symdiff h3 { font-size: 1.05em; margin: 1.9em 0 .6em; }
.symdiff p, .symdiff ul { margin: 0 0 1em; max-width: 44em; text-wrap: pretty; }
.symdiff ul { padding-left: 1.3em; }
.symdiff li { margin: .35em 0; padding-left: .2em; }
.symdiff li::marker { color: var(--quiet); }
.symdiff .formula { margin: 1.3em 0; padding: .2em 0 .2em 3.5em; text-indent: -2em; overflow: auto hidden; }
.symdiff .formula + .formula { margin-top: -.5em; }
.symdiff .formula math { padding-block: .3em; }
.symdiff .chain {
  display: grid;
  grid-template-columns: max-content minmax(0, 1fr);
  align-items: baseline;
  padding-left: 1.5em;
  text-indent: 0;
}
.symdiff .chain .side { grid-column: 2; padding-left: 1.6em; text-indent: -1.6em; }
.symdiff .chain.stacked { grid-template-columns: 2em minmax(0, 1fr); }
.symdiff .chain.stacked > :first-child { grid-column: 1 / 3; }
.symdiff .formula math, .symdiff td math, .symdiff th math { math-style: normal; }
.symdiff .wide { display: inline-block; max-width: 100%; overflow: auto hidden; text-indent: 0; }
.symdiff .wide { vertical-align: middle; }
.symdiff .scroll { overflow-x: auto; margin: 1.4em 0; max-width: 100%; }
.symdiff table {
  border-collapse: collapse;
  table-layout: auto;
  border: 0;
  border-block: 1.5px solid var(--line);
  margin: 0;
  font-size: .95em;
  font-variant-numeric: lining-nums tabular-nums;
  color: inherit;
}
.symdiff p.caption { margin: 1.4em 0 -.6em; color: var(--quiet); }
.symdiff thead { border: 0; }
.symdiff.symdiff tr.row { background: none; }
.symdiff.symdiff th, .symdiff.symdiff td {
  border: 0;
  padding: .5em .85em;
  text-align: left;
  vertical-align: baseline;
  white-space: nowrap;
  max-width: none;
  background: none;
  line-height: 1.45;
}
.symdiff.symdiff th { font-weight: 400; font-size: .93em; color: var(--quiet); vertical-align: bottom; }
.symdiff.symdiff thead th { border-bottom: 1px solid var(--line); }
.symdiff.symdiff tbody tr + tr > * { border-top: 1px solid var(--rule); }
.symdiff.symdiff tbody tr.more > * { border-top: 0; padding-top: .1em; }
.symdiff.symdiff tr > :first-child { padding-left: .15em; }
.symdiff.symdiff tr > :last-child { padding-right: .15em; }
.symdiff.symdiff .number { text-align: right; }
.symdiff.symdiff .long { white-space: normal; min-width: 17em; max-width: 32em; line-height: 1.7; }
.symdiff.symdiff .keyed tr > :first-child {
  position: sticky;
  left: 0;
  z-index: 1;
  padding-right: 1.3em;
  background: linear-gradient(to right, var(--ground) calc(100% - .5em), transparent);
}
.symdiff pre {
  margin: 1.3em 0;
  padding: .9em 1.1em;
  overflow-x: auto;
  background: var(--tint);
  border-radius: 6px;
  font: .86em/1.5 ui-monospace, "Cascadia Code", "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  tab-size: 4;
}
.symdiff pre code { font: inherit; background: none; padding: 0; color: inherit; }
.symdiff figure { margin: 1.6em 0; }
.symdiff figure svg { display: block; height: auto; max-width: none; width: clamp(calc(var(--w)*.62), 100%, var(--w)); }
.symdiff figure.paper .scroll { background: #fff; color: #1d1f24; border-radius: 6px; padding: .8em; }
@media (max-width: 40em) {
  .symdiff .formula { padding-left: 2em; text-indent: -1.2em; }
  .symdiff .chain { padding-left: .8em; text-indent: 0; }
  .symdiff.symdiff th, .symdiff.symdiff td { padding: .45em .6em; }
}
@media print {
  .symdiff .scroll, .symdiff .formula, .symdiff pre { overflow: visible; }
  .symdiff tr, .symdiff figure { break-inside: avoid; }
}
"""

PAGE = """
:root { color-scheme: light dark; }
body { margin: 0; background: #fefefc; color: #1d1f24; font-size: 17px; -webkit-text-size-adjust: 100%; }
main.symdiff h1 { font-size: 1.8em; margin-bottom: 1.1em; }
main.symdiff { --ground: #fefefc; max-width: 72rem; margin: 0 auto; padding: 3.5rem clamp(1.1rem, 4.5vw, 3.5rem) 5rem; }
main.symdiff .sd-drawing .f-paper { fill: var(--ground); }
main.symdiff .sd-drawing .s-paper { stroke: var(--ground); }
@media (prefers-color-scheme: dark) {
  body { background: #17181b; color: #e4e3df; }
  main.symdiff { --ground: #17181b; }
}
@media (max-width: 40em) {
  body { font-size: 16px; }
  main.symdiff { padding-top: 1.8rem; }
}
@media print {
  body { background: none; color: #000; font-size: 10.5pt; }
  main.symdiff { padding: 0; max-width: none; }
}
"""
