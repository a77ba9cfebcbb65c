/** How pages look: statistics and reports. Light or dark as the reader has it. */
export const PAGE_STYLE = `
:root{color-scheme:light dark;--paper:#fff;--ink:#1c2430;--soft:#5c6878;--line:#dfe4ea;--wash:#f5f7f9;
--plain:#5b7db1;--good:#3f9468;--warn:#c98a1b;--bad:#c2493d;--other:#8a63b0}
@media(prefers-color-scheme:dark){:root{--paper:#12161c;--ink:#e4e9ef;--soft:#98a4b3;--line:#2a323c;--wash:#1a2028;
--plain:#7fa3d8;--good:#5fb98a;--warn:#dfaa48;--bad:#e07468;--other:#b08ed6}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:72rem;margin:0 auto;padding:2rem 1.25rem 4rem}
h1{font-size:1.7rem;line-height:1.2;margin:0}
h2{font-size:1.25rem;margin:2.5rem 0 .75rem;padding-top:.75rem;border-top:1px solid var(--line)}
h3{font-size:.95rem;margin:1.25rem 0 .35rem;color:var(--soft)}
header p,.note{color:var(--soft);margin:.25rem 0 0}
.note{font-size:.85rem}
nav{margin:1.5rem 0 0;font-size:.9rem;line-height:2}
nav a{color:var(--plain);margin-right:.75rem;white-space:nowrap}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.75rem;margin:1.5rem 0}
.tile{background:var(--wash);border-radius:.5rem;padding:.75rem 1rem;border-left:3px solid var(--plain)}
.tile.warn{border-color:var(--warn)}.tile.bad{border-color:var(--bad)}
.tile b{display:block;font-size:1.5rem;line-height:1.2;font-variant-numeric:tabular-nums}
.tile span{display:block}.tile small{color:var(--soft)}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,30rem),1fr));gap:1.5rem}
figure{margin:0}figcaption{font-weight:600;font-size:.95rem}
svg{display:block;width:100%;height:auto}
svg text{fill:var(--soft);font:11px system-ui,sans-serif}
.axis{stroke:var(--line);stroke-width:1}
.plain{fill:var(--plain)}.good{fill:var(--good)}.warn{fill:var(--warn)}.bad{fill:var(--bad)}.other{fill:var(--other)}
.tile.plain,.tile.warn,.tile.bad{fill:none}
.key{font-weight:400;color:var(--soft);margin-left:.75rem;font-size:.85rem;white-space:nowrap}
.key svg{display:inline;width:.7em;height:.7em;margin-right:.3em}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:.9rem}
th{text-align:left;font-weight:600;color:var(--soft)}
td,th{padding:.2rem 1rem .2rem 0;vertical-align:top;border-bottom:1px solid var(--line)}
td{overflow-wrap:anywhere;max-width:34rem}
.figure{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.bar{width:12rem;min-width:8rem;vertical-align:middle}
.bar i{display:block;height:.7em;background:var(--plain);border-radius:2px;min-width:1px}
`
