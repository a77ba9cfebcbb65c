/** A line of Dovecot's log, field by field, as its manual ("Login processes", `login_log_format`) names them. */
import type { Field } from './field.ts'

/** @param message what follows the time, or `dovecot: ` */
export function dovecotFields(message: string): readonly Field[] {
  const [start = '', service = '', who] = SERVICE.exec(message) ?? []
  const fields: Field[] = []
  if (service !== '')
    fields.push({
      name: 'service',
      value: service,
      meaning: SERVICES[service] ?? 'part of Dovecot',
    })
  if (who !== undefined) fields.push({ name: 'user', value: who, meaning: WHO })
  const rest = message.slice(start.length)
  const words: string[] = []
  let last = 0
  for (const found of rest.matchAll(ITEM)) {
    const [all, before = '', name = '', value = ''] = found
    const meaning = NAMES[name]
    if (meaning === undefined) continue
    words.push(rest.slice(last, found.index + before.length))
    fields.push({ name, value, meaning })
    last = found.index + all.length
  }
  words.push(rest.slice(last))
  const text = words
    .join(' ')
    .replace(FLAG_WORDS, (_all, flag: string) => {
      fields.push({ name: flag, value: '', meaning: FLAGS[flag] ?? '' })
      return ''
    })
    .replace(/(?:,? ){2,64}/g, ' ')
    .replace(/[ :,]{1,64}$/, '')
    .trim()
  return text === '' ? fields : [...fields, { name: 'text', value: text, meaning: 'in words' }]
}

const SERVICE =
  /^([a-z0-9-]{2,32})(?:\(([^()]{0,512})\))?(?:<[^<>]{0,64}>){0,2}: (?:(?:Info|Error|Warning|Fatal|Panic|Debug): )?/
const ITEM = /(^|[ ,(])([a-z_]{2,20})=(<[^<>]{0,1024}>|[^\s,()]{0,1024})/g
const WHO = 'whose session or mailbox it is'
const FLAG_WORDS = /, (TLS|secured)(?=,|$| )/g
const FLAGS: Readonly<Record<string, string>> = {
  TLS: 'the connection was encrypted',
  secured: 'the connection counts as safe: encrypted, or from this machine',
}

const NAMES: Readonly<Record<string, string>> = {
  user: 'the name that was logged in with',
  method: 'SASL mechanism: how the password was given',
  rip: 'remote IP address: the client',
  lip: 'local IP address: ours',
  rport: 'remote port',
  lport: 'local port',
  mpid: 'process that serves the mailbox',
  session: 'names the session in every line about it',
  msgid: 'Message-ID header',
  from: 'sender',
  subject: 'subject',
  size: 'size in octets',
  in: 'octets received from the client',
  out: 'octets sent to the client',
  deleted: 'messages marked for deletion',
  expunged: 'messages removed',
  trashed: 'messages put into the trash',
  hdr_count: 'headers fetched',
  hdr_bytes: 'octets of the headers fetched',
  body_count: 'bodies fetched',
  body_bytes: 'octets of the bodies fetched',
  top: 'TOP commands of POP3 / octets sent for them',
  retr: 'RETR commands of POP3 / octets sent for them',
  del: 'messages deleted by POP3 / messages in the mailbox',
  box: 'mailbox',
  uid: 'UID of the message',
  state: 'where in the LMTP session it ended',
}

const SERVICES: Readonly<Record<string, string>> = {
  'imap-login': 'checks passwords for IMAP',
  'pop3-login': 'checks passwords for POP3',
  'submission-login': 'checks passwords for submission',
  'managesieve-login': 'checks passwords for ManageSieve',
  imap: 'serves a mailbox by IMAP',
  pop3: 'serves a mailbox by POP3',
  lmtp: 'takes mail from the mail server and files it',
  lda: 'takes one message from the mail server and files it',
  deliver: 'takes one message from the mail server and files it',
  sieve: 'runs the user’s filter rules',
  auth: 'looks up users and compares passwords',
  'auth-worker': 'looks up users and compares passwords, where that takes long',
  master: 'starts and watches the other processes',
  indexer: 'queues mailboxes for indexing',
  'indexer-worker': 'indexes mailboxes for searching',
  anvil: 'counts connections',
  log: 'collects what the others log',
  config: 'reads the configuration',
  stats: 'counts events',
}
