import { type AppendHead, parseAppendHead } from '../../syntax/imap/append.ts'
import { type Literal, literalAtEnd } from '../../syntax/imap/command-reader.ts'
import { bad, type Completion, defineCommand, LOGGED_IN, no, ok } from '../command.ts'
import type { Session } from '../session.ts'
import type { Mailbox } from '../../store/types.ts'

/**
 * RFC 9051 §6.3.12. The message goes straight to the delivery's body writer: it is never held in
 * memory as part of a command.
 */
export const append = {
  /** `text` is the command up to the announcement of the message. */
  async run(session: Session, text: string, literal: Literal): Promise<Completion> {
    let checked: Checked | Completion
    try {
      checked = check(session, text, literal)
    } catch (error) {
      await discard(session, literal)
      throw error
    }
    if ('status' in checked) {
      await discard(session, literal)
      return checked
    }
    if (literal.synchronizing) session.out.continue('OK')
    return receive(session, checked)
  },
}

/** APPEND without a message: what is left when nothing announced one. */
export const appendWithoutMessage = defineCommand({
  name: 'APPEND',
  allowedIn: LOGGED_IN,
  news: 'none',
  parse(cursor): null {
    return cursor.fail('a mailbox and a message as literal')
  },
  run: () => bad('APPEND needs a message'),
})

interface Checked {
  readonly head: AppendHead
  readonly mailbox: Mailbox
}

/** Everything that can be said before the message has come. @throws Refusal, SyntaxFault */
function check(session: Session, text: string, { octets }: Literal): Checked | Completion {
  const { limits, store, delivery } = session.options
  const { accountId } = session.identity
  const head = parseAppendHead(text, session.dialect.form)
  if (octets === 0) return no('The message is empty')
  if (octets > limits.message.maxOctets) {
    return no(`A message has at most ${limits.message.maxOctets} octets`, 'TOOBIG')
  }
  const mailbox = store.mailbox(accountId, head.mailbox)
  if (mailbox === undefined) return no('No such mailbox; create it first', 'TRYCREATE')
  delivery.checkRoom(octets, [accountId])
  return { head, mailbox }
}

/**
 * Gets over a message that is not wanted. One that the client sends without being asked is read and
 * dropped, up to twice what is allowed; after more than that the connection is not worth keeping.
 */
async function discard(session: Session, literal: Literal): Promise<void> {
  const { reader } = session.input
  if (literal.synchronizing) {
    reader.dropMessage()
    return
  }
  if (literal.octets > session.options.limits.message.maxOctets * 2) {
    session.bye('The message is too big', 'TOOBIG')
    return
  }
  for await (const _ of session.input.message()) await session.breathe()
  await expectEndOfCommand(session)
}

async function receive(session: Session, { head, mailbox }: Checked): Promise<Completion> {
  const { delivery, clock } = session.options
  await using writer = delivery.openBody()
  for await (const octets of session.input.message()) {
    if (!writer.write(octets)) await writer.drained()
    session.requireLogin()
  }
  const ended = await expectEndOfCommand(session)
  if (ended !== null) return ended
  const body = await writer.finish()
  const receivedMs = head.receivedMs ?? clock.nowMs()
  const message = { body, flags: head.flags, receivedMs }
  const account = session.identity.accountId
  const [appended] = await delivery.append(account, mailbox.id, [message])
  if (appended === undefined) throw new Error('append stored nothing')
  return ok('Appended', `APPENDUID ${appended.uidValidity} ${appended.uid}`)
}

/** What follows the message: nothing. Null when it is so. */
async function expectEndOfCommand(session: Session): Promise<Completion | null> {
  const line = await session.input.nextLine(session.options.limits.imap.maxLineOctets)
  if (line === '\r') return null
  if (line === null) return bad('The message did not come whole')
  const more = literalAtEnd(line.replace(/\r$/, ''))
  // A further message on its way would be taken for commands: the place is lost.
  if (line === 'tooLong' || more?.synchronizing === false) {
    session.bye('One message in one APPEND')
  }
  return bad('Nothing may follow the message')
}
