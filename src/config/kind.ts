/**
 * Kinds of values: what may stand behind a key, how it is read and how it is written.
 *
 * Sizes are octets and times are milliseconds inside the program; in the file they carry a unit.
 */
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../base/durations.ts'
import { OperatorFault } from '../base/faults.ts'

export interface Kind<T> {
  /** Ends the sentence "write …". */
  readonly accepts: string
  /** @throws BadValue */
  parse(value: unknown): T
  /** As TOML, such that `parse` gives the same value back. */
  print(value: T): string
  /** Of a value that is a secret: what may be shown of it. Without, all of it may. */
  show?(value: T): string
}

/** A value that its kind does not accept; whoever knows file and line completes the sentence. */
export class BadValue extends OperatorFault {
  override readonly name = 'BadValue'
}

interface Range {
  readonly min: number
  readonly max: number
}

export function text(accepts: string, isGood: (value: string) => boolean): Kind<string> {
  return {
    accepts,
    parse(value) {
      if (typeof value !== 'string') return refuse(value, 'is not a text in quotes')
      if (value === '') return refuse(value, 'is empty')
      return isGood(value) ? value : refuse(value, 'is not possible here')
    },
    print: (value) => JSON.stringify(value),
  }
}

export function choice<T extends string>(...choices: readonly T[]): Kind<T> {
  return {
    accepts: orList(choices.map((one) => `"${one}"`)),
    parse: (value) => choices.find((one) => one === value) ?? refuse(value, 'is not possible here'),
    print: (value) => JSON.stringify(value),
  }
}

export const flag: Kind<boolean> = {
  accepts: 'true or false',
  parse: (value) => (typeof value === 'boolean' ? value : refuse(value, 'is not true or false')),
  print: (value) => String(value),
}

export function count(range: Range): Kind<number> {
  return {
    accepts: `a whole number from ${range.min} to ${range.max}`,
    parse(value) {
      if (typeof value !== 'number' || !Number.isInteger(value))
        return refuse(value, 'is not a whole number')
      return inRange(value, range) ? value : refuse(value, 'is out of range')
    },
    print: (value) => String(value),
  }
}

export function size(range: Range): Kind<number> {
  return measure('a size', SIZE_UNITS, range, ['10 MB', '64 KiB'], 'octets')
}

export function duration(range: Range): Kind<number> {
  return measure('a time', TIME_UNITS, range, ['90 s', '5 min', '12 h'], null)
}

export function list<T>(item: Kind<T>): Kind<readonly T[]> {
  return {
    accepts: `a list, each ${item.accepts}`,
    parse: (value) => (Array.isArray(value) ? value.map(item.parse) : refuse(value, 'is no list')),
    print: (values) => `[${values.map((value) => item.print(value)).join(', ')}]`,
  }
}

/** Three numbers for a narrow, a wider and a wide network; never falling. */
export function perNet(
  range: Range,
  of: (range: Range) => Kind<number> = count,
): Kind<readonly [number, number, number]> {
  const each = of(range)
  return {
    accepts: `three values, none below the one before it, each ${each.accepts}`,
    parse(value) {
      if (!Array.isArray(value) || value.length !== 3) return refuse(value, 'is not three values')
      const [narrow, wider, wide] = [
        each.parse(value[0]),
        each.parse(value[1]),
        each.parse(value[2]),
      ]
      if (narrow > wider || wider > wide) return refuse(value, 'falls')
      return [narrow, wider, wide]
    },
    print: (values) => `[${values.map(each.print).join(', ')}]`,
  }
}

/** The key may be left out; null stands for that and cannot be written. */
export function optional<T>(kind: Kind<T>): Kind<T | null> {
  return {
    accepts: kind.accepts,
    parse: (value) => kind.parse(value),
    print: (value) => (value === null ? '(none)' : kind.print(value)),
    show: (value) => (value === null ? '(none)' : (kind.show ?? kind.print)(value)),
  }
}

/** What may be shown of it is said by `show`; messages about a bad one show nothing of it. */
export function secret<T>(kind: Kind<T>, show: (value: T) => string): Kind<T> {
  return {
    ...kind,
    show,
    parse(value) {
      try {
        return kind.parse(value)
      } catch (error) {
        if (!(error instanceof BadValue)) throw error
        throw new BadValue(error.message.replace(JSON.stringify(value), () => '"…"'))
      }
    },
  }
}

type Units = ReadonlyMap<string, number>

function measure(
  what: string,
  units: Units,
  range: Range,
  examples: readonly string[],
  bareUnit: string | null,
): Kind<number> {
  const print = (value: number) => printMeasure(value, units)
  return {
    accepts: `${what} from ${print(range.min)} to ${print(range.max)}, such as ${orList(examples.map((one) => `"${one}"`))}`,
    parse(value) {
      const amount = parseMeasure(value, units, bareUnit)
      if (amount === undefined) return refuse(value, `is not ${what}`)
      return inRange(amount, range) ? amount : refuse(value, 'is out of range')
    },
    print: (value) => `"${print(value)}"`,
  }
}

function parseMeasure(value: unknown, units: Units, bareUnit: string | null): number | undefined {
  if (typeof value === 'number' && bareUnit !== null && Number.isInteger(value)) return value
  const parts =
    typeof value === 'string' ? /^(\d{1,15}(?:\.\d{1,6})?) ?([A-Za-z]+)$/.exec(value) : null
  const unit = units.get(parts?.[2] ?? '')
  if (unit === undefined) return undefined
  const amount = Number(parts?.[1]) * unit
  return Number.isInteger(amount) ? amount : undefined
}

/** In the largest unit of which it is a whole number. */
function printMeasure(value: number, units: Units): string {
  for (const [unit, factor] of units)
    if (value % factor === 0 && (value > 0 || factor === 1)) return `${value / factor} ${unit}`
  throw new Error(`${value} is not a whole number`)
}

function inRange(value: number, { min, max }: Range): boolean {
  return value >= min && value <= max
}

function refuse(value: unknown, why: string): never {
  throw new BadValue(`${JSON.stringify(value)} ${why}`)
}

function orList(words: readonly string[]): string {
  if (words.length < 2) return words.join('')
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}

/** Those that are printed first, the largest first; then other spellings. */
const SIZE_UNITS: Units = new Map([
  ['TiB', 2 ** 40],
  ['GiB', 2 ** 30],
  ['MiB', 2 ** 20],
  ['KiB', 2 ** 10],
  ['TB', 1e12],
  ['GB', 1e9],
  ['MB', 1e6],
  ['kB', 1e3],
  ['octets', 1],
  ['KB', 1e3],
  ['bytes', 1],
  ['B', 1],
])

const TIME_UNITS: Units = new Map([
  ['d', DAY_MS],
  ['h', HOUR_MS],
  ['min', MINUTE_MS],
  ['s', SECOND_MS],
  ['ms', 1],
])
