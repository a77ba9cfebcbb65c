/** Programs that a mail server asks: spam and virus scanners, and other helpers on the host. */
import type { Rule } from '../reasons/rule.ts'

export const SERVICES: readonly Rule[] = [
  {
    id: 'amavis-unreachable',
    category: 'serverFault',
    title: 'amavis, the content filter, has a problem',
    meaning:
      'The filter between two halves of the mail server failed or is too slow, so messages wait in the queue.',
    actor: 'you',
    remedy: [
      'See whether it runs: `systemctl status amavis`, `ss -ltnp | grep 10024`.',
      'Look in its log for the failing part (decoder, database, disk).',
      { exim: 'Then `exim -qff`.', postfix: 'Then `postqueue -f`.' },
    ],
    retry: 'helps',
    links: [],
    match: {
      text: [
        'error in processing, id=',
        'processing failed',
        'amavis*failed',
        'amavis*timed out',
        'mime_decode',
        'virus_scan failed',
        'content filter*unavailable',
        ']:10024',
        ':10025',
      ],
    },
    examples: [
      '451 4.5.0 Error in processing, id=12345-01, virus_scan FAILED: ALL VIRUS SCANNERS FAILED',
      'connect to 127.0.0.1[127.0.0.1]:10024: Connection timed out',
    ],
  },
  {
    id: 'spamd-unreachable',
    category: 'serverFault',
    title: 'The spam filter (SpamAssassin, rspamd) is unreachable',
    meaning:
      'The mail server could not ask the filter, so the message went unchecked, or was put off, as the configuration says.',
    actor: 'you',
    remedy: [
      'Does it run? `systemctl status spamassassin` (spamd, rspamd), `ss -ltnp | grep -E "783|11333"`.',
      {
        exim: 'Compare address and port with `spamd_address`.',
        postfix: 'Compare address and port with the settings of the filter that asks it.',
      },
      'Killed for memory? `journalctl -k | grep -i oom`; allow fewer children.',
    ],
    retry: 'helps',
    links: [],
    match: {
      text: [
        'spam acl condition',
        'spamd*connection refused',
        'spamd*failed',
        'spamd*timed out',
        'spamd*connect',
        'all spamd servers failed',
        'connect to spamd',
        '|spamc|',
        'cannot connect to spamd',
        'spamassassin*timed out',
        'spamassassin*unavailable',
        'rspamd*failed',
        'rspamd*unavailable',
        'rspamd*refused',
      ],
      without: ['spamcop', 'score'],
    },
    examples: [
      'spam acl condition: all spamd servers failed',
      'spam acl condition: warning - spamd connection to 127.0.0.1, port 783 failed: Connection refused',
      'spamc[123]: connect to spamd on 127.0.0.1 failed, retrying (#1 of 3): Connection refused',
    ],
  },
  {
    id: 'clamd-temporary-files',
    category: 'permission',
    title: 'The virus scanner may not read the message',
    meaning:
      'clamd runs as another user and has no right to the spool directory that the mail server names.',
    actor: 'you',
    remedy: [
      {
        exim: 'Put clamav into the mail server’s group: `adduser clamav Debian-exim`, and set `AllowSupplementaryGroups true`.',
        postfix:
          'Put clamav into the group of the filter that asks it, and set `AllowSupplementaryGroups true`.',
      },
      'AppArmor? Allow the spool directory in its profile of clamd.',
    ],
    retry: 'afterFix',
    links: [],
    match: {
      text: [
        'lstat() failed: permission denied',
        'access denied. error',
        "can't access file",
        'clamd*permission denied',
        'clamd*access denied',
        'lstat() failed*permission denied',
        'file path check failure',
      ],
    },
    examples: [
      'malware acl condition: clamd: ClamAV returned: /var/spool/exim4/scan/1abc: lstat() failed: Permission denied. ERROR',
    ],
  },
  {
    id: 'clamd-unreachable',
    category: 'serverFault',
    title: 'The virus scanner (ClamAV) is unreachable',
    meaning:
      'clamd does not run, is still loading its signatures (that takes a minute and 1.5 GB of memory), or its socket is elsewhere. Mail is mostly put off until it answers.',
    actor: 'you',
    remedy: [
      'Does it run? `systemctl status clamav-daemon`; was it killed for memory? `journalctl -k | grep -i oom`.',
      {
        exim: 'Compare the socket: `grep LocalSocket /etc/clamav/clamd.conf` with `av_scanner`.',
        postfix:
          'Compare the socket: `grep LocalSocket /etc/clamav/clamd.conf` with the settings of the filter that asks it.',
      },
      'May the mail server’s user open the socket? Put it into the group clamav.',
    ],
    retry: 'helps',
    links: ['https://docs.clamav.net/'],
    match: {
      text: [
        'malware acl condition',
        'clamd',
        'clamav',
        'clam antivirus',
        'virus scanner',
        'av_scanner',
        'antivirus*unavailable',
        'av scanner',
      ],
      without: ['found', 'infected'],
    },
    examples: [
      'malware acl condition: clamd /run/clamav/clamd.ctl : unable to connect to UNIX socket (/run/clamav/clamd.ctl): No such file or directory',
      'malware acl condition: clamd: ClamAV returned: ERROR',
      'ClamAV: clamd connection refused',
    ],
  },
  {
    id: 'dkim-sign-failed',
    category: 'configuration',
    title: 'The message could not be signed with DKIM',
    meaning:
      'The private key is missing, cannot be read or has a fault; the message goes out without signature, or waits.',
    actor: 'you',
    remedy: [
      'The log names the key’s path: may the mail server’s user read it? It must be a private key in PEM form.',
      'Does the selector’s public key in DNS fit? `dig +short TXT SELECTOR._domainkey.DOMAIN`.',
    ],
    retry: 'afterFix',
    links: [],
    match: {
      text: [
        'dkim: message could not be signed',
        'dkim*could not be signed',
        'dkim signing failed',
        'dkim: signing failed',
        'arc: signing failed',
        'dkim*private key',
        'unable to sign',
        'pdkim: error during signing',
        'error during signing',
        'opendkim*key',
        "can't load key",
      ],
    },
    examples: [
      'PDKIM: Error during signing',
      'DKIM: message could not be signed, and dkim_strict is set. Deferring message delivery.',
      'DKIM: signing failed: bad private key',
    ],
  },
  {
    id: 'certificate-file',
    category: 'configuration',
    title: 'This server’s certificate or key cannot be read',
    meaning:
      'Without it TLS is not offered, or every handshake fails: the file is missing, its rights are wrong, or key and certificate do not fit.',
    actor: 'you',
    remedy: [
      'Compare: `openssl x509 -noout -pubkey -in CERT` and `openssl pkey -pubout -in KEY` must print the same.',
      'May the mail server’s user read the key? Let’s Encrypt’s `archive` and `live` are for root only.',
      'Reload the mail server after each renewal.',
    ],
    retry: 'afterFix',
    links: [],
    match: {
      text: [
        'tls error (ssl_ctx_use',
        'ssl_ctx_use_privatekey',
        'ssl_ctx_use_certificate',
        'cannot get rsa',
        'cannot load*certificate',
        'certificate file',
        "can't load*ssl_",
        "can't load ssl",
        'key values mismatch',
        'private key*does not match',
        'no certificate assigned',
        'cannot load certificate',
        'tls_certificate',
        'tls_privatekey',
        "couldn't parse private",
        'error loading private key',
        'tls library problem*key',
        'disabling tls support',
      ],
    },
    examples: [
      'warning: cannot get RSA certificate from file "/etc/ssl/mail.pem": disabling TLS support',
      'TLS error on connection from (a) [192.0.2.1] (SSL_CTX_use_PrivateKey_file file=/etc/exim4/exim.key): error:0B080074:x509 certificate routines:key values mismatch',
    ],
  },
  {
    id: 'clock-wrong',
    category: 'configuration',
    title: 'The clock of this server is wrong',
    meaning:
      'Time jumped or is off: certificates seem invalid, indexes and one-time passwords fail.',
    actor: 'you',
    remedy: ['Look: `timedatectl`; turn on NTP: `timedatectl set-ntp true`.'],
    retry: 'afterFix',
    links: [],
    match: {
      text: [
        'time moved backwards',
        'time moved forwards',
        'time jumped',
        'time just moved backwards',
        'time jump detected',
        'clock skew',
        'clock is wrong',
        'not yet valid',
      ],
    },
    examples: [
      'Warning: Time moved backwards by 25 seconds, waiting for 25 secs until new services are launched again.',
    ],
  },
]
