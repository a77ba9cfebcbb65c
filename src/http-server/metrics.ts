/** Metrics as Prometheus reads them: its text format 0.0.4. */

/** Words of ours, few of each: a metric has a series for every combination of labels. */
export type Labels = Readonly<Record<string, string>>

export interface Sample {
  readonly labels: Labels
  readonly value: number
}

export interface Histogram {
  /** Upper bounds, ascending; each with how many were no larger. */
  readonly buckets: readonly (readonly [bound: number, count: number])[]
  readonly count: number
  readonly sum: number
}

/** Names are `waybill_…`, units are seconds and bytes, as is the custom there. */
export type Metric = {
  readonly name: string
  /** One sentence. */
  readonly help: string
} & (
  | { readonly type: 'gauge' | 'counter'; readonly samples: readonly Sample[] }
  | { readonly type: 'histogram'; readonly histogram: Histogram }
)

export function metricsText(metrics: readonly Metric[]): string {
  return metrics.map(metricText).join('')
}

export function gauge(name: string, help: string, value: number): Metric {
  return { name, help, type: 'gauge', samples: [{ labels: {}, value }] }
}

export function counter(name: string, help: string, value: number): Metric {
  return { name, help, type: 'counter', samples: [{ labels: {}, value }] }
}

/** A series for each word. */
export function samplesBy(
  label: string,
  values: Readonly<Record<string, number>>,
  more: Labels = {},
): readonly Sample[] {
  return Object.entries(values).map(([word, value]) => ({
    labels: { ...more, [label]: word },
    value,
  }))
}

function metricText(metric: Metric): string {
  const { name, help, type } = metric
  const head = `# HELP ${name} ${escaped(help)}\n# TYPE ${name} ${type}\n`
  const lines =
    metric.type === 'histogram'
      ? histogramLines(name, metric.histogram)
      : metric.samples.map(({ labels, value }) => line(name, labels, value))
  return head + lines.join('')
}

function histogramLines(name: string, { buckets, count, sum }: Histogram): string[] {
  return [
    ...buckets.map(([bound, upTo]) => line(`${name}_bucket`, { le: numberText(bound) }, upTo)),
    line(`${name}_bucket`, { le: '+Inf' }, count),
    line(`${name}_sum`, {}, sum),
    line(`${name}_count`, {}, count),
  ]
}

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(
    ([label, text]) => `${label}="${escaped(text).replaceAll('"', '\\"')}"`,
  )
  const inBraces = pairs.length === 0 ? '' : `{${pairs.join(',')}}`
  return `${name}${inBraces} ${numberText(value)}\n`
}

/** Of HELP; in labels quotes are escaped too. */
function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (Number.isFinite(value)) return String(value)
  return value > 0 ? '+Inf' : '-Inf'
}
