/** The flags of sendmail, which every mail server has taken in the same way since 1983. */
import { UsageFault } from '../faults.ts'

export type Mode = 'send' | 'smtp' | 'list' | 'listWaiting' | 'run' | 'verify' | 'nothing'

export interface Flags {
  readonly mode: Mode
  /** `-t`: recipients are those of To, Cc and Bcc, and of the command line. */
  readonly fromHeader: boolean
  /** Does a line with a single dot end the message? */
  readonly endsAtDot: boolean
  /** `-f`; null: not said. Empty or `<>` is the null sender. */
  readonly sender: string | null
  /** `-F`; null: not said. */
  readonly fullName: string | null
  readonly isVerbose: boolean
  /** RFC 3461: `NEVER`, or `SUCCESS,DELAY`. */
  readonly notify: string | null
  readonly ret: 'FULL' | 'HDRS' | null
  readonly envelopeId: string | null
  readonly recipients: readonly string[]
}

/**
 * Flags that say what does not concern us are taken and left out; their value, too.
 * @throws UsageFault
 */
export function parseFlags(words: readonly string[]): Flags {
  const flags = { ...NO_FLAGS }
  const recipients: string[] = []
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    if (word === '--') {
      recipients.push(...words.slice(at + 1))
      break
    }
    if (!word.startsWith('-') || word === '-') {
      recipients.push(word)
      continue
    }
    const letter = word.charAt(1)
    let value = word.slice(2)
    if (TAKES_VALUE.has(letter) && value === '') {
      at++
      const next = words[at]
      if (next === undefined) throw new UsageFault(`-${letter} needs a value`)
      value = next
    }
    if (!TAKES_VALUE.has(letter) && !OPEN_ENDED.has(letter)) takeAll(flags, word.slice(1))
    else take(flags, letter, value)
  }
  // The mail would stay unread on standard input, and whoever sends it would think that it is sent.
  if (flags.mode === 'run' && (recipients.length > 0 || flags.fromHeader))
    throw new UsageFault('-q tries what waits, and sends nothing: leave out the addresses, or -q')
  return { ...flags, recipients }
}

type Written = { -readonly [Name in keyof Flags]: Flags[Name] }

const NO_FLAGS: Flags = {
  mode: 'send',
  fromHeader: false,
  endsAtDot: true,
  sender: null,
  fullName: null,
  isVerbose: false,
  notify: null,
  ret: null,
  envelopeId: null,
  recipients: [],
}

/** Their value stands behind them, or is the next word. */
const TAKES_VALUE = new Set([...'frFBNRVhCLXOpMdD'])
/** What stands behind them belongs to them. */
const OPEN_ENDED = new Set([...'boeqA'])

/** `-ti` is `-t -i`. */
function takeAll(flags: Written, letters: string): void {
  for (const letter of letters) take(flags, letter, '')
}

function take(flags: Written, letter: string, value: string): void {
  switch (letter) {
    case 't':
      flags.fromHeader = true
      break
    case 'i':
      flags.endsAtDot = false
      break
    case 'o':
      if (value.startsWith('i')) flags.endsAtDot = false
      break
    case 'f':
    case 'r':
      flags.sender = value
      break
    case 'F':
      flags.fullName = value
      break
    case 'v':
      flags.isVerbose = true
      break
    case 'b':
      flags.mode = modeOf(value)
      break
    case 'q':
      flags.mode = 'run'
      break
    case 'N':
      flags.notify = notifyOf(value)
      break
    case 'R':
      flags.ret = retOf(value)
      break
    case 'V':
      flags.envelopeId = value
      break
    default:
      if (!IGNORED.has(letter)) throw new UsageFault(`sendmail has no flag -${letter}`)
  }
}

/** -B 8BITMIME, -e how errors come back, -m -n -s -G -U of old; files and places of others. */
const IGNORED = new Set([...'BhCLXOpMdDeAmnsGUEIx'])

function modeOf(letter: string): Mode {
  const mode = MODES.get(letter)
  if (mode === undefined) throw new UsageFault(`-b${letter} is not for this: see waybill --help`)
  return mode
}

const MODES: ReadonlyMap<string, Mode> = new Map([
  ['m', 'send'],
  ['s', 'smtp'],
  ['p', 'list'],
  // Exim's: without recipients that are done. Its exiqgrep asks so.
  ['pu', 'listWaiting'],
  ['v', 'verify'],
  ['t', 'verify'],
  // Aliases are in force at once.
  ['i', 'nothing'],
])

function notifyOf(value: string): string {
  const words = value.toUpperCase().split(',')
  const isGood =
    words.length === 1 && words[0] === 'NEVER'
      ? true
      : words.every((word) => ['SUCCESS', 'FAILURE', 'DELAY'].includes(word))
  if (!isGood) throw new UsageFault('-N takes never, or a list of success, failure, delay')
  return words.join(',')
}

function retOf(value: string): 'FULL' | 'HDRS' {
  const upper = value.toUpperCase()
  if (upper === 'FULL' || upper === 'HDRS') return upper
  throw new UsageFault('-R takes full or hdrs')
}
