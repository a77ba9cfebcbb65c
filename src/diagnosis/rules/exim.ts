/** Errors that Exim says of itself: routing, permissions, its own limits, its database and spool. */
import type { Rule } from '../reasons/rule.ts'

const EXIM_TAINT =
  'https://www.exim.org/exim-html-current/doc/html/spec_html/ch-string_expansions.html'

export const EXIM: readonly Rule[] = [
  {
    id: 'mailbox-full-exim-local',
    category: 'mailboxFull',
    title: 'The quota of the mailbox on this server is used up',
    meaning:
      'The message was to be stored here, and the quota that the transport imposes, or the one of the file system, leaves no room for it.',
    actor: 'you',
    remedy: [
      'Have the user delete mail and empty the trash, or raise the quota.',
      'Waiting messages are delivered at the next queue run once there is room.',
    ],
    retry: 'afterFix',
    links: [],
    match: {
      text: [
        'mta-imposed quota exceeded',
        'mailbox is full*quota exceeded while writing',
        'mailbox is full: retry timeout',
      ],
    },
    examples: [
      'mailbox is full (MTA-imposed quota exceeded while writing to tmp/1720000000.M5P77.mx.example.org)',
      'mailbox is full: retry timeout exceeded',
    ],
  },
  {
    id: 'exim-tainted-filename',
    of: 'exim',
    category: 'configuration',
    title: 'Exim: a tainted (unchecked) string is refused',
    meaning:
      'Since version 4.94 Exim uses no file name, command or look-up that was built from what a stranger sent, such as `$local_part` or `$domain`. The configuration must take the value from a look-up instead.',
    actor: 'you',
    remedy: [
      'Find the option that the line names (file, directory, command, home_directory).',
      'Use checked values: `$local_part_data` after `check_local_user` or a look-up with `ret=key`, `$domain_data` after `domains = lsearch;…`.',
      'Deferred messages go out after `exim -qff` once it is mended.',
    ],
    retry: 'afterFix',
    links: [EXIM_TAINT],
    match: { text: ['tainted', 'not permitted)*taint', 'taint mismatch'] },
    examples: [
      "Tainted '/var/mail/jane' (file or directory name for local_delivery transport) not permitted",
      "Tainted filename for search: '/etc/exim4/domains/example.org'",
      'failed to expand "$home": tainted arg not permitted',
    ],
  },
  {
    id: 'exim-never-users',
    category: 'permission',
    title: 'Exim: delivery as root is forbidden (never_users)',
    meaning:
      'The delivery would have run as a user on the list `never_users` (mostly root). Mail to root must go to somebody else.',
    actor: 'you',
    remedy: [
      'Give root an alias to a person in `/etc/aliases`.',
      'Or set `user` in the transport or router to another account.',
    ],
    retry: 'afterFix',
    links: [],
    match: { text: ['never_users', 'is on the never_users list'] },
    examples: [
      'User 0 set for local_delivery transport is on the never_users list',
      'fixed_never_users',
    ],
  },
  {
    id: 'exim-hints-database',
    of: 'exim',
    category: 'permission',
    title: 'Exim: a hints database cannot be opened',
    meaning:
      'Exim notes in small files below `db/` of its spool when hosts failed and what waits for them (retry, wait-…, callout, ratelimit). One cannot be opened: mostly it belongs to root after a test by hand, or is damaged.',
    actor: 'you',
    remedy: [
      'Give them to Exim’s user: `ls -l /var/spool/exim*/db`, `chown -R Debian-exim: /var/spool/exim4/db` (elsewhere `exim:` or `mailnull:`).',
      'Damaged, or of another version of the library? Delete the files: they are hints only, Exim makes them anew.',
      'Is the disk full or read-only? `df -h`, `df -i`, `mount`.',
    ],
    retry: 'helps',
    links: [],
    match: {
      text: [
        'retry database: failed to open',
        'failed to open dbm file',
        'failed to open db file',
        'failed to open database',
        'failed to open*spool/exim*/db/',
        'failed to get*lock for*/db/',
        'failed to get write lock for*/db',
        'failed to get read lock for*/db',
        'berkeley db error',
      ],
      without: ['sqlite', 'mysql', 'linear search'],
    },
    examples: [
      'retry database: failed to open /var/spool/exim/db/retry',
      'Failed to open DBM file /var/spool/exim/db/retry for writing: Permission denied',
      'Berkeley DB error: page 3: illegal page type or format',
    ],
  },
  {
    id: 'exim-no-user-for-transport',
    category: 'configuration',
    title: 'Exim: no user set for a transport',
    meaning:
      'A local delivery needs a user to run as, and neither the router nor the transport gives one.',
    actor: 'you',
    remedy: ['Set `user` and `group` in the transport, or `check_local_user` in the router.'],
    retry: 'afterFix',
    links: [],
    match: {
      text: [
        'neither the system_aliases router nor',
        'have no uid set',
        'no uid',
        'user not set',
        'set a uid for local delivery',
        'gave no user',
        'neither the*router nor the*transport',
      ],
      without: ['uidvalidity'],
    },
    examples: [
      'neither the system_aliases router nor the address_pipe transport set a uid for local delivery of |/usr/bin/procmail',
    ],
  },
  {
    id: 'frozen',
    category: 'expired',
    title: 'The message is frozen: the queue leaves it alone',
    meaning:
      'The queue does not try it by itself any more. A person did that, or it is a bounce that cannot be delivered, mostly because its sender was forged.',
    actor: 'you',
    remedy: [
      {
        waybill: 'Look at it: `waybill queue show ID --headers --log`.',
        exim: 'Look at it: `exim -Mvh ID` and `exim -Mvl ID`.',
      },
      {
        waybill: 'Let it go: `waybill queue thaw ID`; or away with it: `waybill queue remove ID`.',
        exim: 'Remove it: `exim -Mrm ID`; or try again: `exim -Mt ID` and `exim -M ID`.',
        postfix: 'Let it go: `postsuper -H ID`; or away with it: `postsuper -d ID`.',
      },
      'Many of them? Refuse unknown recipients during SMTP rather than bounce later.',
    ],
    retry: 'afterFix',
    links: [],
    match: {
      text: [
        'message is frozen',
        'frozen (',
        '|frozen|',
        'error message sent from*frozen',
        'unfrozen by',
      ],
      without: ['mailbox is frozen', 'account', 'user is frozen'],
    },
    examples: [
      'Message is frozen',
      'Frozen (delivery error message)',
      '*** Frozen (message created with -f <>)',
    ],
  },
  {
    id: 'exim-expansion-failed',
    of: 'exim',
    category: 'configuration',
    title: 'Exim: a string of the configuration fails',
    meaning:
      'An expansion of a string in the configuration has a fault, or a look-up in it failed, so Exim cannot go on.',
    actor: 'you',
    remedy: [
      'Try the string by hand: `exim -be`, or a whole address: `exim -bt ADDRESS`.',
      'Check the configuration after each change: `exim -bV`.',
    ],
    retry: 'afterFix',
    links: ['https://www.exim.org/exim-html-current/doc/html/spec_html/ch-string_expansions.html'],
    match: {
      text: [
        'failed to expand',
        'expansion of "',
        'unknown variable name',
        'unknown expansion',
        'failed to look up',
        'lookup of*gave defer',
        'lookup of*deferred',
        'lookup deferred',
        'failed to open*for linear search',
        'failed to open*for*search',
        'error in acl',
        'unknown acl',
        'unknown named',
      ],
      without: ['mysql', 'pgsql', 'ldap', 'sqlite'],
    },
    examples: [
      'failed to expand ACL string "$acl_m0": failed to open /etc/none for linear search: No such file or directory',
    ],
  },
  {
    id: 'exim-database-lookup',
    category: 'configuration',
    title: 'The database of users does not answer',
    meaning:
      'A look-up in MySQL, PostgreSQL, LDAP, SQLite or Redis failed, so the server does not know whether the address exists, and defers.',
    actor: 'you',
    remedy: [
      'See whether it runs: `systemctl status mariadb` (postgresql, slapd, redis).',
      'Try the login that the mail server uses, by hand.',
      'Look at its limit for connections, and at a full disk.',
    ],
    retry: 'helps',
    links: [],
    match: {
      text: [
        'mysql',
        'pgsql',
        'postgresql',
        'ldap*fail',
        'ldap*connect',
        'ldap*timeout',
        'ldap*unable',
        'failed to bind the ldap',
        'sqlite',
        'redis',
        'could not load drd',
        'database error',
        'database is locked',
        'sql error',
        'user database',
        'userdb lookup',
        'table lookup',
        'map lookup',
        'backend error',
        'cannot connect to database',
        'lookup problem',
        'lookup table',
        'alias database unavailable',
      ],
      without: ['recipient verify', 'berkeley', ': connected to'],
    },
    examples: [
      'lookup of "jane@example.org" gave DEFER: MYSQL connection failed: Can\'t connect to local MySQL server through socket',
      'warning: 9BECF3F19D: sender_canonical_maps map lookup problem for sender@example.com -- message not accepted, try again later',
      '451 Could not load DRD for domain (example.com) rcpt (user@example.com)',
    ],
  },
  {
    id: 'local-forward-file',
    category: 'configuration',
    title: 'A .forward file, filter or alias has a fault',
    meaning:
      'The user’s `.forward` or filter, or the alias file, has a line that cannot be understood, or a target that is not allowed.',
    actor: 'you',
    remedy: [
      'Mend the line that is named, or take the target out.',
      {
        exim: 'Try it: `exim -bf FILTER < message` for a filter, `exim -bt ADDRESS` for an alias.',
        postfix: 'Try an alias: `postmap -q NAME hash:/etc/aliases`.',
      },
      { postfix: 'After a change of `/etc/aliases` run `newaliases`.' },
    ],
    retry: 'afterFix',
    links: [],
    match: {
      text: [
        'error in*forward',
        'error in redirect',
        'error in filter',
        'error in redirection',
        'bad redirection',
        'syntax error in*alias',
        'is not allowed in this*forward',
        'is not permitted in a redirect',
        'alias loop',
        'aliasing/forwarding loop broken',
        'alias*self',
        'alias expansion error',
      ],
    },
    examples: [
      "error in filter file: unknown or misplaced command 'fileinto' in line 3",
      'aliasing/forwarding loop broken',
    ],
  },
  {
    id: 'exim-option-wrong',
    of: 'exim',
    category: 'configuration',
    title: 'Exim: an option of the configuration is wrong',
    meaning:
      'A router or transport lacks something it needs, or an option has a value that cannot be: the line names the driver and the option.',
    actor: 'you',
    remedy: [
      'Mend the option that the line names, then check: `exim -bV`.',
      'See how an address is routed now: `exim -bt ADDRESS`. Deferred messages go out after `exim -qff`.',
    ],
    retry: 'afterFix',
    links: ['https://www.exim.org/exim-html-current/doc/html/spec_html/'],
    match: {
      text: [
        'transport called with no hosts set',
        'router called with no',
        'no command specified for',
        'transport unset in',
        'is not defined for*transport',
        '" is not absolute',
        'configured error code',
        'invalid message_size_limit',
        'mailbox file format unrecognized',
        'deprecated diffie-hellman',
        'with "message" setting found in a non-message',
        'too many environment settings',
        'option*is not known',
        'option setting expected',
        'exim configuration error',
      ],
    },
    examples: [
      'no_hosts transport called with no hosts set',
      'appendfile: file or directory name "bfolder" is not absolute',
      'Exim configuration error in line 12 of /etc/exim4/exim4.conf: option "foo" unknown',
    ],
  },
  {
    id: 'exim-queued-on-purpose',
    of: 'exim',
    category: 'policy',
    title: 'Exim: kept in the queue on purpose',
    meaning:
      'The configuration says that this domain or this kind of delivery waits for the next queue run, or that no more deliveries run at the same time.',
    actor: 'nobody',
    remedy: [
      'Wait for the next queue run, or start one: `exim -q`, for one domain `exim -R DOMAIN`.',
      'Not wanted? Look at `queue_domains`, `queue_smtp_domains`, `hold_domains` and `max_parallel`.',
    ],
    retry: 'helps',
    links: [],
    match: {
      text: [
        'smtp delivery explicitly queued',
        'domain matches queue_',
        'domain is held',
        'domain is in queue_domains',
        'concurrency limit reached for transport',
        'no deliveries made locally',
      ],
    },
    examples: ['SMTP delivery explicitly queued', 'concurrency limit reached for transport'],
  },
]
