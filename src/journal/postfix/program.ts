/** Who writes into a mail log: Postfix' daemons, and the filters that stand beside them. */
import type { MessageId, NoteTopic } from '../event.ts'

/** What a line's tag says about who wrote it. */
export interface Program {
  /** As in the log: `postfix/submission/smtpd`. */
  readonly name: string
  /** The last part: `smtpd`. */
  readonly daemon: string
  /** The service as `master.cf` names it: `smtp`, `amavis/smtp` (`syslog_name`). */
  readonly service: string
  /** For a program that is not Postfix', what its lines are about; null for Postfix. */
  readonly topic: NoteTopic | null
}

/** What every event of a line has. */
export interface Head {
  readonly atMs: number
  readonly id: MessageId | null
  readonly program: Program
  /** 0 when the line does not say. */
  readonly process: number
}

/** Whether the Postfix reader reads lines of this tag. */
export function isPostfixProgram(name: string): boolean {
  if (name.startsWith('postfix')) return true
  const { daemon, topic } = readProgram(name)
  return topic !== null || (daemon !== name && DAEMONS.has(daemon))
}

/** The parts of a tag. */
export function readProgram(name: string): Program {
  const slash = name.indexOf('/')
  const daemon = name.slice(name.lastIndexOf('/') + 1)
  const service = slash < 0 ? daemon : name.slice(slash + 1)
  return { name, daemon, service, topic: OTHERS.get(daemon.toLowerCase()) ?? null }
}

/** Any instance can have any name before them: `postfix-out/smtp`, `mx1/smtpd` (`syslog_name`). */
const DAEMONS: ReadonlySet<string> = new Set(
  (
    'anvil bounce cleanup discard dnsblog error flush lmtp local master oqmgr pickup pipe postalias ' +
    'postcat postconf postdrop postfix postfix-script postkick postlock postlog postlogd postmap ' +
    'postmulti postqueue postscreen postsuper proxymap proxywrite qmgr qmqpd retry scache sendmail ' +
    'showq smtp smtpd spawn tlsmgr tlsproxy trace trivial-rewrite verify virtual'
  ).split(' '),
)

/** Filters and policy servers that log beside Postfix, by the last part of their tag. */
const OTHERS: ReadonlyMap<string, NoteTopic> = new Map([
  ...['amavis', 'amavisd', 'amavisd-new', 'clamd', 'clamav-milter', 'clamsmtpd', 'freshclam'].map(
    (name) => [name, 'scan'] as const,
  ),
  ...['spamd', 'spamc', 'spampd', 'spamass-milter', 'rspamd', 'mimedefang', 'mailscanner'].map(
    (name) => [name, 'scan'] as const,
  ),
  ...['opendkim', 'dkim-filter', 'dkimproxy.out', 'dkimproxy.in'].map(
    (name) => [name, 'dkim'] as const,
  ),
  ...['policyd-spf', 'policy-spf', 'spf-milter', 'smf-spf'].map((name) => [name, 'spf'] as const),
  ...['postgrey', 'sqlgrey', 'milter-greylist', 'greyfix'].map(
    (name) => [name, 'greylisting'] as const,
  ),
  ...['opendmarc', 'dmarcts'].map((name) => [name, 'dmarc'] as const),
  ...['policyd', 'cbpolicyd', 'policyd-weight', 'postfwd', 'postfwd2', 'postfwd3', 'policy'].map(
    (name) => [name, 'policy'] as const,
  ),
  ...['mimedefang.pl', 'mimedefang-multiplexor', 'amavis-mc', 'amavisd-milter', 'clamsmtp'].map(
    (name) => [name, 'scan'] as const,
  ),
  ...['fangfrisch', 'sa-learn', 'sa-milter', 'spamassassin', 'spamfilter', 'rspamc'].map(
    (name) => [name, 'scan'] as const,
  ),
  ...['dkimpy-filter', 'dkimpy-milter', 'dk-filter', 'rmilter'].map(
    (name) => [name, 'dkim'] as const,
  ),
  ...['pyspf-milter', 'postfix-policyd-spf-perl', 'policyd-spf-perl', 'spfd', 'spf-engine'].map(
    (name) => [name, 'spf'] as const,
  ),
  ...['gld', 'greyd', 'spfgrey', 'tumgreyspf'].map((name) => [name, 'greylisting'] as const),
  ...[
    'policyd-rate-limit',
    'ratelimit-policyd',
    'polw',
    'cluebringer',
    'iredapd',
    'milter-regex',
  ].map((name) => [name, 'policy'] as const),
  ['openarc', 'arc'],
  ['postsrsd', 'routing'],
  ['mta-sts-daemon', 'policy'],
  ['postfix-tlspol', 'policy'],
  ['saslauthd', 'authentication'],
])
