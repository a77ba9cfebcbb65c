/** What makes checks of other servers fail: what somebody did to one that was as it should be. */
import type { ForeignServer } from '../foreign/world.ts'
import type { ForeignGiven } from './foreign-files.ts'
import { DOVECOT_CONF, EXIM_CONF, eximTime, MAIN_CF, syslogTime } from './foreign-healthy.ts'

export interface ForeignCause {
  readonly what: string
  plant(healthy: Server): ForeignGiven
  /** Of the summary or the evidence. */
  readonly says: RegExp
}

/** What it is given, to be changed. */
export type Server = Required<Pick<ForeignGiven, 'files'>> & ForeignGiven

type Causes = Readonly<Record<string, ForeignCause>>

export const FOREIGN_CAUSES: { readonly [Server in ForeignServer]: Causes } = {
  exim: {
    'services.configuration': cause('an option is misspelt', /never_user/, (healthy) => ({
      ...healthy,
      programs: {
        'exim4 -bP config': { status: 1, errors: 'main option "never_user" unknown\n' },
      },
    })),
    'services.running': cause('it was stopped', /does not run/, without('/proc/77/cmdline')),
    'services.helpers': cause(
      'the scanner was stopped',
      /does not answer/,
      replaced(EXIM_CONF, /spamd_address = .*/, 'spamd_address = /run/spamd.sock'),
    ),
    'queue.size': cause('a message was frozen', /1 message is frozen/, (healthy) => ({
      ...healthy,
      programs: {
        ...healthy.programs,
        'exim4 -bpc': { out: '1\n' },
        'exim4 -bp': {
          out: ' 2h  2.9K 1vnYk2-00000000BQ5-1EaB <a@example.com> *** frozen ***\n          b@example.org\n\n',
        },
      },
    })),
    'log.panic': cause(
      'its log could not be written',
      /paniclog has 1 line/,
      added('/var/log/exim4/paniclog', () => `${eximTime()} Cannot open main log file\n`),
    ),
    'log.errors': cause(
      'the relay refuses the password',
      /1 delivery attempt failed/,
      added(
        '/var/log/exim4/mainlog',
        () =>
          `${eximTime()} 1vnYk2-00000000BQ5-1EaB == a@example.org R=smarthost T=remote_smtp_smarthost defer (0) H=smtp.example.net [192.0.2.9]: SMTP error from remote mail server after AUTH: 535 5.7.8 Authentication credentials invalid\n`,
      ),
    ),
    ...dnsCauses(),
    'ports.listening': cause(
      'another port was configured',
      /nothing listens on port 2525/,
      replaced(EXIM_CONF, /^/, 'daemon_smtp_ports = 2525\n'),
    ),
    'authentication.guessing': cause(
      'somebody tries one password after the other',
      /150 logins failed/,
      added('/var/log/exim4/mainlog', () =>
        `${eximTime()} plain_login authenticator failed for (x) [192.0.2.66]: 535 Incorrect authentication data (set_id=root)\n`.repeat(
          150,
        ),
      ),
    ),
    'tls.files': keyGone(),
    'tls.offered': cause(
      'TLS was switched off',
      /comes in without encryption/,
      replaced(EXIM_CONF, /^/, 'tls_advertise_hosts =\n'),
    ),
    'storage.disk': diskFull(),
    'storage.spool': otherOwner('Debian-exim'),
    'storage.maildir': folderGone(),
    'configuration.open-relay': cause(
      'everybody is let by',
      /everybody can send to everybody/,
      replaced(EXIM_CONF, /.*require domains.*\n/, ''),
    ),
    'configuration.relay-login': cause(
      'everybody may read the password',
      /can read the password of the relay/,
      withMode('/etc/exim4/passwd.client', 0o644),
    ),
    'configuration.tainted': cause(
      'a configuration from before Exim 4.94',
      /named by \$local_part, /,
      replaced(EXIM_CONF, '$local_part_data', '$local_part'),
    ),
    'configuration.plaintext-login': cause(
      'a login is offered without TLS',
      /passwords are taken without TLS/,
      replaced(EXIM_CONF, / *server_advertise_condition.*\n/, ''),
    ),
    'configuration.settings': cause(
      'queue_only was left on',
      /queue_only is set/,
      replaced(EXIM_CONF, /^/, 'queue_only\n'),
    ),
  },

  postfix: {
    'services.configuration': cause('a setting is misspelt', /smtpd_tls_auth_onyl/, (healthy) => ({
      ...healthy,
      programs: {
        ...healthy.programs,
        'postconf -n -x': {
          out: healthy.files[MAIN_CF] ?? '',
          errors: 'postconf: warning: main.cf: unused parameter: smtpd_tls_auth_onyl=yes\n',
        },
        'postconf -M': { out: 'smtp inet n - y - - smtpd\n' },
      },
    })),
    'services.running': cause('it was stopped', /does not run/, without('/proc/77/cmdline')),
    'services.helpers': cause(
      'the filter was stopped',
      /does not answer/,
      replaced(MAIN_CF, /inet:127.*/, 'unix:/run/filter.sock'),
    ),
    'queue.size': cause('a message is held', /1 message is frozen or held/, (healthy) => ({
      ...healthy,
      programs: {
        'postqueue -j': {
          out: `{"queue_name": "hold", "arrival_time": ${Math.floor(Date.now() / 1000)}, "recipients": []}\n`,
        },
      },
    })),
    'log.panic': cause(
      'a process ends at once',
      /a process gave up/,
      added(
        '/var/log/mail.log',
        () =>
          `${syslogTime()} mail postfix/local[77]: fatal: open database /etc/aliases.db: No such file or directory\n`,
      ),
    ),
    'log.errors': cause(
      'the relay refuses the password',
      /1 delivery attempt failed/,
      added(
        '/var/log/mail.log',
        () =>
          `${syslogTime()} mail postfix/smtp[77]: 4B1C2D3E4F: to=<a@example.org>, relay=smtp.example.net[192.0.2.9]:587, delay=1, delays=0/0/1/0, dsn=4.7.8, status=deferred (SASL authentication failed; server smtp.example.net[192.0.2.9] said: 535 5.7.8 Authentication credentials invalid)\n`,
      ),
    ),
    ...dnsCauses(),
    'ports.listening': cause(
      'another port was configured',
      /nothing listens on port 587/,
      added('/etc/postfix/master.cf', () => 'submission inet n - y - - smtpd\n'),
    ),
    'authentication.guessing': cause(
      'somebody tries one password after the other',
      /150 logins failed/,
      added('/var/log/mail.log', () =>
        `${syslogTime()} mail postfix/smtpd[7]: warning: unknown[192.0.2.66]: SASL LOGIN authentication failed: authentication failure, sasl_username=root\n`.repeat(
          150,
        ),
      ),
    ),
    'tls.files': keyGone(),
    'tls.offered': cause(
      'TLS was switched off',
      /comes in without encryption/,
      replaced(MAIN_CF, /smtpd_tls_security_level.*\n/, ''),
    ),
    'storage.disk': diskFull(),
    'storage.spool': otherOwner('postfix'),
    'storage.maildir': folderGone(),
    'configuration.open-relay': cause(
      'mynetworks is the whole internet',
      /mynetworks has 0\.0\.0\.0\/0/,
      replaced(MAIN_CF, '127.0.0.0/8', '0.0.0.0/0'),
    ),
    'configuration.relay-login': cause(
      'everybody may read the password',
      /can read the password of the relay/,
      withMode('/etc/postfix/sasl_passwd', 0o644),
    ),
    'configuration.tables': cause(
      'newaliases was forgotten',
      /\/etc\/aliases\.db is not there/,
      without('/etc/aliases.db'),
    ),
    'configuration.plaintext-login': cause(
      'a login is offered without TLS',
      /passwords are taken without TLS/,
      replaced(MAIN_CF, /smtpd_tls_auth_only.*\n/, ''),
    ),
    'configuration.login-socket': cause(
      'Dovecot listens elsewhere',
      /no unix_listener \S+\/private\/auth/,
      replaced(DOVECOT_CONF, 'private/auth', 'private/login'),
    ),
    'configuration.settings': cause(
      'soft_bounce was left on',
      /soft_bounce = yes/,
      replaced(MAIN_CF, /^/, 'soft_bounce = yes\n'),
    ),
  },

  dovecot: {
    'services.configuration': cause('a setting is misspelt', /Unknown setting/, (healthy) => ({
      ...healthy,
      programs: {
        'doveconf -n': {
          status: 89,
          errors:
            'doveconf: Fatal: Error in configuration file /etc/dovecot/dovecot.conf line 1: Unknown setting: lisen\n',
        },
      },
    })),
    'services.running': cause('it was stopped', /does not run/, without('/proc/77/cmdline')),
    'log.panic': cause(
      'a process ends at once',
      /a process gave up/,
      added(
        '/var/log/dovecot.log',
        () =>
          `${syslogTime()} imap(jane)<7><x>: Fatal: master: service(imap): child 7 killed with signal 11 (core dumped)\n`,
      ),
    ),
    'log.errors': cause(
      'nobody may write to a mailbox',
      /1 delivery attempt failed/,
      added(
        '/var/log/dovecot.log',
        () =>
          `${syslogTime()} lda(jane)<7><x>: Error: msgid=<1@example.org>: save failed to open mailbox INBOX: Permission denied\n`,
      ),
    ),
    'ports.listening': cause(
      'another port was configured',
      /nothing listens on port 2993/,
      replaced(DOVECOT_CONF, '993', '2993'),
    ),
    'authentication.guessing': cause(
      'somebody tries one password after the other',
      /150 logins failed/,
      added('/var/log/dovecot.log', () =>
        `${syslogTime()} imap-login: Info: Disconnected (auth failed, 1 attempts in 2 secs): user=<root>, method=PLAIN, rip=192.0.2.66, lip=192.0.2.7, TLS, session=<x>\n`.repeat(
          150,
        ),
      ),
    ),
    'tls.files': keyGone(),
    'storage.disk': diskFull(),
    'storage.index-cache': cause(
      'one has grown over the memory limit',
      /larger than the memory/,
      (healthy) => {
        const cache = '/srv/mail/jane/dovecot.index.cache'
        return {
          ...healthy,
          files: { ...healthy.files, [cache]: '' },
          sizes: { [cache]: 400_000_000 },
        }
      },
    ),
    'storage.maildir': folderGone(),
    'configuration.plaintext-login': cause(
      'passwords are taken without TLS',
      /passwords are taken without TLS/,
      replaced(DOVECOT_CONF, 'ssl = required', 'ssl = yes\ndisable_plaintext_auth = no'),
    ),
    'configuration.settings': cause(
      'passwords are logged',
      /auth_debug_passwords = yes/,
      replaced(DOVECOT_CONF, /^/, 'auth_debug_passwords = yes\n'),
    ),
  },
}

