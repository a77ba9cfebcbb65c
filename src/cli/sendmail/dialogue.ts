/** `sendmail -bs`: SMTP on standard input and output, as mail programs without a network speak it. */
import { messageOf, Refusal, SyntaxFault } from '../../base/faults.ts'
import { formatAddress } from '../../syntax/address/address.ts'
import { type Command, parseCommand } from '../../syntax/smtp/command.ts'
import { formatReply, reply } from '../../syntax/smtp/reply.ts'

export interface Dialogue {
  readonly hostName: string
  readonly maxOctets: number
  /** Latin1, with or without CR at the end. */
  readonly lines: AsyncIterable<string>
  readonly write: (text: string) => void
  /** Why no mail goes there; null: it does. */
  readonly verify: (address: string) => Promise<string | null>
  /** Takes a message, latin1 with LF at the ends of lines, and gives its id. */
  readonly submit: (
    sender: string | null,
    recipients: readonly string[],
    text: string,
  ) => Promise<string>
  /** Does it help to try again? */
  readonly isTemporary: (error: unknown) => boolean
}

/** Until QUIT, or the end of the input. */
export async function speakSmtp(dialogue: Dialogue): Promise<void> {
  const { hostName, write, lines } = dialogue
  const say: Say = (code, status, text) => write(formatReply(reply(code, status, text)))
  const iterator = lines[Symbol.asyncIterator]()
  let envelope = NO_ENVELOPE
  say(220, null, `${hostName} Waybill SMTP on standard input`)
  for (;;) {
    const next = await iterator.next()
    if (next.done === true) return
    const command = commandOf(withoutCr(next.value))
    if (command?.verb === 'QUIT') return say(221, '2.0.0', 'Bye')
    if (command?.verb !== 'DATA') {
      envelope = await answer(dialogue, say, command, envelope)
      continue
    }
    const { sender, recipients } = envelope
    if (sender === undefined || recipients.length === 0) {
      say(503, '5.5.1', 'RCPT first')
      continue
    }
    say(354, null, 'Go ahead, and end with a dot')
    const text = await contentOf(iterator, dialogue.maxOctets)
    if (text === undefined) return
    await take(dialogue, say, sender, recipients, text)
    envelope = NO_ENVELOPE
  }
}

interface Envelope {
  /** Undefined before MAIL; null is `<>`. */
  readonly sender: string | null | undefined
  readonly recipients: readonly string[]
}

const NO_ENVELOPE: Envelope = { sender: undefined, recipients: [] }

/** All but DATA and QUIT. @returns the envelope after it */
async function answer(
  { hostName, maxOctets, write, verify }: Dialogue,
  say: Say,
  command: Command | undefined,
  envelope: Envelope,
): Promise<Envelope> {
  switch (command?.verb) {
    case 'EHLO': {
      const offers = [`${hostName} hello`, '8BITMIME', `SIZE ${maxOctets}`, 'PIPELINING']
      write(formatReply({ code: 250, status: null, text: offers }))
      return NO_ENVELOPE
    }
    case 'HELO':
      say(250, null, `${hostName} hello`)
      return NO_ENVELOPE
    case 'MAIL':
      say(250, '2.1.0', 'OK')
      return { sender: command.from && formatAddress(command.from.address), recipients: [] }
    case 'RCPT': {
      if (envelope.sender === undefined) {
        say(503, '5.5.1', 'MAIL first')
        return envelope
      }
      const { to } = command
      const address = to === 'postmaster' ? `postmaster@${hostName}` : formatAddress(to.address)
      const refused = await verify(address)
      if (refused === null) say(250, '2.1.5', 'OK')
      else say(550, '5.1.1', refused)
      const { recipients } = envelope
      return refused === null ? { ...envelope, recipients: [...recipients, address] } : envelope
    }
    case 'RSET':
      say(250, '2.0.0', 'OK')
      return NO_ENVELOPE
    case 'NOOP':
      say(250, '2.0.0', 'OK')
      return envelope
    case undefined:
      say(501, '5.5.4', 'This cannot be read')
      return envelope
    default:
      say(502, '5.5.1', 'Not here')
      return envelope
  }
}

type Say = (code: number, status: string | null, text: string) => void

async function take(
  { submit, isTemporary }: Dialogue,
  say: Say,
  sender: string | null,
  recipients: readonly string[],
  text: string | null,
): Promise<void> {
  if (text === null) return say(552, '5.3.4', 'The message is too big')
  try {
    say(250, '2.0.0', `OK id=${await submit(sender, recipients, text)}`)
  } catch (error) {
    const words = error instanceof Refusal ? (error.detail ?? error.message) : messageOf(error)
    const line = words.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 400)
    if (isTemporary(error)) say(451, '4.3.0', line)
    else say(554, '5.0.0', line)
  }
}

function commandOf(line: string): Command | undefined {
  try {
    return parseCommand(line)
  } catch (error) {
    if (error instanceof SyntaxFault) return undefined
    throw error
  }
}

/** Up to the dot, without those that were doubled. Null: too big. Undefined: the input ended. */
async function contentOf(
  lines: AsyncIterator<string>,
  maxOctets: number,
): Promise<string | null | undefined> {
  const kept: string[] = []
  let octets = 0
  for (;;) {
    const next = await lines.next()
    if (next.done === true) return undefined
    const line = withoutCr(next.value)
    if (line === '.') return octets > maxOctets ? null : kept.map((one) => `${one}\n`).join('')
    octets += line.length + 2
    if (octets <= maxOctets) kept.push(line.startsWith('.') ? line.slice(1) : line)
  }
}

function withoutCr(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line
}

/** The lines of a stream as they come, latin1. What stands after the last line end is left out. */
export async function* linesOf(input: AsyncIterable<unknown>): AsyncGenerator<string> {
  let waiting: string[] = []
  let octets = 0
  for await (const chunk of input) {
    const text = Buffer.isBuffer(chunk) ? chunk.toString('latin1') : String(chunk)
    let start = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      yield waiting.join('') + text.slice(start, end)
      waiting = []
      octets = 0
      start = end + 1
    }
    const rest = text.slice(start)
    octets += rest.length
    if (octets > MAX_LINE_OCTETS) return
    if (rest !== '') waiting.push(rest)
  }
}

const MAX_LINE_OCTETS = 64 * 2 ** 20
