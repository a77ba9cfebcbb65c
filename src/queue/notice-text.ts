/** What a notice says to people: what happened to whom, why, and what to do now. */
import { explainError } from '../diagnosis/reasons/explain.ts'
import { factsOf } from '../diagnosis/reasons/facts.ts'
import type { Reason } from '../diagnosis/reasons/types.ts'
import type { ReportedRecipient } from '../syntax/dsn/write-status.ts'
import { oneLine, wrapped } from '../syntax/dsn/safe-text.ts'
import { formatDateTime } from '../syntax/message/date-time.ts'

/** A recipient with what only the text says. */
export interface ToldRecipient extends ReportedRecipient {
  /** The address that the sender wrote to, when another one leads here; null: they wrote to this. */
  readonly writtenTo: string | null
  /** The command that was answered: `RCPT TO:<bob@example.net>`, `end of data`; null: nobody says. */
  readonly answered: string | null
  /** It failed because it had waited too long: why it waited is the reason. */
  readonly isExpired: boolean
  /** The name of our own relay, by which it was to go; null: straight to the recipient's server. */
  readonly relay: string | null
  /** Of one that is delayed: when it is tried next; null: nobody knows. */
  readonly nextAttemptMs: number | null
}

export interface TextContext {
  readonly hostName: string
  /** Who looks after this server. */
  readonly postmaster: string
  readonly returnsAll: boolean
}

type Action = ReportedRecipient['action']

/** `Undelivered mail: bob@example.net and 2 others`. One line. */
export function noticeSubject(recipients: readonly ToldRecipient[]): string {
  const action = worstOf(recipients)
  const about = recipients.filter((recipient) => recipient.action === action)
  const [first] = about
  const more = about.length - 1
  const others = more < 1 ? '' : more === 1 ? ' and 1 other' : ` and ${more} others`
  return `${SUBJECT[action]}: ${nameOf(first)}${others}`
}

/** Lines ending in `\n`, of at most 76 characters where words allow it. */
export function noticeText(recipients: readonly ToldRecipient[], context: TextContext): string {
  const lines = [`This is the mail server ${context.hostName}.`, '']
  for (const action of ACTIONS) {
    const about = recipients.filter((recipient) => recipient.action === action)
    if (about.length === 0) continue
    lines.push(INTRO[action], '')
    for (const recipient of about.slice(0, MAX_TOLD)) lines.push(...entryOf(recipient, context))
    const more = about.length - MAX_TOLD
    if (more > 0) lines.push(`and ${more} more, which the report in the attachment names.`, '')
    lines.push(...afterword(action, about), '')
  }
  const given = context.returnsAll ? 'Your message is' : 'The header of your message is'
  lines.push(`${given} attached.`)
  return `${lines.join('\n')}\n`
}

function entryOf(recipient: ToldRecipient, context: TextContext): string[] {
  const lines = [`  <${oneLine(recipient.address, MAX_ADDRESS_CHARS)}>`]
  const { writtenTo } = recipient
  if (writtenTo !== null)
    lines.push(`    (you wrote to <${oneLine(writtenTo, MAX_ADDRESS_CHARS)}>, which leads there)`)
  if (GOOD.has(recipient.action)) return [...lines, '']
  const reason = reasonOf(recipient)
  const tried = recipient.isExpired
    ? 'It was tried again and again, until now. The last time: '
    : ''
  lines.push(...paragraph(`${tried}${reason.title}. ${meaningFor(reason, recipient)}`), '')
  lines.push(...advice(reason, recipient, context), ...wordsOf(recipient))
  return [...lines, '']
}

function reasonOf(recipient: ToldRecipient): Reason {
  const { reply, trouble, status, remoteHost, action, isExpired } = recipient
  const facts = factsOf(reply ?? trouble?.replace(/: retry timeout exceeded$/, '') ?? '', {
    ...{ enhanced: isExpired ? null : status, host: remoteHost?.toLowerCase() ?? null },
    ...{ direction: 'outbound', temporary: action === 'delayed' },
    ...{ server: 'waybill', relay: recipient.relay === null ? null : { name: recipient.relay } },
  })
  return explainError(facts).reason
}

/** What has failed is not tried again. */
function meaningFor({ meaning }: Reason, { action }: ToldRecipient): string {
  return action === 'failed' ? meaning.replace(/ [^.]*\bwaits\b[^.]*\btried again\.$/, '') : meaning
}