function dnsCauses(): Causes {
  const changed =
    (change: ForeignGiven['zone']) =>
    (healthy: Server): ForeignGiven => ({ ...healthy, zone: { ...healthy.zone, ...change } })
  return {
    'dns.host': cause(
      'its address has the name of the provider',
      /does not lead back to its name/,
      changed({ reverse: { '192.0.2.7': ['host7.example.org'] } }),
    ),
    'dns.mx': cause(
      'mail for its domain goes elsewhere',
      /does not lead here/,
      changed({ mx: { 'example.com': [{ preference: 1, exchange: 'mx.example.org' }] } }),
    ),
    'dns.spf': cause(
      'its domain names another server',
      /does not let this server send/,
      changed({ txt: { 'example.com': ['v=spf1 ip4:192.0.2.99 -all'] } }),
    ),
  }
}

function keyGone(): ForeignCause {
  return cause('the key was moved', /mail\.key is not there/, (healthy) => {
    const { '/etc/ssl/mail.key': _, ...modes } = healthy.modes ?? {}
    return { ...without('/etc/ssl/mail.key')(healthy), modes }
  })
}

function diskFull(): ForeignCause {
  return cause('it is nearly full', /the disk is nearly full/, (healthy) => ({
    ...healthy,
    freeOctets: 5e9,
  }))
}

