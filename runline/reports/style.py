"""The style sheet of the report pages."""

STYLE = """
:root{--ink:#1d2733;--dim:#5b6877;--line:#d9dfe6;--paper:#fff;--soft:#f5f7f9;--bad:179,38,30;--good:#1a7f4b}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:1000px;margin:0 auto;padding:2rem 1.25rem 4rem}
h1{font-size:1.9rem;margin:0 0 .5rem}
h2{font-size:1.4rem;margin:2.5rem 0 .5rem;border-bottom:2px solid var(--line);padding-bottom:.25rem}
h3{font-size:1.1rem;margin:0 0 .25rem}
a{color:inherit}
.lead{font-size:1.1rem}
.met{color:var(--good)}
.unmet{border-left:4px solid rgb(var(--bad));padding:.1rem 1rem;background:var(--soft)}
.wide{overflow-x:auto}
table.matrix{border-collapse:collapse;font-size:.9rem}
.matrix th,.matrix td{border:1px solid var(--line);padding:.25rem .6rem;text-align:center;min-width:4.5rem}
.matrix th.law{text-align:left;font-weight:600;white-space:nowrap;background:var(--soft)}
.matrix th.law{position:sticky;left:0}
.matrix thead th{background:var(--soft)}
.matrix small{color:var(--dim);font-weight:400}
.matrix td.holds{color:var(--good)}
.matrix td.not_exercised,.matrix td.not_observable,.matrix td.not_applicable{color:var(--dim)}
.matrix td.bad a{text-decoration:none;font-weight:700;display:block}
.b1{background:rgba(var(--bad),.10)}.b2{background:rgba(var(--bad),.16)}.b3{background:rgba(var(--bad),.22)}
.b4{background:rgba(var(--bad),.28)}.b5{background:rgba(var(--bad),.34)}.b6{background:rgba(var(--bad),.40)}
.b7{background:rgba(var(--bad),.46)}.b8{background:rgba(var(--bad),.52)}.b9{background:rgba(var(--bad),.58)}
.signs{list-style:none;padding:0;color:var(--dim);font-size:.85rem;columns:2 20rem}
.signs li{break-inside:avoid}
article{border:1px solid var(--line);border-radius:6px;padding:1rem 1.25rem;margin:1rem 0}
.count{font-weight:400;color:rgb(var(--bad));font-size:.95rem;margin-left:.5rem}
.sentence{margin:.1rem 0 .4rem}.source{color:var(--dim);font-size:.85rem;display:block}
.falls,.ways{color:var(--dim);margin:.2rem 0;font-size:.9rem}
.steps{margin:.25rem 0 .5rem;padding-left:2.2rem;font-size:.95rem}
.steps .here{font-weight:700}
.finding{border-left:4px solid rgb(var(--bad));padding-left:.75rem;margin:.5rem 0 1rem}
.chart{display:block;overflow-x:auto}
img{width:100%;min-width:640px;height:auto;display:block}
details summary{cursor:pointer;color:var(--dim)}
code{font-size:.85rem;color:var(--dim)}
footer{margin-top:3rem;color:var(--dim);font-size:.85rem}
"""
