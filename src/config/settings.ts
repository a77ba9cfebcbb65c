/** Every key of the configuration but the limits, which are in `limits.ts`. */
import { isIP } from 'node:net'
import { hostname } from 'node:os'

import { ALERTS } from './alerts.ts'
import { DOCTOR } from './doctor.ts'
import { choice, count, duration, flag, list, optional, size, text } from './kind.ts'
import { LIMITS } from './limits.ts'
import { OUTGOING } from './outgoing.ts'
import { key, section, type Schema, tables } from './schema.ts'
import type {
  CertificateConfig,
  Config,
  HttpConfig,
  ListenerConfig,
  SendmailConfig,
  TlsConfig,
} from './types.ts'

const MIB = 2 ** 20

const hostNameText = text(
  'a host name such as "mail.example.com"',
  (value) => value.length <= 253 && /^[a-z0-9-]+(\.[a-z0-9-]+)*$/i.test(value),
)

const certificateHost = text(
  'a host name such as "mail.example.com" or "*.example.com"',
  (value) => value.length <= 253 && /^(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*$/i.test(value),
)

const filePath = text('a path; a relative one starts at the folder of this file', (value) =>
  /^[^\0]+$/.test(value),
)

const unixName = text('a name that the system knows', (value) =>
  /^[a-z_][a-z0-9_-]*\$?$/i.test(value),
)

const listenerName = text('a short name of letters, digits and "-"', (value) =>
  /^[a-z0-9-]{1,40}$/i.test(value),
)

const ipAddress = text(
  'an IP address, or "*" for all',
  (value) => value === '*' || isIP(value) !== 0,
)

export const SETTINGS: Schema<Config> = {
  hostName: key(
    hostNameText,
    () => hostname(),
    'What the server calls itself in greetings and Received lines. The default is the name of\nthis machine; other servers want a full name that resolves to its address.',
    '"mail.example.com"',
  ),
  dataFolder: key(
    filePath,
    '/var/lib/waybill',
    'Where everything is kept: mail, accounts, logs. Nobody else may read it.',
  ),
  user: key(
    optional(unixName),
    null,
    'Whom to become once the ports are open, when started as root.',
    '"waybill"',
  ),
  group: key(
    optional(unixName),
    null,
    "The group to become; the default is the user's own group.",
    '"waybill"',
  ),
  stopTimeoutMs: key(
    duration({ min: 1000, max: 600_000 }),
    25_000,
    'How long a stopping server lets work in hand finish.',
  ),
  listeners: tables<ListenerConfig>(
    'Where the server listens. These tables replace all five default ones.',
    [
      { name: 'smtp', protocol: 'smtp', address: '*', port: 25, tls: 'starttls' },
      { name: 'submissions', protocol: 'submission', address: '*', port: 465, tls: 'implicit' },
      { name: 'submission', protocol: 'submission', address: '*', port: 587, tls: 'starttls' },
      { name: 'imap', protocol: 'imap', address: '*', port: 143, tls: 'starttls' },
      { name: 'imaps', protocol: 'imap', address: '*', port: 993, tls: 'implicit' },
    ],
    {
      name: key(
        listenerName,
        undefined,
        'For messages, and to match a socket that systemd opened.',
      ),
      protocol: key(
        choice('smtp', 'submission', 'imap'),
        undefined,
        'smtp takes mail for the domains here from anyone; submission takes mail for anywhere\nfrom those who log in; imap is for reading.',
      ),
      address: key(ipAddress, '*', 'The IP address to listen on; "*" is all of them.'),
      port: key(count({ min: 0, max: 65_535 }), undefined, 'The TCP port.'),
      tls: key(
        choice('none', 'starttls', 'implicit'),
        'starttls',
        'starttls offers TLS as a command, implicit begins with it, none never has it.',
      ),
    },
  ),
  tls: section<TlsConfig>('Certificates. Changed files are noticed and taken without a restart.', {
    certificates: tables<CertificateConfig>(
      'One table a certificate. The first also serves clients that name no host or an unknown\none. Without any, the server makes itself a self-signed certificate.',
      [],
      {
        hosts: key(
          list(certificateHost),
          [],
          'The host names it is for; empty takes the names in the certificate.',
        ),
        cert: key(filePath, undefined, 'PEM file: the certificate, then its chain.'),
        key: key(filePath, undefined, 'PEM file: its private key. Others may not read it.'),
      },
      'hosts = ["mail.example.com"]\ncert = "tls/mail.example.com.crt"\nkey = "tls/mail.example.com.key"',
    ),
  }),
  log: section('Log files, in the folder log/ of the data folder.', {
    maxOctets: key(
      size({ min: MIB, max: 2 ** 40 }),
      100 * MIB,
      'A log file that grows beyond this is rotated.',
    ),
    daily: key(flag, true, 'Rotate every midnight too.'),
    keep: key(count({ min: 0, max: 10_000 }), 30, 'How many rotated files of each log are kept.'),
    compress: key(flag, true, 'Compress rotated files with gzip.'),
    traceDays: key(
      count({ min: 0, max: 36_500 }),
      30,
      'For how many days waybill log finds messages, in the index trace.db; 0 is for ever.',
    ),
  }),
  disk: section('When to stop taking mail because the disk fills up.', {
    minFreePercent: key(
      count({ min: 0, max: 90 }),
      5,
      'New mail is answered "try again later" when less of the disk is free than this, percent …',
    ),
    minFreeOctets: key(size({ min: 0, max: 2 ** 50 }), 500 * MIB, '… or less than this.'),
    ballastOctets: key(
      size({ min: 0, max: 2 ** 40 }),
      256 * MIB,
      'A file that takes up room, and gives it back when the disk is full, so that mail can\nstill be deleted.',
    ),
  }),
  outgoing: OUTGOING,
  sendmail: section<SendmailConfig>(
    "Mail of programs on this machine, by the command sendmail, from users other than root and\nthe server's own. A change of users or drop_folder takes a restart.",
    {
      users: key(flag, true, 'Whether they may send.'),
      dropFolder: key(
        optional(filePath),
        null,
        'Where they leave it for the server. It must survive a restart of the machine, and every\nuser must be able to reach it. The default is beside the data folder, with "-drop" behind\nits name.',
        '"/var/lib/waybill-drop"',
      ),
      maxRecipientsPerHour: key(
        count({ min: 0, max: 1_000_000 }),
        1000,
        'To how many recipients one user may send in an hour; further mail waits in the folder.\n0 is without limit.',
      ),
    },
  ),
  http: section<HttpConfig>(
    'Health and metrics for programs that watch the server: /healthz/live, /healthz/ready and\n/metrics, as Prometheus reads them. A change takes a restart.',
    {
      port: key(
        optional(count({ min: 0, max: 65_535 })),
        null,
        'Where they are served; without it they are not. 0 lets the system choose.',
        '9025',
      ),
      address: key(
        text('an IP address', (value) => isIP(value) !== 0),
        '127.0.0.1',
        'Whoever reaches it can read how much mail goes and what fails, without a password, and\nnobody’s address.',
      ),
    },
  ),
  alerts: ALERTS,
  doctor: DOCTOR,
  limits: LIMITS,
}