function otherOwner(user: string): ForeignCause {
  const uid = (process.getuid?.() ?? 0) + 1
  return cause(
    'root restored it',
    new RegExp(`does not belong to ${user}`),
    replaced('/etc/passwd', new RegExp(`${user}:x:\\d+`), `${user}:x:${uid}`),
  )
}

function folderGone(): ForeignCause {
  return cause(
    'a folder of it was removed',
    /a folder of the Maildir is missing/,
    without('/srv/mail/jane/tmp/x'),
  )
}

function cause(what: string, says: RegExp, plant: ForeignCause['plant']): ForeignCause {
  return { what, says, plant }
}

function without(path: string): ForeignCause['plant'] {
  return ({ files: { [path]: _, ...files }, ...healthy }) => ({ ...healthy, files })
}

/** What it writes there, after what stands there. */
function added(path: string, text: () => string): ForeignCause['plant'] {
  return ({ files, ...healthy }) => ({
    ...healthy,
    files: { ...files, [path]: `${files[path] ?? ''}${text()}` },
  })
}

function replaced(path: string, from: RegExp | string, to: string): ForeignCause['plant'] {
  return ({ files, ...healthy }) => {
    const before = files[path] ?? ''
    const after = before.replace(from, () => to)
    if (after === before) throw new Error(`${path} has no ${from}`)
    return { ...healthy, files: { ...files, [path]: after } }
  }
}

function withMode(path: string, mode: number): ForeignCause['plant'] {
  return (healthy) => ({ ...healthy, modes: { ...healthy.modes, [path]: mode } })
}
