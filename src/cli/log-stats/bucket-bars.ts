/** The buckets of a distribution as the bars of a plot. */
import type { Distribution } from '../../trace/statistics/report.ts'
import type { PlotBar } from './plots.ts'
import { durationWords, hasWholeSeconds } from './words.ts'

/** Eight buckets in one: a bar for each power of two of a unit. */
export function bucketBars(
  buckets: Distribution['buckets'],
  unit: number,
  words: (value: number) => string,
): PlotBar[] {
  const bars = new Map<number, number>()
  for (const { to, count } of buckets) {
    const power = unit * 2 ** Math.ceil(Math.log2(Math.floor(to / unit) + 1))
    bars.set(power, (bars.get(power) ?? 0) + count)
  }
  const powers = [...bars.keys()].sort((one, other) => one - other)
  const [first = unit, last = 0] = [powers[0], powers.at(-1)]
  const all: PlotBar[] = []
  for (let power = first; power <= last; power *= 2)
    all.push({ label: `under ${words(power)}`, value: bars.get(power) ?? 0 })
  return all
}

/** Times in seconds, when the log has nothing finer. */
export function timeBars(times: Distribution): PlotBar[] {
  const unit = hasWholeSeconds(times) ? 1000 : 1
  return bucketBars(times.buckets, unit, (ms) => {
    const words = durationWords(Number(ms.toPrecision(2)))
    // A power of two is no round time, and buckets are wider than their unit.
    return ms < 10 * unit ? words : `~${words}`
  })
}
