/** What Postfix says of its processes and its queue. Each is said to its own log. */
import type { ErrorFacts } from '../reasons/types.ts'
import type { Rule } from '../reasons/rule.ts'

const LOCAL: Partial<Omit<ErrorFacts, 'text'>> = { direction: 'local' }

export const POSTFIX_RUNNING: readonly Rule[] = [
  {
    id: 'port-in-use',
    category: 'configuration',
    title: 'Another program already listens on this port',
    meaning:
      'The server wanted a port that another program has: a second mail server, an old process of its own, or the same address named twice.',
    actor: 'you',
    remedy: [
      'See who has it: `ss -ltnp | grep :PORT`.',
      'Stop that program, or give one of them another port or address; then start anew.',
    ],
    retry: 'afterFix',
    links: [],
    match: { direction: 'local', text: ['address already in use'] },
    examples: [
      ['bind 0.0.0.0 port 25: Address already in use', LOCAL],
      ['service(imap-login): listen(*, 143) failed: Address already in use', LOCAL],
    ],
  },
  {
    id: 'already-running',
    category: 'configuration',
    title: 'The mail server runs already',
    meaning: 'It was started while another one, with the same directories, is running.',
    actor: 'you',
    remedy: [
      'Nothing, if it was started twice by mistake.',
      'A process that was left over? Stop it by the service manager, look with `ps`, and start again.',
    ],
    retry: 'never',
    links: [],
    match: {
      direction: 'local',
      text: [
        'pid: unable to set exclusive lock',
        'the postfix mail system is already running',
        'is already running with pid',
      ],
    },
    examples: [
      [
        'open lock file pid/master.pid: unable to set exclusive lock: Resource temporarily unavailable',
        LOCAL,
      ],
      ['Dovecot is already running with PID 812 (read from /run/dovecot/master.pid)', LOCAL],
    ],
  },
  {
    id: 'postfix-cache-shared',
    of: 'postfix',
    category: 'configuration',
    title: 'Postfix: two processes want the same cache file',
    meaning:
      'A cache of postscreen, verify or tlsmgr may be open in one process only. A second service with the same settings, or one that was left over, holds it.',
    actor: 'you',
    remedy: [
      'Several postscreen services or instances: give them one cache over `proxy:`, or a cache each.',
      'After a crash: `postfix stop`, look for what is left over, `postfix start`.',
      'The file is damaged (`seeking`, `no cursor`)? Take it away while Postfix is stopped: it is made anew.',
    ],
    retry: 'afterFix',
    links: ['https://www.postfix.org/POSTSCREEN_README.html'],
    match: {
      direction: 'local',
      text: [
        '_cache.db: unable to set exclusive lock',
        '_cache*unable to set exclusive lock',
        '_scache*unable to set exclusive lock',
        'seeking /var/lib/postfix',
        'dict_db_sequence',
        'possible berkeley db bug',
      ],
    },
    examples: [
      [
        'lock file /var/lib/postfix/postscreen_cache.db: unable to set exclusive lock: Resource temporarily unavailable',
        LOCAL,
      ],
      ['error [-30986] seeking /var/lib/postfix/postscreen_cache.db: Success', LOCAL],
    ],
  },
  {
    id: 'postfix-not-running',
    of: 'postfix',
    category: 'serverFault',
    title: 'Postfix does not run',
    meaning:
      'A command needed the running mail system, and it is stopped, or one of its services does not answer.',
    actor: 'you',
    remedy: [
      'Start it: `postfix start`, or `systemctl start postfix`.',
      'It stops again? A line with “fatal” says why: `journalctl -u postfix`.',
    ],
    retry: 'afterFix',
    links: [],
    match: {
      direction: 'local',
      text: [
        'the postfix mail system is not running',
        'mail system is down',
        'master_wakeup_timer_event',
        'trigger_event: read timeout',
        'connect to the postfix',
      ],
    },
    examples: [
      ['the Postfix mail system is not running', LOCAL],
      [
        'Mail system is down -- accessing queue directly (Connect to the Postfix showq service: Connection refused)',
        LOCAL,
      ],
    ],
  },
  {
    id: 'postfix-daemon-died',
    of: 'postfix',
    category: 'serverFault',
    title: 'Postfix: one of its processes died or does not start',
    meaning:
      'A daemon ended with an error, and the master waits before it starts it again. What it said just before, with “fatal” or “panic”, is the cause.',
    actor: 'you',
    remedy: [
      'Find the line of the same process id before this one: `journalctl -u postfix -p warning`.',
      'Mend what it names; `postfix check` finds much of it.',
      'No such line, but a signal: the system’s log may show a lack of memory, or a library that does not fit.',
    ],
    retry: 'afterFix',
    links: [],
    match: {
      direction: 'local',
      text: [
        'bad command startup',
        'postfix*pid*exit status',
        'postfix*pid*killed by signal',
        'see a previous warning/fatal/panic',
        'socket: malformed response',
        'problem talking to service',
        'socket while reading input attribute',
        'service rewrite:',
        'private/rewrite',
        'private/proxymap',
        'private/proxywrite',
        'private/tlsmgr',
        'private/anvil',
        'private/scache',
        'private/tlsproxy',
        'private/dnsblog',
        'private/bounce',
        'private/defer',
        'private/verify',
        'public/cleanup',
        'watchdog timeout',
        'myfree: corrupt',
        'qmgr_entry_',
        'bad blocker',
      ],
    },
    examples: [
      ['/usr/libexec/postfix/smtpd: bad command startup -- throttling', LOCAL],
      ['process /usr/lib/postfix/sbin/smtpd pid 350 exit status 1', LOCAL],
      [
        'transport dovecot failure -- see a previous warning/fatal/panic logfile record for the problem description',
        LOCAL,
      ],
      ['problem talking to service rewrite: Connection timed out', LOCAL],
    ],
  },
  {
    id: 'postfix-policy-down',
    of: 'postfix',
    category: 'serverFault',
    title: 'Postfix: its policy service does not answer',
    meaning:
      'smtpd asks another program about each client (postgrey, policyd-spf …), which is down, too slow, or ends at once. Mail is put off meanwhile.',
    actor: 'you',
    remedy: [
      'See that it runs, and listens where `check_policy_service` looks; try its command by hand as its user.',
      'For a service of master.cf set `NAME_time_limit = 3600`, and `maxproc` to 0.',
      'To let mail pass meanwhile: `smtpd_policy_service_default_action = DUNNO`.',
    ],
    retry: 'helps',
    links: ['https://www.postfix.org/SMTPD_POLICY_README.html'],
    match: {
      direction: 'local',
      text: [
        'problem talking to server',
        'while reading input attribute name',
        'while reading input attribute data',
        'private/policy',
        'private/spf',
        'command*exit status',
        'connect to 127.0.0.1:10023',
        'connect to 127.0.0.1:10030',
        'connect to 127.0.0.1:10031',
        'connect to 127.0.0.1:12525',
        'policyd*: command time limit exceeded',
        'spf*: command time limit exceeded',
      ],
    },
    examples: [
      ['problem talking to server private/policy: Connection timed out', LOCAL],
      ['premature end-of-input on private/policyd-spf while reading input attribute name', LOCAL],
      ['connect to 127.0.0.1:10023: Connection refused', LOCAL],
    ],
  },
  {
    id: 'postfix-queue-file',
    of: 'postfix',
    category: 'corruption',
    title: 'Postfix: a file of the queue is damaged',
    meaning:
      'A message in the queue is cut short or unreadable, after a crash or a full disk. Postfix puts it into the directory `corrupt` and goes on.',
    actor: 'you',
    remedy: [
      'See what can be saved: `postcat /var/spool/postfix/corrupt/ID`; tell its sender.',
      'Check disk and file system; `postsuper -s` puts the queue in order.',
    ],
    retry: 'never',
    links: [],
    match: {
      direction: 'local',
      text: [
        'queue file: premature end-of-file',
        'saving corrupt file',
        'save corrupt file',
        'qmgr_active_corrupt',
        'corrupted queue file',
        'envelope records out of order',
        'unexpected record type',
        'bogus file name:',
      ],
    },
    examples: [
      ['saving corrupt file "3F2A1B0C4D" from queue "active" to queue "corrupt"', LOCAL],
      ['queue file: Premature end-of-file', LOCAL],
    ],
  },
  {
    id: 'postfix-queue-crowded',
    of: 'postfix',
    category: 'serverFault',
    title: 'Postfix: mail to one destination fills the queue',
    meaning:
      'So much mail waits for one domain, or is tried again all at once, that other mail is slow.',
    actor: 'you',
    remedy: [
      'See where it goes: `qshape active`, `qshape deferred`. Is it spam of a hacked account? Delete it with `postsuper -d`.',
      'Wanted? Raise `smtp_destination_concurrency_limit`, or give the domain a transport of its own.',
      'Flush one destination (`postqueue -s DOMAIN`), never the whole queue.',
    ],
    retry: 'helps',
    links: ['https://www.postfix.org/QSHAPE_README.html'],
    match: {
      direction: 'local',
      text: [
        'is using up*active queue entries',
        'you may need to increase the main.cf',
        'you may need a separate master.cf transport',
        'please avoid flushing the whole queue',
        'lots of deferred mail',
        'qmgr_clog_warn_time',
      ],
    },
    examples: [
      ['mail for example.com is using up 5001 of 9300 active queue entries', LOCAL],
      ['lots of deferred mail, that is bad for performance', LOCAL],
    ],
  },
  {
    id: 'postfix-process-limit',
    of: 'postfix',
    category: 'rateLimited',
    title: 'Postfix: all processes of a service are busy',
    meaning:
      'As many clients as the service has processes are connected, so new ones wait: bots that keep connections open, or more mail than before.',
    actor: 'you',
    remedy: [
      'See who is connected: `ss -tn sport = :25`; keep bots out with postscreen or shorter time limits.',
      'Raise the process count of the service in master.cf, or `default_process_limit`.',
    ],
    retry: 'helps',
    links: ['https://www.postfix.org/STRESS_README.html'],
    match: {
      direction: 'local',
      text: [
        'has reached its process limit',
        'increase the process count in master.cf',
        'stress_readme',
        'no longer at its process limit',
      ],
    },
    examples: [
      [
        'service "smtp" (25) has reached its process limit "100": new clients may experience noticeable delays',
        LOCAL,
      ],
    ],
  },
  {
    id: 'postfix-queue-space',
    of: 'postfix',
    category: 'storage',
    title: 'Postfix: too little space for its queue',
    meaning:
      'The disk of the queue has less room than one and a half of the largest message, so new mail is put off (452).',
    actor: 'you',
    remedy: [
      'Make room on the disk of `/var/spool/postfix`: `df -h`, `df -i`.',
      'Or set a smaller `message_size_limit` or `queue_minfree`.',
    ],
    retry: 'afterFix',
    links: [],
    match: {
      direction: 'local',
      text: ['not enough free space in mail queue'],
    },
    examples: [['not enough free space in mail queue: 1234 bytes < 1.5*message size limit', LOCAL]],
  },
  {
    id: 'server-out-of-memory',
    category: 'serverFault',
    title: 'The mail server got no more memory',
    meaning:
      'A process asked the system for memory and got none, so it ended. The message is tried again.',
    actor: 'you',
    remedy: [
      'See what uses it: `free -m`, `journalctl -k | grep -i oom`.',
      'Limits of the service (`LimitAS`, `MemoryMax`, a container’s) can be too low.',
    ],
    retry: 'afterFix',
    links: [],
    match: {
      direction: 'local',
      text: ['insufficient memory for', 'unable to allocate memory', 'mymalloc:', 'myrealloc:'],
    },
    examples: [['mymalloc: insufficient memory for 65536 bytes: Cannot allocate memory', LOCAL]],
  },
  {
    id: 'mailbox-in-use',
    category: 'serverFault',
    title: 'A mailbox is in use by another program',
    meaning:
      'Two programs want to write to one mailbox file. The message waits until the other one lets go; a lock that was left over never goes by itself.',
    actor: 'you',
    remedy: [
      'Wait: it is tried again.',
      'It stays so? Look for a `.lock` file beside the mailbox and for who holds it: `fuser -v FILE`.',
      'Do all programs lock in the same way (`mailbox_delivery_lock`, `mbox_write_locks`)?',
    ],
    retry: 'helps',
    links: [],
    match: { text: ['unable to lock for exclusive access', 'unable to create lock file'] },
    examples: [
      'cannot update mailbox /var/mail/jane for user jane. unable to lock for exclusive access: Resource temporarily unavailable',
    ],
  },
  {
    id: 'sendmail-command-used-wrongly',
    category: 'program',
    title: 'A program called the sendmail command wrongly',
    meaning:
      'A local program (a web application, a cron job) gave the `sendmail` command no recipient or wrong options, so nothing was sent.',
    actor: 'sender',
    remedy: [
      'The user’s name in the line tells whose program it is: let it name the recipients, or use `-t` and a `To:` field.',
    ],
    retry: 'never',
    links: ['https://www.postfix.org/sendmail.1.html'],
    match: {
      direction: 'local',
      text: [
        'recipient addresses must be specified on the command line',
        'no recipient addresses found in message header',
        'fatal: usage: sendmail',
        'usage: sendmail [options]',
        'usage: postdrop',
        'usage: mailq',
      ],
    },
    examples: [
      [
        'www-data(33): Recipient addresses must be specified on the command line or via the -t option',
        LOCAL,
      ],
    ],
  },
  {
    id: 'postfix-setting-old',
    of: 'postfix',
    category: 'configuration',
    title: 'Postfix: a setting of an older version',
    meaning:
      'A parameter or restriction is going away, or is gone; the line names what to write instead. One that is gone no longer does anything.',
    actor: 'you',
    remedy: [
      'Write it as the line says, in main.cf and in the `-o` options of master.cf.',
      'Then `postfix check` and `postfix reload`.',
    ],
    retry: 'afterFix',
    links: ['https://www.postfix.org/DEPRECATION_README.html'],
    match: {
      direction: 'local',
      text: [
        'has been removed from postfix',
        'will be removed from postfix',
        'is going away',
        'is deprecated; use',
        'backwards-compatible default setting',
      ],
    },
    examples: [
      [
        'support for restriction "check_relay_domains" has been removed from Postfix; use "reject_unauth_destination" instead',
        LOCAL,
      ],
      ['smtpd_use_tls is deprecated; use smtpd_tls_security_level instead', LOCAL],
    ],
  },
  {
    id: 'postfix-alias-required',
    of: 'postfix',
    category: 'configuration',
    title: 'Postfix: the alias of postmaster is missing',
    meaning:
      'Every mail server must take mail for postmaster (RFC 5321 §4.5.1), and Postfix wants mailer-daemon too. The alias file has none.',
    actor: 'you',
    remedy: [
      'Add to /etc/aliases: `postmaster: root`, `mailer-daemon: postmaster`, and `root:` with an address that somebody reads.',
      'Then run `newaliases`.',
    ],
    retry: 'afterFix',
    links: [],
    match: { text: ['required alias not found'] },
    examples: [['required alias not found: mailer-daemon', LOCAL]],
  },
]
