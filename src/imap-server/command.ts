import type { Cursor } from '../base/cursor.ts'
import type { Limits } from '../base/limits.ts'
import type { NameForm } from '../syntax/imap/mailbox-name.ts'
import type { Session, StateName } from './session.ts'

/** How the tagged response ends: `OK [CODE] text`. */
export interface Completion {
  readonly status: 'OK' | 'NO' | 'BAD'
  /** Response code without brackets; null for none. */
  readonly code: string | null
  readonly text: string
  /** Done when the tagged response is on its way. */
  readonly afterwards?: () => Promise<void>
}

/** What the grammar of a command depends on. */
export interface Dialect {
  readonly form: NameForm
  readonly limits: Limits
}

/** What may be said of other sessions' changes before the tagged response. */
export type News = 'all' | 'allButExpunges' | 'none'

/** One IMAP command: its name, where it is legal, its grammar, its effect. */
export interface CommandSpec<Args> {
  /** Upper case; `UID FETCH` for the UID commands. */
  readonly name: string
  readonly allowedIn: readonly StateName[]
  /** RFC 9051 §7.5.1: no EXPUNGE while FETCH, STORE or SEARCH is in progress. */
  readonly news: News
  /** Reads everything after the name, the space included. Pure. @throws SyntaxFault */
  parse(cursor: Cursor, dialect: Dialect): Args
  /** The tagged response. @throws Refusal for a tagged NO */
  run(session: Session, args: Args, tag: string): Completion | Promise<Completion>
}

export interface Command {
  readonly name: string
  readonly allowedIn: readonly StateName[]
  readonly news: News
  prepare(
    cursor: Cursor,
    dialect: Dialect,
  ): (session: Session, tag: string) => Completion | Promise<Completion>
}

/** Ties parse() to run() and hides Args, so that commands of different shapes share one table. */
export function defineCommand<Args>(spec: CommandSpec<Args>): Command {
  return {
    name: spec.name,
    allowedIn: spec.allowedIn,
    news: spec.news,
    prepare(cursor, dialect) {
      const args = spec.parse(cursor, dialect)
      return (session, tag) => spec.run(session, args, tag)
    },
  }
}

export function ok(text: string, code: string | null = null): Completion {
  return { status: 'OK', code, text }
}

export function no(text: string, code: string | null = null): Completion {
  return { status: 'NO', code, text }
}

export function bad(text: string, code: string | null = null): Completion {
  return { status: 'BAD', code, text }
}

export const ANY_STATE: readonly StateName[] = ['notAuthenticated', 'authenticated', 'selected']
export const LOGGED_IN: readonly StateName[] = ['authenticated', 'selected']
export const SELECTED: readonly StateName[] = ['selected']

/** The grammar of a command without arguments. */
export function noArguments(cursor: Cursor): null {
  cursor.expectEnd()
  return null
}
