/** Plots as SVG, for a page. Each bar tells its figure where the pointer rests. */
import { escaped } from './escape.ts'
import { numberWords } from './words.ts'

export interface PlotBar {
  readonly label: string
  readonly value: number
}

/** What a series is: its class in the page gives its colour. */
export interface Series<Point> {
  readonly name: string
  readonly tone: 'plain' | 'good' | 'warn' | 'bad' | 'other'
  readonly of: (point: Point) => number
}

/** Bars beside one another; '' when all are zero. */
export function barPlot(title: string, bars: readonly PlotBar[]): string {
  return stackPlot(title, bars, [{ name: '', tone: 'plain', of: ({ value }) => value }])
}

/** Bars of several parts, one on the other; '' when all are zero. */
export function stackPlot<Point extends { readonly label: string }>(
  title: string,
  points: readonly Point[],
  series: readonly Series<Point>[],
): string {
  const heights = points.map((point) => series.reduce((sum, { of }) => sum + of(point), 0))
  const most = Math.max(0, ...heights)
  if (most === 0) return ''
  const used = series.filter(({ of }) => points.some((point) => of(point) > 0))
  const step = PLOT_WIDTH / points.length
  const width = Math.max(0.5, step - Math.min(2, step * 0.2))
  const bars = points.map((point, index) => {
    let y = BASE
    const parts = used.map(({ tone, of }) => {
      const height = (of(point) / most) * PLOT_HEIGHT
      y -= height
      return height === 0
        ? ''
        : `<rect class="${tone}" x="${(LEFT + index * step).toFixed(1)}" y="${y.toFixed(1)}" width="${width.toFixed(1)}" height="${height.toFixed(1)}"/>`
    })
    const figures = used.map(({ name, of }) => `${numberWords(of(point))} ${name}`.trim())
    return `<g>${parts.join('')}<title>${escaped(`${point.label}: ${figures.join(', ')}`)}</title></g>`
  })
  return `<figure><figcaption>${escaped(title)}${used.map(keyOf).join('')}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(title)}">
<path class="axis" d="M${LEFT} ${BASE}H${WIDTH}M${LEFT} ${BASE - PLOT_HEIGHT}H${WIDTH}" fill="none"/>
<text x="${LEFT - 4}" y="${BASE - PLOT_HEIGHT + 4}" text-anchor="end">${numberWords(most)}</text>
<text x="${LEFT - 4}" y="${BASE}" text-anchor="end">0</text>
${bars.join('\n')}
${labels(points, step)}
</svg></figure>`
}

function keyOf<Point>({ name, tone }: Series<Point>): string {
  return name === ''
    ? ''
    : `<span class="key"><svg viewBox="0 0 10 10"><rect class="${tone}" width="10" height="10"/></svg>${escaped(name)}</span>`
}

/** Under the first point, the last, and some between. */
function labels(points: readonly { readonly label: string }[], step: number): string {
  const every = Math.max(1, Math.ceil(points.length / MOST_LABELS))
  return points
    .map(({ label }, index) => {
      if (index % every !== 0) return ''
      const x = LEFT + (index + 0.5) * step
      const isLast = index > 0 && x > WIDTH - HALF_LABEL
      const [anchor, at] = isLast ? ['end', WIDTH] : index === 0 ? ['start', LEFT] : ['middle', x]
      return `<text x="${at.toFixed(1)}" y="${BASE + 14}" text-anchor="${anchor}">${escaped(label)}</text>`
    })
    .join('')
}

const WIDTH = 600
const HEIGHT = 180
const LEFT = 52
const BASE = 158
const PLOT_WIDTH = WIDTH - LEFT
const PLOT_HEIGHT = 140
const MOST_LABELS = 6
/** Of the width of a long label. */
const HALF_LABEL = 45
