"""What the page of a review adds to the style sheet of the reports."""

REVIEW_STYLE = """
main{max-width:1080px}
nav{font-size:.95rem;color:var(--dim);margin:.75rem 0}nav a{margin-right:1.1rem;white-space:nowrap}
.bad-text{color:rgb(var(--bad))}
.dim{color:var(--dim)}
.note{border-left:4px solid var(--line);padding:.1rem 1rem;background:var(--soft);color:var(--dim);font-size:.95rem}
table.matrix{width:auto}
.matrix td{white-space:nowrap}
.matrix td.promise{background:rgb(var(--bad))}.matrix td.promise a{color:#fff}
.matrix td.given{background:rgba(var(--bad),.12)}
.matrix td.passing{background:rgba(var(--bad),.05);color:var(--dim)}
.matrix td.kept{color:var(--good);font-weight:600}
.matrix td.holds{color:var(--dim)}
.matrix td a{text-decoration:none;font-weight:700;display:block}
.matrix td.unknown{color:var(--dim)}
.matrix tr.folder th{text-align:left;background:var(--paper);color:var(--dim);font-weight:400;padding-top:.8rem}
.matrix.scenarios th.law{white-space:normal;min-width:18rem;font-weight:400}
.matrix.scenarios td{text-align:left;white-space:normal;font-size:.85rem;min-width:9rem}
.matrix.scenarios td a{display:inline;font-weight:400}
.matrix.scenarios td.fine{color:var(--good)}
.matrix.scenarios td.none{color:var(--dim)}
.matrix td small.over{display:block;font-weight:400;white-space:nowrap;color:var(--dim)}
.matrix td small.over.kept{color:var(--good)}.matrix td small.over.given{background:rgba(var(--bad),.12)}
.matrix td small.over.promise{background:rgb(var(--bad))}.matrix td.promise small.over{color:#fff}
pre.moves{font-size:.78rem;line-height:1.35;margin:.3rem 0}
.law-chip{display:inline-block;border-radius:4px;padding:0 .45rem;margin:.1rem .25rem .1rem 0;font-size:.85rem;
text-decoration:none;background:rgba(var(--bad),.12);white-space:nowrap}
.law-chip.promise{background:rgb(var(--bad));color:#fff}
.law-chip.kept{background:rgba(26,127,75,.10);color:var(--good)}
.law-chip.soft{background:var(--soft);color:var(--dim)}
.laws td,.laws th,.history td,.history th{padding:.25rem .6rem;text-align:left;vertical-align:top;
border-bottom:1px solid var(--line)}
.laws,.history{border-collapse:collapse;font-size:.9rem;width:100%}
.laws p{margin:0}.laws ul{margin:0;padding-left:1rem}
.laws small{display:block;color:var(--dim)}
.laws .source{display:inline}.laws details{margin-left:1rem}.laws td:last-child{min-width:16rem;width:45%}
section>h3{margin-top:1.3rem}
.laws td:first-child{white-space:nowrap;font-weight:600}
.laws th,.history th{color:var(--dim);font-weight:400}
.history{font-size:.85rem}.history td{white-space:nowrap}.history td:last-child{white-space:normal;min-width:18rem}
.scenario{border-top:2px solid var(--line);margin-top:2rem;padding-top:1rem}
details.scenario{margin-top:0;padding:.35rem 0;border-top:1px solid var(--line)}
details.scenario+.scenario:not(details){margin-top:1rem}
details.scenario>summary b{color:var(--ink);font-weight:600}
details.scenario[open]{padding-bottom:1.5rem}
.story p{margin:.25rem 0;max-width:48rem}
.facts{font-size:.9rem;color:var(--dim);margin:.3rem 0;padding-left:1.2rem}
.facts b{color:var(--ink);font-weight:600}
.case{border:1px solid var(--line);border-radius:6px;padding:.75rem 1.25rem;margin:1rem 0}
.case h4{margin:0 0 .4rem;font-size:1rem}
details.case{padding:.4rem 1.25rem}
details.case>summary b{color:var(--ink)}
.case .finding{margin:.35rem 0;border-left-color:rgba(var(--bad),.35)}
.case .finding.promise{border-left-color:rgb(var(--bad))}
.case .finding.passing{border-left-color:var(--line);color:var(--dim)}
.finding small{color:var(--dim);display:block}
.case ul{margin:.3rem 0;padding-left:1.2rem;font-size:.9rem}
.replay{margin:.6rem 0 0;font-size:.85rem;color:var(--dim);overflow-wrap:anywhere}
@media(max-width:40rem){body{font-size:15px}main{padding:1.25rem .9rem 3rem}.case,details.case{padding:.5rem .75rem}
.matrix th.law{max-width:11rem;overflow:hidden;text-overflow:ellipsis}
.matrix.scenarios th.law{min-width:11rem}.laws td:first-child{white-space:normal}}
"""