/** A sender can do what is for senders; what is for the server they can only pass on. */
function advice(reason: Reason, recipient: ToldRecipient, { postmaster }: TextContext): string[] {
  const { actor } = reason
  const isForOthers = actor === 'you' || actor === 'nobody' || actor === 'relayProvider'
  const remedy = isForOthers ? [] : stepsFor(reason, recipient)
  if (recipient.action === 'delayed' && remedy.length === 0) return []
  if (isForOthers || remedy.length === 0) {
    const text = `You cannot mend this yourself: pass this notice on to <${postmaster}>, who looks after the mail server.`
    return [...paragraph(text), '']
  }
  const whom: { readonly [A in typeof actor]: string } = {
    sender: 'What you can do:',
    recipient: 'What the recipient can do (tell them by another way):',
    recipientProvider: "What the recipient's mail provider can do, and you meanwhile:",
  }
  const steps = remedy.flatMap((step) => wrapped(plain(step), WIDTH - 6, '  ').map(indented))
  return [`    ${whom[actor]}`, ...steps, '']

  function indented(line: string, index: number): string {
    return `    ${index === 0 ? '- ' : ''}${line}`
  }
}

/** Up to the first command: those are for who runs a server. And what has failed is not waited for. */
function stepsFor({ remedy }: Reason, { action }: ToldRecipient): readonly string[] {
  const command = remedy.findIndex((step) => step.includes('`'))
  const steps = command === -1 ? remedy : remedy.slice(0, command)
  return steps.filter((step) => action !== 'failed' || !/\bwait\b|tried again/i.test(step))
}

/** The other server's words as they came, or ours where it said none. */
function wordsOf({ reply, trouble, remoteHost, answered }: ToldRecipient): string[] {
  const host = remoteHost === null ? null : oneLine(remoteHost, MAX_ADDRESS_CHARS)
  if (reply !== null) {
    const after = answered === null ? '' : ` after ${oneLine(answered, MAX_ADDRESS_CHARS)}`
    const head = `    ${host ?? 'The other server'} said${after}:`
    return [head, ...reply.split('\n', MAX_QUOTED).flatMap(quote)]
  }
  if (trouble === null) return []
  return [host === null ? '    The error:' : `    The error with ${host}:`, ...quote(trouble)]
}

function quote(line: string): string[] {
  const text = oneLine(line, MAX_QUOTED_CHARS)
  return text === '' ? [] : wrapped(text, WIDTH - 6, '  ').map((piece) => `      ${piece}`)
}

function afterword(action: Action, [first]: readonly ToldRecipient[]): string[] {
  if (action === 'failed') return ['It is not tried again.']
  if (action === 'relayed') return ['That server sends no notice of what it does with it.']
  if (action === 'expanded') return ['You are told of them again only if it fails.']
  if (action === 'delivered') return []
  const { lastAttemptMs = null, nextAttemptMs = null, retryUntilMs = null } = first ?? {}
  return [
    ...(lastAttemptMs === null ? [] : [`Last tried: ${formatDateTime(lastAttemptMs)}`]),
    ...(nextAttemptMs === null ? [] : [`Tried next: ${formatDateTime(nextAttemptMs)}`]),
    ...(retryUntilMs === null ? [] : [`Given up:   ${formatDateTime(retryUntilMs)}`]),
    '',
    'You need not send it again: you are told if it fails for good.',
  ]
}

function paragraph(text: string): string[] {
  return wrapped(plain(text), WIDTH - 4, '').map((line) => `    ${line}`)
}

/** Of our own words: quotation marks that every mail program shows. */
function plain(text: string): string {
  return text.replace(/[“”]/g, '"').replace(/[‘’]/g, "'").replace(/…/g, '...').replace(/[–—]/g, '-')
}

/** What the sender wrote. */
function nameOf(recipient: ToldRecipient | undefined): string {
  return oneLine(recipient?.writtenTo ?? recipient?.address ?? '', MAX_ADDRESS_CHARS)
}

function worstOf(recipients: readonly ToldRecipient[]): Action {
  return ACTIONS.find((action) => recipients.some((one) => one.action === action)) ?? 'failed'
}

const ACTIONS: readonly Action[] = ['failed', 'delayed', 'relayed', 'expanded', 'delivered']
const GOOD: ReadonlySet<Action> = new Set<Action>(['relayed', 'expanded', 'delivered'])

const SUBJECT: { readonly [A in Action]: string } = {
  failed: 'Undelivered mail',
  delayed: 'Mail delayed',
  relayed: 'Mail passed on',
  expanded: 'Mail sent to all of',
  delivered: 'Mail delivered',
}
const INTRO: { readonly [A in Action]: string } = {
  failed: 'Your message could not be delivered to',
  delayed: 'Your message has not been delivered yet, and is still tried, to',
  relayed: 'Your message was passed on to another mail server for',
  expanded: 'Your message was sent to all addresses that stand behind',
  delivered: 'Your message was put into the mailbox of',
}
const WIDTH = 76
/** Of a list with thousands of recipients the text names the first. */
const MAX_TOLD = 50
const MAX_QUOTED = 20
const MAX_QUOTED_CHARS = 1000
const MAX_ADDRESS_CHARS = 320
