/** Settings that lose or hold up mail, or end with the next version. */
import { ok, step, warning } from '../findings.ts'
import type { Finding } from '../types.ts'
import { octetsWords } from '../words.ts'
import type { ForeignCheck } from './check.ts'
import type { DovecotConfig } from './dovecot.ts'
import type { EximConfig } from './exim.ts'
import type { PostfixConfig } from './postfix.ts'

const SETTINGS = {
  id: 'configuration.settings',
  group: 'configuration',
  title: 'Settings that should not stay',
  isNetwork: false,
} as const

export const settings: ForeignCheck = {
  ...SETTINGS,
  parts: {
    exim: { explain: ['exim -bP'], look: ofExim },
    postfix: { explain: ['postconf -n', 'postconf -M'], look: ofPostfix },
    dovecot: { explain: ['doveconf -n'], look: ofDovecot },
  },
}

interface Bad {
  readonly subject: string
  readonly seen: string
  readonly meaning: string
  readonly todo: string
  readonly command?: string
}

function ofExim({ main, lines }: EximConfig): readonly Finding[] {
  const bad: Bad[] = []
  if (main.get('queue_only') === 'true')
    bad.push({
      subject: 'queue_only',
      seen: 'queue_only is set',
      meaning: 'Nothing is sent before the next queue run.',
      todo: 'Take queue_only out of the configuration, unless it is meant',
    })
  if (main.has('allow_insecure_tainted_data'))
    bad.push({
      subject: 'allow_insecure_tainted_data',
      seen: 'allow_insecure_tainted_data is set',
      meaning: 'Exim 4.97 and later does not know it, and does not start.',
      todo: 'Use $local_part_data and $domain_data in names of files, and take it out',
    })
  return said([...bad, ...deadLists(lines)], `${main.size} settings, none of them such`)
}

function ofPostfix({ value, set, services }: PostfixConfig): readonly Finding[] {
  const bad: Bad[] = []
  const [message, mailbox] = [
    Number(value('message_size_limit')),
    Number(value('mailbox_size_limit')),
  ]
  if (mailbox > 0 && (message === 0 || message > mailbox))
    bad.push({
      subject: 'mailbox_size_limit',
      seen: `mailbox_size_limit = ${octetsWords(mailbox)}, message_size_limit = ${message === 0 ? 'none' : octetsWords(message)}`,
      meaning:
        'The delivery agent refuses to start: all local mail waits, and goes back in the end.',
      todo: 'Make the mailbox larger than a message; 0 is no limit',
      command: 'postconf -e mailbox_size_limit=0 && postfix reload',
    })
  const isSoft = services.filter((one) => value('soft_bounce', one) === 'yes')
  if (value('soft_bounce') === 'yes' || isSoft.length > 0)
    bad.push({
      subject: 'soft_bounce',
      seen: 'soft_bounce = yes',
      meaning:
        'What should be refused is put off: others try again for days, and senders learn of nothing.',
      todo: 'Take it out',
      command: 'postconf -X soft_bounce && postfix reload',
    })
  if (value('debug_peer_list') !== '')
    bad.push({
      subject: 'debug_peer_list',
      seen: `debug_peer_list = ${value('debug_peer_list')}`,
      meaning: 'Whole sessions are logged: the log grows fast.',
      todo: 'Take it out',
      command: 'postconf -X debug_peer_list && postfix reload',
    })
  for (const name of OLD_POSTFIX)
    if (set.has(name))
      bad.push({
        subject: name,
        seen: `${name} = ${value(name)}`,
        meaning: `It has been replaced by ${name.startsWith('smtpd') ? 'smtpd' : 'smtp'}_tls_security_level for long, and is going to end.`,
        todo: 'Use that instead',
        command: `postconf -X ${name}`,
      })
  const lines = [...set.values()]
  return said([...bad, ...deadLists(lines)], `${set.size} settings, none of them such`)
}

function ofDovecot({ settings: all }: DovecotConfig): readonly Finding[] {
  const bad: Bad[] = []
  for (const name of ['auth_debug_passwords', 'auth_verbose_passwords']) {
    const value = all.get(name) ?? 'no'
    if (!/^(?:no|sha1.*)$/.test(value))
      bad.push({
        subject: name,
        seen: `${name} = ${value}`,
        meaning: 'Passwords of users stand in the log, for everybody who may read it.',
        todo: `Take ${name} out, and delete the logs that have them`,
        command: 'doveadm reload',
      })
  }
  if (all.has('ssl_protocols'))
    bad.push({
      subject: 'ssl_protocols',
      seen: `ssl_protocols = ${all.get('ssl_protocols')}`,
      meaning: 'Dovecot 2.3 replaced it by ssl_min_protocol.',
      todo: 'Use ssl_min_protocol = TLSv1.2',
    })
  const least = all.get('ssl_min_protocol') ?? ''
  if (/^(?:SSLv3|TLSv1|TLSv1\.1)$/.test(least))
    bad.push({
      subject: 'ssl_min_protocol',
      seen: `ssl_min_protocol = ${least}`,
      meaning: 'TLS before 1.2 has known holes.',
      todo: 'Set ssl_min_protocol = TLSv1.2',
    })
  return said(bad, `${all.size} settings, none of them such`)
}

/** Lists that ended answer for nobody, or for everybody. */
function deadLists(texts: readonly string[]): Bad[] {
  return [...DEAD_LISTS].flatMap(([list, when]) =>
    texts.some((text) => text.includes(list))
      ? [
          {
            subject: list,
            seen: `${list} is asked; it ended ${when}`,
            meaning:
              'Each message waits for an answer that never comes, or everything is taken for spam.',
            todo: `Take ${list} out of the configuration`,
          },
        ]
      : [],
  )
}

function said(bad: readonly Bad[], fine: string): readonly Finding[] {
  if (bad.length === 0) return [ok(SETTINGS, 'nothing stands there that should not', [fine])]
  return bad.map(({ subject, seen, meaning, todo, command }) =>
    warning(SETTINGS, {
      subject,
      summary: `${subject} should not stay as it is`,
      evidence: [seen],
      meaning,
      remedy: [step(todo, command ?? null)],
    }),
  )
}

const OLD_POSTFIX = ['smtpd_use_tls', 'smtpd_enforce_tls', 'smtp_use_tls', 'smtp_enforce_tls']
const DEAD_LISTS: ReadonlyMap<string, string> = new Map([
  ['dnsbl.sorbs.net', 'in 2024'],
  ['ix.dnsbl.manitu.net', 'in 2025'],
  ['dnsbl.njabl.org', 'in 2013'],
  ['dnsbl.ahbl.org', 'in 2015'],
  ['relays.ordb.org', 'in 2006'],
])
