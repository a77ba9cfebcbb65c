/** The errors of a whole log, each reason once. */
import type { LogLine } from '../journal/event.ts'
import { withoutSecretsIn } from '../trace/secrets.ts'
import { explainEvent } from './event-error.ts'
import type { Explanation, MailServer } from './reasons/types.ts'
import { serverOf } from './server.ts'

/** All that happened for one reason. */
export interface ErrorGroup {
  /** Of the last line. */
  readonly explanation: Explanation
  readonly count: number
  readonly firstMs: number | null
  readonly lastMs: number | null
  /** The last line, as it stands in the log; passwords are hidden. */
  readonly example: string
}

/** Counts errors by reason. Holds one example of each, however long the log. */
export class ErrorSummary {
  readonly #groups: Groups = new Map()
  /** What Dovecot's auth process says of a password, the server that asked it says again. */
  readonly #ofAuth: Groups = new Map()
  #loginFailures = 0
  /** Who moves mail in this log, as the lines told so far; what does not tell is theirs too. */
  #server: MailServer | null = null
  /** Lines that were read, with an error or without. */
  lines = 0

  /** @param line gives the line's own text; only asked for when the event is an error */
  add(event: LogLine, line: () => string): void {
    this.lines++
    if (event.type === 'continuation') return
    const server = serverOf(event)
    if (server !== null && server !== 'dovecot') this.#server = server
    const explanation = explainEvent(event, this.#server)
    if (explanation === null) return
    const { id } = explanation.reason
    const isAgain = event.type === 'loginFailed' && event.service === AUTH
    if (event.type === 'loginFailed' && !isAgain) this.#loginFailures++
    const groups = isAgain ? this.#ofAuth : this.#groups
    const group = groups.get(id)
    const atMs = event.atMs
    if (group === undefined)
      groups.set(id, { explanation, count: 1, firstMs: atMs, lastMs: atMs, example: line() })
    else
      Object.assign(group, { explanation, count: group.count + 1, lastMs: atMs, example: line() })
  }

  /** The most frequent first. */
  groups(): readonly ErrorGroup[] {
    const all = [...this.#groups.values()]
    if (this.#loginFailures === 0) all.push(...this.#ofAuth.values())
    const groups = all.sort((one, other) => other.count - one.count)
    return groups.map(withoutSecretsIn)
  }
}

type Groups = Map<string, { -readonly [K in keyof ErrorGroup]: ErrorGroup[K] }>
const AUTH = 'auth'
