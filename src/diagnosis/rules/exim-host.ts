/** What Exim says of the host it runs on: files, users, processes, and the services that it asks. */
import type { Rule } from '../reasons/rule.ts'

export const EXIM_HOST: readonly Rule[] = [
  {
    id: 'exim-hints-lock',
    of: 'exim',
    category: 'corruption',
    title: 'Exim: a hints database stays locked',
    meaning:
      'Exim keeps notes about hosts and what waits for them in small files below `db/` of its spool. Another process holds one of them, or the file is damaged or belongs to somebody else.',
    actor: 'you',
    remedy: [
      'Is a process hanging? `exiwhat`, and `fuser -v /var/spool/exim*/db/*`.',
      'Do the files belong to Exim’s user? `ls -l /var/spool/exim*/db`.',
      'Damaged? Delete the file and its `.lockfile`: they are hints only, Exim makes them anew.',
    ],
    retry: 'helps',
    links: [],
    match: {
      text: [
        'failed to get write lock for',
        'failed to get read lock for',
        'failed to get*lock for*lockfile',
      ],
    },
    examples: ['Failed to get write lock for /var/spool/exim/db/retry.lockfile: timed out'],
  },
  {
    id: 'exim-no-root',
    of: 'exim',
    category: 'permission',
    title: 'Exim: it does not run as root',
    meaning:
      'Exim must start as root, to become the user of a mailbox. Its program has lost the setuid bit or its owner, or the container or a mount option (`nosuid`, `no_new_privs`) forbids it.',
    actor: 'you',
    remedy: [
      '`ls -l $(which exim exim4)`: it must be `-rwsr-xr-x root`. Else `chown root:root` and `chmod 4755`.',
      'In a container or systemd unit: allow setuid (`NoNewPrivileges=no`), no `nosuid` mount.',
    ],
    retry: 'afterFix',
    links: [],
    match: {
      text: [
        'unable to set gid=*or uid=',
        'unable to set gid or uid',
        'exim user lost privilege',
        'cannot run initgroups',
      ],
    },
    examples: [
      'unable to set gid=93 or uid=0 (euid=93): spam scan',
      'exim user lost privilege for using -C option',
    ],
  },
  {
    id: 'exim-mailbox-lock',
    category: 'permission',
    title: 'Exim: the mailbox cannot be locked',
    meaning:
      'Before Exim writes into a mailbox it makes a lock file beside it. Another program holds the mailbox, or Exim may not write into the directory.',
    actor: 'you',
    remedy: [
      'May the transport’s user and group write there? For `/var/mail`: `group = mail`, and the directory `root:mail`, mode 2775.',
      'An old `*.lock` beside the mailbox that nobody uses? Delete it.',
      'Is a mail reader holding the mailbox? The next try comes by itself.',
    ],
    retry: 'helps',
    links: [],
    match: { text: ['lock file hitching post', 'failed to lock mailbox*(lock file)'] },
    examples: [
      'Permission denied: creating lock file hitching post /var/mail/jane.lock.mx.example.com.4f3c (euid=8 egid=8)',
      'failed to lock mailbox /var/mail/jane (lock file)',
    ],
  },
  {
    id: 'exim-mailbox-file',
    category: 'permission',
    title: 'Exim: the mailbox’s file is not as it must be',
    meaning:
      'Exim writes only into a mailbox that has the right owner, mode and type. This one has not, or is not there and may not be made.',
    actor: 'you',
    remedy: [
      'Look at it: `ls -ld` of the file and its directory.',
      'Give it to the user, with the mode that the line names (`chown`, `chmod 600`).',
      'A link or a directory where a file must be? Set `directory` for Maildir, `file` for mbox.',
    ],
    retry: 'afterFix',
    links: [],
    match: {
      text: [
        'mailbox*is not a regular file',
        'while creating mailbox',
        'while opening mailbox',
        'mailbox*is a symbolic link',
        'mailbox*changed from',
        'create file in*outside the home directory',
      ],
    },
    examples: [
      'mailbox /var/mail/jane is not a regular file',
      'No such file or directory: while creating mailbox /var/mail/jane',
    ],
  },
  {
    id: 'exim-forward-file-access',
    category: 'permission',
    title: 'Exim: a .forward or alias file may not be used',
    meaning:
      'Exim reads such a file only when it belongs to the right user, nobody else may write to it, and Exim can reach it. Until then mail to the user waits.',
    actor: 'you',
    remedy: [
      '`ls -l` of the file and of each directory above it.',
      '`chmod 644` (or 600) and `chown` to the user; or allow it: `modemask`, `owners` in the router.',
      'A home on NFS that is away? It goes on when it is back.',
    ],
    retry: 'afterFix',
    links: [],
    match: {
      text: [
        '.forward: permission denied',
        '.forward has unexpected owner',
        'has unexpected owner',
        'bad mode (*for*forward',
        'bad owner for',
        'bad group for',
        'bad mode (0',
        'failed to stat*.forward',
        'file*may not be followed',
      ],
    },
    examples: [
      'failed to open /home/jane/.forward: Permission denied (euid=8 egid=8)',
      'bad mode (0100666) for /home/jane/.forward: 022 bit(s) unexpected',
    ],
  },
  {
    id: 'exim-file-permission',
    category: 'permission',
    title: 'Exim: a file may not be read or written',
    meaning: 'Exim, as the user and group that the line names (euid, egid), may not open the file.',
    actor: 'you',
    remedy: [
      'Which user is that? `getent passwd EUID`, `getent group EGID`.',
      'Give the file to it, or let it read: `chgrp`, `chmod 640`; each directory above needs `x`.',
      'SELinux or AppArmor? `ausearch -m avc`, `dmesg`.',
    ],
    retry: 'afterFix',
    links: [],
    match: {
      text: ['permission denied (euid=', 'permission denied (uid='],
      without: ['hitching post', '.forward', 'log file', 'egid=*(', 'missing +'],
    },
    examples: [
      'failed to open /etc/exim4/passwd for linear search: Permission denied (euid=109 egid=116)',
    ],
  },
  {
    id: 'exim-load-high',
    of: 'exim',
    category: 'serverFault',
    title: 'Exim: the load of this server is too high',
    meaning:
      'The load average is above a limit of the configuration, so Exim refuses clients for now, or only queues what it takes.',
    actor: 'you',
    remedy: [
      'What loads it? `uptime`, `top`, `exiwhat`, `mailq | exiqsumm`.',
      'Spam sent by an account here is the usual cause: `exim -bp | exiqsumm`, `waybill log stats`.',
      'The limits: `smtp_load_reserve`, `queue_only_load`, `deliver_queue_load_max`.',
    ],
    retry: 'helps',
    links: [],
    match: {
      text: ['load average = '],
    },
    examples: ['load average = 42.17'],
  },
  {
    id: 'exim-check-skipped',
    category: 'serverFault',
    title: 'Exim: a check could not be done',
    meaning:
      'A condition of an ACL needs something that did not answer: DNS, a database, a spam or virus scanner. A `warn` statement is skipped then; the message goes on without it.',
    actor: 'you',
    remedy: [
      'The lines before this one say what did not answer.',
      'DNS: `dig`; database and scanners: `systemctl status`, and their logs.',
    ],
    retry: 'helps',
    links: [],
    match: { text: ['statement skipped: condition test deferred', 'condition test deferred'] },
    examples: ['ACL "warn" statement skipped: condition test deferred: DNS lookup failed'],
  },
  {
    id: 'exim-login-service',
    of: 'exim',
    category: 'serverFault',
    title: 'Exim cannot check passwords now',
    meaning:
      'Exim asks Dovecot, saslauthd, PAM or a database whether a password is right. It did not answer or is not set up, so nobody can log in.',
    actor: 'you',
    remedy: [
      'Does it run, and may Exim open its socket? `systemctl status dovecot saslauthd`, `ls -l /run/dovecot/auth-client`.',
      'Dovecot: `service auth { unix_listener auth-client { mode=0660 user=EXIM } }`, the same path as `server_socket`.',
      'The words after the colon say what failed.',
    ],
    retry: 'helps',
    links: [],
    match: {
      text: [
        '435 unable to authenticate at present',
        'authentication socket connection error',
        'authentication socket protocol error',
        'saslauthd not running',
        'cannot connect to saslauthd',
      ],
    },
    examples: [
      [
        '435 Unable to authenticate at present: authentication socket connection error',
        { direction: 'inbound', phase: 'login', code: 535 },
      ],
    ],
  },
  {
    id: 'exim-process-crashed',
    of: 'exim',
    category: 'program',
    title: 'Exim: a process of it crashed',
    meaning:
      'A process that delivered or received was ended by a signal: a fault in the program or a library, or the system ran out of memory.',
    actor: 'you',
    remedy: [
      'Out of memory? `dmesg | grep -i oom`. Signal 9 is mostly that.',
      'Signal 11: update Exim and its TLS library; which message? Try it: `exim -d -M ID`.',
      'Look at paniclog.',
    ],
    retry: 'helps',
    links: [],
    match: {
      text: [
        'transport process returned non-zero status',
        'transport process vanished',
        'crashed with signal',
        'sigsegv (',
      ],
    },
    examples: [
      'smtp transport process returned non-zero status 0x000b: terminated by signal 11',
      'process 4711 crashed with signal 11 while delivering 1vnYk2-00000000BQ5-1EaB',
    ],
  },
  {
    id: 'exim-user-unknown-to-system',
    category: 'configuration',
    title: 'Exim: the user to deliver as does not exist',
    meaning:
      'The configuration says to run the delivery as a user or group that this system does not have.',
    actor: 'you',
    remedy: [
      '`getent passwd NAME`: is the directory of users (LDAP, SSSD) up?',
      'Check `user` and `group` of the router and transport; `user set without group`: give `group` too.',
    ],
    retry: 'afterFix',
    links: [],
    match: {
      text: [
        'failed to find user*from expanded string',
        'failed to find group*from expanded string',
        'user set without group',
        'user*not found for*transport',
      ],
    },
    examples: [
      'Failed to find user "jane" from expanded string "$local_part" for the local_delivery transport',
      'User set without group for local_delivery transport',
    ],
  },
  {
    id: 'exim-delivery-kind-forbidden',
    category: 'configuration',
    title: 'Exim: an alias or .forward may not do that',
    meaning:
      'The address leads to a file, a command or an automatic answer, and the router forbids this kind (`forbid_file`, `forbid_pipe`, `forbid_filter_reply`).',
    actor: 'you',
    remedy: ['Change the alias or .forward, or allow it in the router, if you trust who wrote it.'],
    retry: 'afterFix',
    links: [],
    match: {
      text: ['delivery to file forbidden', 'delivery to pipe forbidden', 'autoreply forbidden'],
    },
    examples: ['delivery to pipe forbidden'],
  },
  {
    id: 'exim-lmtp-socket',
    of: 'exim',
    category: 'serverFault',
    title: 'Exim cannot reach the LMTP socket of the mailbox server',
    meaning:
      'Exim hands messages to Dovecot or Cyrus over a socket. The service does not run, or Exim may not open its socket.',
    actor: 'you',
    remedy: [
      'Does it run? `systemctl status dovecot`, `ls -l /run/dovecot/lmtp`.',
      '`service lmtp { unix_listener lmtp { mode = 0660, group = EXIM } }`, the same path as in Exim’s transport.',
      'Waiting messages go out at the next queue run: `exim -qff`.',
    ],
    retry: 'helps',
    links: [],
    match: {
      text: [
        'failed to connect to socket*for*transport',
        'trying to open lmtp socket',
        'lmtp socket',
      ],
    },
    examples: [
      'Failed to connect to socket /run/dovecot/lmtp for dovecot_lmtp transport: No such file or directory',
    ],
  },
  {
    id: 'exim-pipe-output',
    category: 'program',
    title: 'The command wrote more than Exim takes',
    meaning:
      'A command that mail is given to wrote more output than `max_output` allows, and was ended.',
    actor: 'you',
    remedy: ['Let it write to a file: `>/var/log/… 2>&1`; or raise `max_output` of the transport.'],
    retry: 'afterFix',
    links: [],
    match: { text: ['too much output from pipe'] },
    examples: ['Too much output from pipe - killed'],
  },
]
