/** What Dovecot says of its settings and processes, and of TLS with clients. Said to its own log. */
import type { ErrorFacts } from '../reasons/types.ts'
import type { Rule } from '../reasons/rule.ts'

const LOCAL: Partial<Omit<ErrorFacts, 'text'>> = { direction: 'local' }
const LOGIN: Partial<Omit<ErrorFacts, 'text'>> = { direction: 'inbound', phase: 'login' }

const ERRORS = 'https://doc.dovecot.org/main/core/admin/errors.html'

/** The peer sent these: it is our certificate that it does not take. */
const CERTIFICATE_ALERTS = [
  'alert certificate unknown',
  'alert bad certificate',
  'alert unknown ca',
  'alert certificate expired',
  'alert unsupported certificate',
  'alert certificate revoked',
]

export const DOVECOT_RUNNING: readonly Rule[] = [
  {
    id: 'certificate-refused-by-client',
    category: 'tls',
    title: 'A client does not trust this server’s certificate',
    meaning:
      'The client ended TLS with an alert about our certificate: it is self-signed, out of date, without its intermediate certificates, or not for the name that the client uses. Scanners do so too.',
    actor: 'you',
    remedy: [
      'See it as clients do: `openssl s_client -connect HOST:993 -servername NAME` (or `-starttls smtp`).',
      'The file must hold the certificate and then its intermediates; reload the server after each renewal.',
      'Users must enter the name that the certificate has as their server.',
      'Only strangers, now and then? Nothing to do.',
    ],
    retry: 'afterFix',
    links: [],
    match: [
      { direction: 'local', text: CERTIFICATE_ALERTS },
      { direction: 'inbound', phases: ['login'], text: CERTIFICATE_ALERTS },
    ],
    examples: [
      [
        'TLS library problem: error:14094416:SSL routines:ssl3_read_bytes:sslv3 alert certificate unknown:../ssl/record/rec_layer_s3.c:1543:SSL alert number 46:',
        LOCAL,
      ],
      [
        'Connection closed (no auth attempts in 0 secs) (no_auth_attempts), TLS handshaking: SSL_accept() failed: error:0A000416:SSL routines::ssl/tls alert certificate unknown: SSL alert number 46',
        LOGIN,
      ],
    ],
  },
  {
    id: 'dovecot-ssl-setup',
    of: 'dovecot',
    category: 'configuration',
    title: 'Dovecot: its certificate or key cannot be used',
    meaning:
      'The certificate, its key or the DH parameters are missing, unreadable or do not fit together, so no client can use TLS.',
    actor: 'you',
    remedy: [
      'Look at the settings: `doveconf -n | grep ssl_`; up to 2.3 a file needs the `<` before its name.',
      'Do they belong together? Compare `openssl x509 -noout -pubkey -in CERT` with `openssl pkey -pubout -in KEY`.',
      'DH parameters: `openssl dhparam -out /etc/dovecot/dh.pem 2048`, `ssl_dh = </etc/dovecot/dh.pem` (2.3).',
      'Then `doveadm reload`.',
    ],
    retry: 'afterFix',
    links: ['https://doc.dovecot.org/main/core/config/ssl.html'],
    match: {
      direction: 'local',
      text: [
        'failed to initialize ssl',
        "couldn't initialize ssl",
        "couldn't parse dh parameters",
        "couldn't parse private ssl_key",
        "can't load ssl certificate",
        "can't load ssl private key",
        "can't load certificate",
        "can't load private key",
        'please set ssl_dh',
        'ssl_cert: ',
        'ssl_key: ',
        'ssl_dh: ',
        'ssl_server_cert_file',
        'ssl_server_key_file',
        'ssl enabled, but ssl_cert not set',
      ],
      without: ['unknown setting'],
    },
    examples: [
      [
        "Failed to initialize SSL server context: Couldn't parse DH parameters: error:0906D06C:PEM routines:PEM_read_bio:no start line: Expecting: DH PARAMETERS",
        LOCAL,
      ],
      ["ssl_cert: Can't open file /etc/ssl/mail.pem: No such file or directory", LOCAL],
    ],
  },
  {
    id: 'dovecot-setting-old',
    of: 'dovecot',
    category: 'configuration',
    title: 'Dovecot: a setting of an older version',
    meaning:
      'A setting was renamed or is no longer used. Dovecot still understands it, but a later version will not.',
    actor: 'you',
    remedy: [
      'Write it as the line says; `doveconf -n` prints the configuration in today’s form.',
      'From 2.3 to 2.4 most settings change: follow the upgrade page.',
    ],
    retry: 'afterFix',
    links: ['https://doc.dovecot.org/main/installation/upgrade/2.3-to-2.4.html'],
    match: {
      direction: 'local',
      text: [
        'obsolete setting in',
        'obsolete settings',
        'new clean config file',
        'plugin is deprecated',
        'setting is deprecated',
        'setting has been replaced by',
      ],
    },
    examples: [
      [
        'Obsolete setting in /etc/dovecot/dovecot.conf:83: ssl_protocols has been replaced by ssl_min_protocol',
        LOCAL,
      ],
    ],
  },
  {
    id: 'dovecot-plugin-missing',
    category: 'configuration',
    title: 'Dovecot: a plugin or driver is not installed',
    meaning:
      'The settings name a plugin or database driver that is not there, or was built for another version of Dovecot.',
    actor: 'you',
    remedy: [
      'Install its package: `dovecot-sieve`, `dovecot-mysql`, `dovecot-pgsql`, `dovecot-ldap` and so on.',
      'Or take it out of `mail_plugins`; after an upgrade, plugins from elsewhere must be built anew.',
    ],
    retry: 'afterFix',
    links: [],
    match: {
      direction: 'local',
      text: [
        "plugin '*' not found",
        'plugin*not found from directory',
        "couldn't load required plugin",
        'unknown database driver',
        'unknown userdb driver',
        'unknown passdb driver',
        'dlopen(*failed',
        'module is for different version',
        'module isn',
      ],
    },
    examples: [
      ["Plugin 'sieve' not found from directory /usr/lib/dovecot/modules", LOCAL],
      ["Unknown database driver 'mysql'", LOCAL],
      [
        "Couldn't load required plugin /usr/lib/dovecot/modules/lib95_imap_sieve_plugin.so: x",
        LOCAL,
      ],
    ],
  },
  {
    id: 'dovecot-setting',
    of: 'dovecot',
    category: 'configuration',
    title: 'Dovecot: its configuration cannot be used',
    meaning:
      'A file of the configuration has a setting that this version does not know, or a value that does not fit. Dovecot does not start, or goes on with the old settings.',
    actor: 'you',
    remedy: [
      'The line names file and setting: mend it, and test with `doveconf -n`.',
      'After an upgrade to 2.4? Many settings have new names: follow the upgrade page.',
      'Then `systemctl restart dovecot`.',
    ],
    retry: 'afterFix',
    links: ['https://doc.dovecot.org/main/installation/upgrade/2.3-to-2.4.html'],
    match: {
      direction: 'local',
      text: [
        'error in configuration file',
        'unknown setting:',
        'unknown section name:',
        'invalid boolean value',
        'invalid number value',
        'failed to read configuration',
        'failed to read config',
        'error reading configuration',
        'invalid ssl_protocols setting',
        'invalid ssl_min_protocol',
        'no passdbs specified',
        'no userdbs specified',
        'no authentication databases',
        'driver not set in configuration file',
        'is missing userdb info',
        'with only userdb prefetch',
        'unknown namespace',
        'duplicate namespace prefix',
        'invalid metric',
        'unknown mail storage driver',
        'invalid user settings',
        'settings struct',
        'mail access for users with uid',
        'mail access for users with gid',
        'first_valid_uid',
        'failed to initialize quota',
        'invalid quota root',
        'master passdb can',
      ],
    },
    examples: [
      [
        'Error in configuration file /etc/dovecot/conf.d/10-ssl.conf line 59: ssl_cert: Unknown setting: ssl_cert',
        LOCAL,
      ],
      [
        'Failed to read configuration: Failed to read config: Error in configuration file /etc/dovecot/conf.d/10-master.conf line 45: ssl: Invalid boolean value: required (use yes or no) - doveconf execution fallback is disabled',
        LOCAL,
      ],
      ['No passdbs specified in configuration file. PLAIN mechanism needs one', LOCAL],
      ['sql: driver not set in configuration file /etc/dovecot/dovecot-sql.conf.ext', LOCAL],
    ],
  },
  {
    id: 'dovecot-limits-small',
    category: 'configuration',
    title: 'Dovecot: a limit of the system is too low for it',
    meaning:
      'Dovecot may open fewer files, watch fewer directories or start fewer processes than its settings need, so some clients wait or hear of new mail late.',
    actor: 'you',
    remedy: [
      'inotify: raise `fs.inotify.max_user_watches` and `max_user_instances` with sysctl.',
      'Files and processes: `LimitNOFILE` and `LimitNPROC` of the service, then restart Dovecot.',
    ],
    retry: 'afterFix',
    links: [],
    match: {
      direction: 'local',
      text: [
        'inotify watch limit',
        'inotify instance limit',
        'max_user_watches',
        'max_user_instances',
        'fd limit (ulimit -n) is lower',
        'fork() failed',
      ],
      without: ['exim', 'pipe'],
    },
    examples: [
      [
        'Inotify watch limit for user exceeded, disabling. Increase /proc/sys/fs/inotify/max_user_watches',
        LOCAL,
      ],
      [
        'service(imap): fork() failed: Resource temporarily unavailable (ulimit -u 100 reached?)',
        LOCAL,
      ],
    ],
  },
  {
    id: 'dovecot-crash',
    of: 'dovecot',
    category: 'program',
    title: 'Dovecot: one of its processes crashed',
    meaning:
      'A process met something that its authors held impossible, or was killed by a signal. The one session is lost, mail is not; when it comes with each message or mailbox, that one is stuck.',
    actor: 'you',
    remedy: [
      'Update Dovecot and its plugins: most such faults are known and mended.',
      'One mailbox only? `doveadm force-resync -u USER "*"`, and move its index files away.',
      'Signal 9: the system was out of memory, or somebody killed it (`journalctl -k`).',
      'Else report the line with “Raw backtrace” and the version to the project.',
    ],
    retry: 'afterFix',
    links: ['https://doc.dovecot.org/main/core/admin/debug/core_dumps.html'],
    match: {
      direction: 'local',
      text: [
        'assertion failed',
        'raw backtrace',
        'child*killed with signal',
        'child*returned error 89',
        'appears to have crashed',
        'unexpected exit - converting to abort',
      ],
      without: ['out of memory'],
    },
    examples: [
      [
        'file message-parser.c: line 174 (message_part_finish): assertion failed: (ctx->count > 0)',
        LOCAL,
      ],
      ['master: service(imap): child 540 killed with signal 6 (core dumped)', LOCAL],
      ['service(auth): child 19654 returned error 89 (Fatal failure)', LOCAL],
    ],
  },
  {
    id: 'dovecot-service-down',
    of: 'dovecot',
    category: 'serverFault',
    title: 'Dovecot: a service does not start',
    meaning:
      'A process ended before it was ready, so Dovecot waits before it starts it again. Who needs it gets an error meanwhile.',
    actor: 'you',
    remedy: [
      'A line with “Fatal” of the same service, just before, says why: `doveadm log errors`.',
      'Test the settings: `doveconf -n`.',
    ],
    retry: 'afterFix',
    links: [ERRORS],
    match: {
      direction: 'local',
      text: [
        'command startup failed, throttling',
        'initial status notification not received',
        'failed to start listeners',
        'indexer worker disconnected',
        'service(*stopped',
      ],
    },
    examples: [
      ['service(auth): command startup failed, throttling for 16 secs', LOCAL],
      [
        'service(auth): Initial status notification not received in 30 seconds, killing the process',
        LOCAL,
      ],
    ],
  },
  {
    id: 'dovecot-version-mixed',
    category: 'configuration',
    title: 'Dovecot: processes of two versions run together',
    meaning:
      'It was upgraded while it ran, so that old processes talk to new ones, or two installations share a directory.',
    actor: 'you',
    remedy: ['Restart it wholly: `systemctl restart dovecot`.'],
    retry: 'afterFix',
    links: [],
    match: {
      direction: 'local',
      text: [
        'dovecot version mismatch',
        'with a valid version line',
        'sent invalid handshake',
        'incompatible protocol version',
      ],
    },
    examples: [
      [
        "conn unix:stats-writer (pid=12,uid=5): didn't reply with a valid VERSION line: EXPORT",
        LOCAL,
      ],
    ],
  },
]
