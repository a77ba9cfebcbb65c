/** Exim, Postfix and Dovecot as they should be, each with something for every check to look at. */
import { HOUR_MS } from '../../base/durations.ts'
import type { Zone } from '../../dns/fake.ts'
import { makeSelfSigned } from '../../tls/self-signed.ts'
import type { ForeignServer } from '../foreign/world.ts'
import type { ForeignGiven } from './foreign-files.ts'

export const EXIM_CONF = '/etc/exim4/exim4.conf'
export const MAIN_CF = '/etc/postfix/main.cf'
export const DOVECOT_CONF = '/etc/dovecot/dovecot.conf'

/** @param filterPort  where the filter answers that it asks */
export function healthyServer(server: ForeignServer, filterPort: number): ForeignGiven {
  const { files, ...own } = SERVERS[server](filterPort)
  return {
    ...own,
    isHere: true,
    zone: ZONE,
    files: { ...COMMON, ...files },
    modes: { '/etc/ssl/mail.key': 0o600, ...own.modes },
  }
}

/** As its log has the time; an hour ago. */
export function eximTime(): string {
  return anHourAgo().toISOString().slice(0, 19).replace('T', ' ')
}

/** `Nov 21 18:00:00` */
export function syslogTime(): string {
  const [, , day = '', month = '', , time = ''] = /^(\w+), (\d+) (\w+) (\d+) (\S+)/.exec(
    anHourAgo().toUTCString(),
  ) as RegExpExecArray
  return `${month} ${day.replace(/^0/, ' ')} ${time}`
}

function anHourAgo(): Date {
  return new Date(Date.now() - HOUR_MS)
}

const ZONE: Zone = {
  addresses: { 'mail.example.com': ['192.0.2.7'] },
  reverse: { '192.0.2.7': ['mail.example.com'] },
  txt: { 'example.com': ['v=spf1 mx -all'] },
  mx: { 'example.com': [{ preference: 1, exchange: 'mail.example.com' }] },
}

const PAIR = makeSelfSigned(['mail.example.com'])
const ME = process.getuid?.() ?? 0
/** Each server is whoever tests: nobody else could own files here. */
const COMMON = {
  '/etc/passwd': ['root:x:0:0', `Debian-exim:x:${ME}:${ME}`, `postfix:x:${ME}:${ME}`]
    .map((line) => `${line}::/:/bin/sh\n`)
    .join(''),
  '/etc/ssl/mail.pem': PAIR.cert,
  '/etc/ssl/mail.key': PAIR.key,
  ...Object.fromEntries(['cur', 'new', 'tmp'].map((name) => [`/srv/mail/jane/${name}/x`, ''])),
}

/** As the kernel shows ports that somebody listens on. */
function listeningAt(...ports: readonly number[]): string {
  const rows = ports.map((port, at) => {
    const hex = port.toString(16).toUpperCase().padStart(4, '0')
    return `   ${at}: 00000000:${hex} 00000000:0000 0A\n`
  })
  return `  sl  local_address rem_address   st\n${rows.join('')}`
}

const SERVERS = {
  exim: (filterPort: number): ForeignGiven => ({
    files: {
      [EXIM_CONF]: `primary_hostname = mail.example.com
domainlist local_domains = @ : example.com
acl_smtp_rcpt = check
tls_certificate = /etc/ssl/mail.pem
tls_privatekey = /etc/ssl/mail.key
spamd_address = 127.0.0.1 ${filterPort}
begin acl
check:
  require domains = +local_domains
  warn spam = nobody
  accept
begin transports
mailboxes:
  driver = appendfile
  directory = /srv/mail/$local_part_data
  maildir_format
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_condition = no
  server_advertise_condition = $\{if def:tls_in_cipher}
relay:
  driver = plaintext
  public_name = LOGIN
  client_send = : $\{lookup{$host}nwildlsearch{/etc/exim4/passwd.client}{$value}fail}
`,
      '/etc/exim4/passwd.client': 'smtp.example.net:me:secret-word\n',
      '/proc/77/cmdline': '/usr/sbin/exim4\0-bd\0-q30m\0',
      '/proc/net/tcp': listeningAt(25),
      '/var/log/exim4/mainlog': `${eximTime()} 1vnYk2-00000000BQ5-1EaB <= a@example.com U=a P=local S=700\n`,
      '/var/spool/exim4/input/x': '',
    },
    modes: { '/etc/exim4/passwd.client': 0o640 },
    programs: { 'exim4 -bpc': { out: '0\n' }, 'exim4 -bp': {} },
  }),
  postfix: (filterPort: number): ForeignGiven => ({
    files: {
      [MAIN_CF]: `myhostname = mail.example.com
mydestination = $myhostname, example.com
mynetworks = 127.0.0.0/8
virtual_mailbox_base = /srv/mail
smtpd_milters = inet:127.0.0.1:${filterPort}
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_tls_auth_only = yes
smtpd_tls_security_level = may
smtpd_tls_cert_file = /etc/ssl/mail.pem
smtpd_tls_key_file = /etc/ssl/mail.key
smtp_sasl_auth_enable = yes
smtp_sasl_password_maps = hash:/etc/postfix/sasl_passwd
`,
      '/etc/postfix/master.cf': 'smtp inet n - y - - smtpd\n',
      '/etc/postfix/sasl_passwd': '[smtp.example.net]:587 me:secret-word\n',
      '/etc/postfix/sasl_passwd.db': '',
      '/etc/aliases': 'postmaster: root\n',
      '/etc/aliases.db': '',
      [DOVECOT_CONF]:
        'service auth {\n unix_listener /var/spool/postfix/private/auth {\n  mode = 0666\n }\n}\n',
      '/proc/77/cmdline': '/usr/lib/postfix/sbin/master\0-w\0',
      '/proc/net/tcp': listeningAt(25),
      '/var/log/mail.log': `${syslogTime()} mail postfix/smtpd[7]: connect from unknown[192.0.2.9]\n`,
      '/var/spool/postfix/private/auth': '',
      '/var/spool/postfix/active/x': '',
    },
    modes: { '/etc/postfix/sasl_passwd': 0o600, '/etc/postfix/sasl_passwd.db': 0o600 },
    programs: { 'postqueue -j': {} },
  }),
  dovecot: (): ForeignGiven => ({
    files: {
      [DOVECOT_CONF]: `log_path = /var/log/dovecot.log
mail_location = maildir:/srv/mail/%u
ssl = required
ssl_cert = </etc/ssl/mail.pem
ssl_key = </etc/ssl/mail.key
service imap-login {
  inet_listener imaps {
    port = 993
  }
}
`,
      '/proc/77/cmdline': '/usr/sbin/dovecot\0-F\0',
      '/proc/net/tcp': listeningAt(993),
      '/var/log/dovecot.log': `${syslogTime()} imap-login: Info: Login: user=<jane>, method=PLAIN, rip=192.0.2.9, lip=192.0.2.7, mpid=7, TLS, session=<x>\n`,
    },
  }),
} satisfies { readonly [Server in ForeignServer]: (filterPort: number) => ForeignGiven }
