import { parentsOf } from '../../store/mailbox-name.ts'
import type { Mailbox } from '../../store/types.ts'
import { expectList, type ListCommand, matchesPattern } from '../../syntax/imap/list.ts'
import {
  canonicalName,
  expectListMailbox,
  expectMailbox,
  writeMailbox,
} from '../../syntax/imap/mailbox-name.ts'
import { expectSpace } from '../../syntax/imap/string.ts'
import { defineCommand, LOGGED_IN, ok } from '../command.ts'
import type { Session } from '../session.ts'
import { writeStatus } from './status.ts'

/** RFC 9051 §6.3.9, RFC 3348 (CHILDREN). */
export const list = defineCommand({
  name: 'LIST',
  allowedIn: LOGGED_IN,
  news: 'all',
  parse: (cursor, { form }) => expectList(cursor, form),
  async run(session, command) {
    if (command.separatorOnly) {
      session.out.untagged('LIST (\\Noselect) "/" ""')
      return ok('The separator is "/"')
    }
    const names = new Names(session)
    for (const name of names.all(command.select.has('SUBSCRIBED'))) {
      listOne(session, command, names, name)
      await session.breathe()
    }
    return ok('Listed')
  },
})

/** RFC 3501 §6.3.9: what is subscribed, and what lies above it when the pattern stops there. */
export const lsub = defineCommand({
  name: 'LSUB',
  allowedIn: LOGGED_IN,
  news: 'all',
  parse(cursor, { form }) {
    expectSpace(cursor)
    const reference = expectMailbox(cursor, form)
    expectSpace(cursor)
    const pattern = canonicalName(reference + expectListMailbox(cursor, form))
    cursor.expectEnd()
    return { pattern }
  },
  async run(session, { pattern }) {
    const names = new Names(session)
    const listed = new Map<string, boolean>()
    for (const name of names.subscribed) {
      if (matchesPattern(pattern, name)) listed.set(name, true)
      else if (pattern.endsWith('%')) {
        const parent = parentsOf(name).find((above) => matchesPattern(pattern, above))
        if (parent !== undefined && !listed.has(parent)) listed.set(parent, false)
      }
      await session.breathe()
    }
    const { form } = session.dialect
    for (const [name, subscribed] of listed) {
      const attributes = subscribed ? '' : '\\Noselect'
      session.out.untagged(`LSUB (${attributes}) "/" ${writeMailbox(name, form)}`)
    }
    return ok('Listed')
  },
})

/** The attributes of a mailbox that exists, for the LIST response to SELECT. */
export function attributesOf(session: Session, mailbox: Mailbox): readonly string[] {
  const names = new Names(session)
  return [names.childrenAttribute(mailbox.name), ...useAttribute(mailbox)]
}

/** The account's mailboxes and subscriptions, as one LIST sees them. */
class Names {
  readonly mailboxes: ReadonlyMap<string, Mailbox>
  readonly subscribed: ReadonlySet<string>
  readonly #parents = new Set<string>()

  constructor(session: Session) {
    const { store } = session.options
    const { accountId } = session.identity
    this.mailboxes = new Map(store.mailboxes(accountId).map((mailbox) => [mailbox.name, mailbox]))
    this.subscribed = new Set(store.subscriptions(accountId))
    for (const name of this.mailboxes.keys()) {
      for (const parent of parentsOf(name)) this.#parents.add(parent)
    }
  }

  /** Mailboxes, and with `subscriptions` the subscribed names that are none. */
  *all(subscriptions: boolean): Generator<string> {
    yield* this.mailboxes.keys()
    if (!subscriptions) return
    for (const name of this.subscribed) if (!this.mailboxes.has(name)) yield name
  }

  childrenAttribute(name: string): string {
    return this.#parents.has(name) ? '\\HasChildren' : '\\HasNoChildren'
  }

  /** What the selection options ask for. */
  isChosen(name: string, select: ListCommand['select']): boolean {
    if (select.has('SUBSCRIBED') && !this.subscribed.has(name)) return false
    const mailbox = this.mailboxes.get(name)
    if (
      select.has('SPECIAL-USE') &&
      (mailbox === undefined || useAttribute(mailbox).length === 0)
    ) {
      return false
    }
    return true
  }

  /** Names below `name` that the selection options ask for. */
  *chosenBelow(name: string, select: ListCommand['select']): Generator<string> {
    for (const other of this.all(select.has('SUBSCRIBED'))) {
      if (other.startsWith(`${name}/`) && this.isChosen(other, select)) yield other
    }
  }
}

function listOne(session: Session, command: ListCommand, names: Names, name: string): void {
  const { select, patterns, returns, status } = command
  const matches = (candidate: string) =>
    patterns.some((pattern) => matchesPattern(pattern, candidate))
  if (!matches(name)) return
  const chosen = names.isChosen(name, select)
  const below = select.has('RECURSIVEMATCH') ? [...names.chosenBelow(name, select)] : []
  // RFC 5258 §3: a name that was not chosen itself appears for what is below it and not listed.
  if (!chosen && below.every(matches)) return

  const mailbox = names.mailboxes.get(name)
  const attributes = mailbox === undefined ? ['\\NonExistent'] : [...useAttribute(mailbox)]
  attributes.unshift(names.childrenAttribute(name))
  const showSubscribed = select.has('SUBSCRIBED') || returns.has('SUBSCRIBED')
  if (showSubscribed && names.subscribed.has(name)) attributes.push('\\Subscribed')
  const childInfo = below.length > 0 ? childInfoOf(select) : ''
  const { form } = session.dialect
  session.out.untagged(`LIST (${attributes.join(' ')}) "/" ${writeMailbox(name, form)}${childInfo}`)
  if (status !== null && mailbox !== undefined) writeStatus(session, mailbox, status)
}

function childInfoOf(select: ListCommand['select']): string {
  const options = [...select].filter(
    (option) => option === 'SUBSCRIBED' || option === 'SPECIAL-USE',
  )
  return ` ("CHILDINFO" (${options.map((option) => `"${option}"`).join(' ')}))`
}

function useAttribute({ specialUse }: Mailbox): readonly string[] {
  return specialUse === null || specialUse === 'Inbox' ? [] : [`\\${specialUse}`]
}
