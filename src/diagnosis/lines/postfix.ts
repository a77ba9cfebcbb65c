/** A line of Postfix' log, field by field, as its manual pages and sources name them. */
import type { Field } from './field.ts'

/** @param message what follows `postfix/smtpd[123]: ` */
export function postfixFields(program: string, message: string): readonly Field[] {
  const daemon = program.slice(program.lastIndexOf('/') + 1)
  const fields: Field[] = [
    { name: 'program', value: program, meaning: DAEMONS[daemon] ?? 'a program of Postfix' },
  ]
  const [start = '', id] = QUEUE_ID.exec(message) ?? []
  if (id !== undefined) {
    const meaning =
      id === 'NOQUEUE'
        ? 'the message was never accepted, so it has no id'
        : 'names the message in every line about it, and in the queue'
    fields.push({ name: 'queue id', value: id, meaning })
  }
  return [...fields, ...listFields(message.slice(start.length))]
}

const QUEUE_ID = /^([0-9A-F]{5,20}|[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{10,24}|NOQUEUE): /

/** `name=value, name=value (words)`, and what is in between. */
function listFields(text: string): readonly Field[] {
  const fields: Field[] = []
  let last = 0
  const words = (end: number) => {
    const value = text
      .slice(last, end)
      .replace(/^[ ,;]{0,8}/, '')
      .trim()
    if (value !== '' && value !== ';') fields.push({ name: 'text', value, meaning: 'in words' })
  }
  for (const found of text.matchAll(ITEM)) {
    const [all, before = '', name = '', value = ''] = found
    const meaning = NAMES[name]
    if (meaning === undefined) continue
    words(found.index + before.length)
    fields.push({ name, value, meaning: name === 'delays' ? delaysMeaning(value) : meaning })
    last = found.index + all.length
  }
  words(text.length)
  return fields
}

const ITEM = /(^|[ ,;(])([a-z_-]{2,20})=(<[^<>]{0,1024}>|[^\s,;()]{0,1024})/g

function delaysMeaning(value: string): string {
  const [before, queue, connect, transmit] = value.split('/')
  if (transmit === undefined) return 'seconds, step by step'
  return (
    `${before} s before the queue manager, ${queue} s in the queue, ` +
    `${connect} s to connect, greet and start TLS, ${transmit} s to transmit`
  )
}

const NAMES: Readonly<Record<string, string>> = {
  client: 'the client that the message came from',
  sasl_method: 'how the client logged in',
  sasl_username: 'as whom the client logged in',
  sasl_sender: 'the sender that the client claimed to be (AUTH= of MAIL)',
  orig_queue_id: 'the queue id before a filter took it',
  orig_client: 'the client before a filter took it',
  'message-id': 'Message-ID header',
  'resent-message-id': 'Resent-Message-ID header',
  uid: 'the local user who submitted it',
  from: 'envelope sender; <> is a bounce',
  to: 'envelope recipient, as it was delivered',
  orig_to: 'the recipient before aliases',
  size: 'size in octets',
  nrcpt: 'number of recipients',
  relay: 'the next host, or what delivered it here',
  conn_use: 'how often this connection was used',
  delay: 'seconds since the message arrived',
  delays: 'seconds, step by step',
  dsn: 'enhanced status code (RFC 3463): 2 delivered, 4 later, 5 never',
  status: 'sent, deferred (it is tried again), bounced (it failed for good), or expired',
  proto: 'ESMTP or SMTP',
  helo: 'the name that the client gave itself',
  milter: 'the mail filter that said it',
  ehlo: 'number of EHLO commands; with a slash: accepted of given',
  auth: 'number of AUTH commands; with a slash: accepted of given',
  commands: 'number of all commands; with a slash: accepted of given',
}

const DAEMONS: Readonly<Record<string, string>> = {
  smtpd: 'receives mail by SMTP',
  submission: 'receives mail from users',
  pickup: 'takes mail of local programs',
  cleanup: 'completes a message and puts it in the queue',
  qmgr: 'the queue manager: decides what is delivered when',
  smtp: 'delivers to other servers by SMTP',
  lmtp: 'delivers to a mail store by LMTP',
  local: 'delivers to local users',
  virtual: 'delivers to virtual mailboxes',
  pipe: 'delivers to a program',
  bounce: 'writes bounces and delay notices',
  error: 'fails or defers mail for a reason that is known before',
  retry: 'defers mail for a reason that is known before',
  discard: 'throws mail away, as configured',
  postscreen: 'keeps spam bots away before SMTP begins',
  dnsblog: 'asks DNS blocklists for postscreen',
  tlsproxy: 'does TLS for postscreen',
  anvil: 'counts connections and their rates',
  scache: 'keeps connections to other servers open',
  verify: 'tests whether an address can be delivered to',
  master: 'starts and watches the other programs',
  postsuper: 'the administrator’s tool for the queue',
  sendmail: 'the command with which programs send mail',
}
