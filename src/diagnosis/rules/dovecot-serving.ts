/** What goes wrong in Dovecot while it serves logins, mailboxes and deliveries. Said to its own log. */
import type { ErrorFacts } from '../reasons/types.ts'
import type { Rule } from '../reasons/rule.ts'

const LOCAL: Partial<Omit<ErrorFacts, 'text'>> = { direction: 'local' }
const LOGIN: Partial<Omit<ErrorFacts, 'text'>> = { direction: 'inbound', phase: 'login' }

const LOG_BEFORE =
  'The cause stands just before, in a line of the same session or user: `doveadm log errors`.'

const LOGIN_FAULTS = [
  'internal login failure',
  'login failed: internal error',
  'auth service reported temporary failure',
  'auth process broken',
  'auth process not responding',
  'auth_process_comm_fail',
  'socket_unavailable',
]

export const DOVECOT_SERVING: readonly Rule[] = [
  {
    id: 'dovecot-password-form',
    of: 'dovecot',
    category: 'configuration',
    title: 'Dovecot: a stored password is in no form it knows',
    meaning:
      'The password database holds something that is not in the scheme that the settings name, so this user can never log in.',
    actor: 'you',
    remedy: [
      'Store it with its scheme: `doveadm pw -s SHA512-CRYPT` prints `{SHA512-CRYPT}…`.',
      'Or set the scheme that the database uses: `default_pass_scheme` (2.4: `passdb_default_password_scheme`).',
    ],
    retry: 'afterFix',
    links: ['https://doc.dovecot.org/main/core/config/auth/schemes.html'],
    match: {
      direction: 'local',
      text: [
        'invalid password in passdb',
        'unknown scheme',
        'unknown password scheme',
        'in passdb is not in expected scheme',
        'password in passdb',
      ],
    },
    examples: [
      ['Invalid password in passdb: Not a valid MD5-CRYPT or PLAIN-MD5 password', LOCAL],
      ['passwd-file(jane): Unknown scheme SHA999', LOCAL],
    ],
  },
  {
    id: 'dovecot-auth-database',
    of: 'dovecot',
    category: 'serverFault',
    title: 'Dovecot: its user database gives no answer',
    meaning:
      'The auth process could not ask the database with users and passwords (SQL, LDAP, a file), or had no answer in time. Logins and deliveries get a temporary error.',
    actor: 'you',
    remedy: [
      'Does the database run, and do host, name and password in Dovecot’s settings work? Try: `doveadm user USER`, `doveadm auth test USER`.',
      'Too slow under load: raise the processes of `auth-worker`, and set `auth_cache_size`.',
      'A file: does it exist, and may Dovecot’s auth process read it?',
    ],
    retry: 'helps',
    links: ['https://doc.dovecot.org/main/core/config/auth/passdb.html'],
    match: {
      direction: 'local',
      text: [
        'password query failed',
        'user query failed',
        'iterate query failed',
        'connect failed to database',
        'not connected to database',
        'no free connections for',
        'ldap: binding failed',
        'ldap: connection lost',
        "ldap: can't connect",
        'ldap_search(*failed',
        'ldap_bind(*failed',
        'aborted passv request',
        'aborted passl request',
        'aborted user request',
        'auth worker: aborted',
        'auth-worker: aborted',
        'worker process died unexpectedly',
        'auth request was queued for',
        'passwd-file*failed: no such file',
        'auth user lookup failed',
        'auth request timed out',
        'userdb lookup: connect(',
        'userdb lookup(*failed',
        'failed to lookup user',
        'request*timeouted after',
        'pam_authenticate() failed: system error',
        'getpwnam*failed',
        'passdb lookup failed',
        'userdb lookup failed',
        'oauth2 failed: connection',
        'introspection failed',
      ],
      without: ['permission denied', 'too many open files'],
    },
    examples: [
      ['sql(jane@example.com,192.0.2.3): Password query failed: Not connected to database', LOCAL],
      [
        "mysql(127.0.0.1): Connect failed to database (mail): Can't connect to MySQL server on '127.0.0.1' (111) - waiting for 5 seconds before retry",
        LOCAL,
      ],
      ['LDAP: binding failed (dn cn=admin,dc=example,dc=com): Invalid credentials', LOCAL],
      ['auth-worker: Aborted PASSV request for jane: Lookup timed out', LOCAL],
      [
        'passwd-file(jane,192.0.2.3): stat(/etc/mail/passwd) failed: No such file or directory',
        LOCAL,
      ],
      ['user jane@example.com: Auth USER lookup failed', LOCAL],
    ],
  },
  {
    id: 'dovecot-login-internal',
    of: 'dovecot',
    category: 'serverFault',
    title: 'Dovecot: logins fail for a fault of the server',
    meaning:
      'The password was not wrong: a process behind the login (auth, anvil, imap, pop3) did not answer, or could not be started.',
    actor: 'you',
    remedy: [
      LOG_BEFORE,
      'Limits reached? Look for `process_limit` and `client_limit` in the lines of `master`, and raise them.',
      'After an upgrade: restart Dovecot wholly.',
    ],
    retry: 'helps',
    links: ['https://doc.dovecot.org/main/core/admin/errors.html'],
    match: [
      {
        direction: 'local',
        text: [
          ...LOGIN_FAULTS,
          'waiting for handshake from auth server',
          'auth server restarted',
          'auth connection closed with',
          'auth server sent us invalid',
          'authentication server sent us invalid',
          'anvil) failed',
          'anvil: ',
          'master(imap): auth',
          'net_connect_unix(imap',
          'net_connect_unix(pop3',
          'net_connect_unix(*failed: connection refused',
          'net_connect_unix(*failed: resource temporarily unavailable',
          'nonexistent client',
          'pending requests: eof',
        ],
      },
      { direction: 'inbound', phases: ['login'], text: LOGIN_FAULTS },
    ],
    examples: [
      [
        'auth-client: conn unix:login (pid=1,uid=0): Timeout waiting for handshake from auth server. my pid=122, input bytes=0',
        LOCAL,
      ],
      ['net_connect_unix(imap) failed: Resource temporarily unavailable', LOCAL],
      ['Connection closed (auth service reported temporary failure)', LOGIN],
      ['Internal login failure (pid=1274 id=1) (auth_internal_failure)', LOGIN],
    ],
  },
  {
    id: 'dovecot-plugin-service',
    of: 'dovecot',
    category: 'serverFault',
    title: 'Dovecot: a dictionary or push service failed',
    meaning:
      'A service beside the mailbox (the dictionary with quotas or expiry, statistics, push notices) did not take what Dovecot sent. Mail itself is stored.',
    actor: 'you',
    remedy: [
      'See that the service, or the database behind it, runs and takes connections: `doveadm log errors`.',
      'Quota wrong afterwards? `doveadm quota recalc -u USER`.',
    ],
    retry: 'helps',
    links: [],
    match: {
      direction: 'local',
      text: ['dict-client:', 'dict client', 'sql dict', 'dict: ', 'push-notification', 'redis: '],
      without: ['permission denied'],
    },
    examples: [['dict-client: server returned failure: sql dict: commit failed', LOCAL]],
  },
  {
    id: 'dovecot-search-index',
    of: 'dovecot',
    category: 'serverFault',
    title: 'Dovecot: its search index does not work',
    meaning:
      'Full-text search (Solr, Xapian, Flatcurve) failed. Mail can be read; only searches are slow or find nothing.',
    actor: 'you',
    remedy: [
      'Does the search server run and answer? A lack of memory or disk space of it shows in its own log.',
      'Build it anew: `doveadm fts rescan -u USER`, `doveadm index -u USER "*"`.',
    ],
    retry: 'afterFix',
    links: [],
    match: {
      direction: 'local',
      text: [
        'fts_solr',
        'fts-solr',
        'fts_flatcurve',
        'fts-flatcurve',
        'fts-xapian',
        'fts_xapian',
        'fts xapian',
        'fts: ',
        'mail search failed',
        'indexer failed to index',
      ],
      without: ['out of memory', 'permission denied'],
    },
    examples: [
      ['fts-solr: Lookup failed: 500 Connection refused', LOCAL],
      ['Mailbox INBOX: Mail search failed: Internal error occurred', LOCAL],
    ],
  },
  {
    id: 'dovecot-program-failed',
    category: 'program',
    title: 'Dovecot: a program that it runs failed',
    meaning:
      'A script of Sieve (learning spam and the like), a quota warning or another program ended with an error. The mail stays where it is.',
    actor: 'you',
    remedy: [
      'Run it by hand as the user of the mailbox, and see what it says.',
      'Is it executable, and may that user read what it needs (sockets, home, `/tmp`)?',
    ],
    retry: 'afterFix',
    links: [],
    match: {
      direction: 'local',
      text: [
        'program exec:',
        'program `*',
        'terminated with non-zero exit code',
        'program returned failure',
        'quota-warning:',
        'failed to execute program',
      ],
      without: ['permission denied'],
    },
    examples: [
      [
        'program exec:/usr/lib/dovecot/sieve/learn-spam.sh (12): Terminated with non-zero exit code 1',
        LOCAL,
      ],
    ],
  },
  {
    id: 'dovecot-storage-slow',
    category: 'storage',
    title: 'Dovecot: the disk of a mailbox is slow',
    meaning:
      'An index was locked, or a folder read, for very long: a busy or failing disk, a slow network file system, or a folder with very many messages.',
    actor: 'you',
    remedy: [
      'Look at the disk: `iostat -x 5`, its health, the network file system.',
      'Very big folders: have them split up, or archive old mail.',
    ],
    retry: 'helps',
    links: [],
    match: {
      direction: 'local',
      text: [
        'was locked for*seconds',
        'synchronization took*seconds',
        'log file*took*seconds',
        'scanning*took*seconds',
        'locking*took',
      ],
    },
    examples: [
      [
        'Transaction log file /home/jane/mail/dovecot.index.log was locked for 35 seconds (mailbox sync)',
        LOCAL,
      ],
      [
        'Maildir /home/jane: Synchronization took 65 seconds (3 new msgs, 0 flag change attempts, 0 expunge attempts)',
        LOCAL,
      ],
    ],
  },
  {
    id: 'dovecot-proxy-backend',
    category: 'network',
    title: 'Dovecot: the server behind the proxy is not reached',
    meaning:
      'This Dovecot hands clients on to another server, which does not answer, or does not take the login.',
    actor: 'you',
    remedy: [
      'Does the server behind run, and can this one reach its port? `nc -vz HOST PORT`.',
      'It refuses logins: look at its own log; master passwords and trusted networks must fit.',
    ],
    retry: 'helps',
    links: [],
    match: {
      direction: 'local',
      text: [
        'proxy(*timed out',
        'proxy(*connect(*failed',
        'proxy(*disconnected',
        'proxy(*login failed',
        'proxy(*failed',
        'proxy:*failed',
        'proxy:*timed out',
        'failed to establish relay connection',
      ],
    },
    examples: [
      [
        'proxy(jane@example.com): Login to 10.0.0.5:143 timed out (state=banner, connected after 0 secs): user=<jane@example.com>',
        LOCAL,
      ],
    ],
  },
  {
    id: 'dovecot-replication',
    of: 'dovecot',
    category: 'network',
    title: 'Dovecot: replication with the other server failed',
    meaning:
      'A mailbox could not be made the same on both servers. Each keeps its own mail, and it is tried again.',
    actor: 'you',
    remedy: [
      'See what waits: `doveadm replicator status "*"`.',
      'Can each reach the other (`doveadm` port, password, certificate)? Then `doveadm replicator replicate USER`.',
    ],
    retry: 'helps',
    links: [],
    match: {
      direction: 'local',
      text: [
        'dsync-local',
        'dsync-remote',
        'dsync-server',
        'doveadm: remote',
        'sync: unexpectedly disconnected',
        'replicator',
      ],
      without: ['permission denied'],
    },
    examples: [['doveadm: remote 10.0.0.2: Connection refused', LOCAL]],
  },
  {
    id: 'dovecot-internal-error',
    of: 'dovecot',
    category: 'serverFault',
    title: 'Dovecot: an internal error, explained just before',
    meaning:
      'This line says only that something failed; Dovecot tells clients no more. What it was stands in another line of the log.',
    actor: 'you',
    remedy: [LOG_BEFORE],
    retry: 'helps',
    links: [],
    match: { direction: 'local', text: ['refer to server log for more information'] },
    examples: [['Internal error occurred. Refer to server log for more information.', LOCAL]],
  },
  {
    id: 'disk-error',
    category: 'storage',
    title: 'The disk of a mailbox gives errors',
    meaning:
      'The system could not read or write a file and says so: a failing disk, a network file system that went away, or a file system that was made read-only after an error.',
    actor: 'you',
    remedy: [
      'Look at once: `journalctl -k`, `smartctl -a DEVICE`, and whether the network file system is there.',
      'Save what is there before any repair, then check the file system.',
    ],
    retry: 'afterFix',
    links: [],
    match: {
      direction: 'local',
      text: ['failed: input/output error', 'stale file handle', 'stale nfs'],
    },
    examples: [['read(/srv/mail/jane/cur/1) failed: Input/output error (FETCH BODY[])', LOCAL]],
  },
]
