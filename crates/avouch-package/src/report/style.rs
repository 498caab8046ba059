//! How the report looks.

/// The style sheet. Colours stand beside words, never in place of them.
pub(super) const STYLE: &str = "
:root{--ink:#1c2126;--dim:#5a646e;--line:#d8dde3;--good:#12602b;--bad:#a3210f;--gap:#7d5200;--soft:#f5f7f9}
*{box-sizing:border-box}
body{margin:0;color:var(--ink);background:#fff;font:16px/1.55 Georgia,'Times New Roman',serif}
main{max-width:62rem;margin:0 auto;padding:0 1.25rem 5rem}
h1,h2,h3,th,dt,.kind,.days,.word,nav{font-family:system-ui,-apple-system,'Segoe UI',sans-serif}
h2{font-size:1.35rem;margin:3rem 0 .6rem;padding-top:1rem;border-top:2px solid var(--ink)}
h3{font-size:1.02rem;margin:1.4rem 0 .3rem}
p{margin:.5rem 0;max-width:46rem}
.dim{color:var(--dim)}
.cover{padding:4.5rem 0 2rem}
.cover h1{font-size:clamp(2rem,7vw,3.2rem);line-height:1.1;margin:.2rem 0}
.kind{text-transform:uppercase;letter-spacing:.09em;font-size:.8rem;color:var(--dim)}
.days{font-size:1.2rem}
.not{border:2px solid var(--ink);padding:.7rem 1rem;font-weight:bold;max-width:none}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;margin:1.2rem 0}
dt{font-weight:600}dd{margin:0;overflow-wrap:anywhere}
code{font:.86em ui-monospace,Consolas,monospace;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%;margin:.8rem 0;font-size:.94rem}
th,td{text-align:left;vertical-align:top;padding:.42rem .6rem;border-bottom:1px solid var(--line);overflow-wrap:break-word}
th{font-size:.8rem;color:var(--dim);font-weight:600}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td.when{white-space:nowrap;font-variant-numeric:tabular-nums}
.word{font-weight:600;font-size:.86rem}
.good{color:var(--good)}.bad{color:var(--bad)}.gap{color:var(--gap)}.off{color:var(--dim)}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(9.2rem,1fr));gap:.45rem;margin:.9rem 0}
.cell{border:1px solid var(--line);border-left:5px solid var(--line);padding:.35rem .55rem;background:var(--soft)}
.cell b{display:block;font-family:system-ui,sans-serif}
.cell.good{border-left-color:var(--good)}.cell.bad{border-left-color:var(--bad)}.cell.gap{border-left-color:var(--gap)}
.cell .word{font-size:.78rem}
.tally{display:flex;flex-wrap:wrap;gap:.5rem 1.6rem;margin:.8rem 0;font-family:system-ui,sans-serif}
.tally b{font-size:1.5rem;display:block}
.request{border-left:4px solid var(--line);padding:.1rem 0 .1rem .9rem;margin:1rem 0}
.controls{table-layout:fixed}
.controls th:nth-child(1){width:17%}.controls th:nth-child(2){width:13%}.controls th:nth-child(3){width:9%}
.controls th:nth-child(4),.controls th:nth-child(5){width:7.5%}.controls th:nth-child(6){width:12%}
.controls td{overflow-wrap:anywhere}.controls td.word{overflow-wrap:normal}
.ticks td:first-child{width:40%}
.flow,.trend{margin:1rem 0;max-width:36rem}.trend{max-width:46rem}
.flow svg,.trend svg{width:100%;height:auto;display:block;color:var(--ink)}
.flow text,.trend text{font:12px system-ui,sans-serif;fill:var(--ink)}
.flow .end{text-anchor:end}.flow .name{font-weight:700;font-size:15px}.flow .small,.flow .said{font-size:12px}
.flow .box{fill:#fff;stroke:var(--ink);stroke-width:1.5}
.flow .edge{fill:none;stroke:var(--ink);stroke-width:1;stroke-dasharray:2 4}
.flow .seen,.flow .told{stroke:var(--ink);stroke-width:1.5}.flow .told{stroke-dasharray:6 5}
.trend .grid-line{stroke:var(--line)}.trend .run{fill:none;stroke:var(--ink);stroke-width:2}.trend .dot{fill:var(--ink)}
.trend .incident{stroke:var(--bad);stroke-dasharray:3 3}.trend .release{fill:var(--dim)}
.trend text{font-size:11px;fill:var(--dim)}.trend .end{text-anchor:end}
.flow figcaption,.trend figcaption{color:var(--dim);font-size:.9rem}
.item{border-left:4px solid var(--bad);padding:.1rem 0 .1rem .9rem;margin:1rem 0}
ul{margin:.3rem 0;padding-left:1.2rem}
a{color:inherit}
@media screen and (max-width:40rem){
.cover{padding-top:2rem}
table.wide thead{display:none}
table.wide tr{display:block;border-bottom:1px solid var(--line);padding:.5rem 0}
table.wide td,table.wide td:first-child,table.wide td:last-child{width:auto}
table.wide td{display:block;border:0;padding:.1rem 0;text-align:left;white-space:normal}
table.wide td[data-is]::before{content:attr(data-is) ': ';color:var(--dim);font:600 .8rem system-ui,sans-serif}
dl{grid-template-columns:1fr}dt{margin-top:.4rem}
td.when{white-space:normal}
.trend text{font-size:17px}
}
@page{size:A4;margin:17mm 15mm 19mm;@bottom-left{content:'Prepared by management. Not a SOC 2 report.';font:8pt system-ui,sans-serif;color:#5a646e}@bottom-right{content:counter(page) ' of ' counter(pages);font:8pt system-ui,sans-serif;color:#5a646e}}
@page:first{@bottom-left{content:''}@bottom-right{content:''}}
@media print{
body{font-size:10pt;-webkit-print-color-adjust:exact;print-color-adjust:exact}
main{max-width:none;padding:0}
h2,h3{break-after:avoid}
h2{margin-top:2rem}
tr,.cell,.tally,.flow,.trend,dl{break-inside:avoid}
thead{display:table-header-group}
p,li{orphans:3;widows:3}
table{font-size:8.6pt}
th{font-size:7.4pt}.controls td.word{font-size:7.8pt}
th,td{padding:.28rem .4rem}
.cover{break-after:page;padding-top:30vh;min-height:0}
.grid{grid-template-columns:repeat(8,1fr);gap:.25rem}.cell{padding:.2rem .3rem}.cell .word{font-size:6.4pt}
.flow{max-width:26rem}.trend{max-width:34rem}
a{text-decoration:none}
}
";
