/** How Postfix' notes start. Facts of its source and manuals, versions 2.0 to 3.10. */
import type { NoteTopic } from '../event.ts'

type Table = readonly (readonly [topic: NoteTopic, words: readonly string[]])[]

/** A line that starts like this is a note about that. The first that fits wins. */
export const STARTS: Table = [
  ['connected', ['connect from ']],
  ['disconnected', ['disconnect from ']],
  // postscreen(8), tlsproxy(8)
  [
    'postscreen',
    [
      ...['CONNECT from ', 'CONNECT to ', 'DISCONNECT [', 'PASS NEW [', 'PASS OLD [', 'PREGREET '],
      ...['WHITELISTED [', 'ALLOWLISTED [', 'BLACKLISTED [', 'DENYLISTED [', 'WHITELIST VETO ['],
      ...['ALLOWLIST VETO [', 'DNSBL rank ', 'HANGUP after ', 'COMMAND TIME LIMIT from ['],
      ...['COMMAND COUNT LIMIT from [', 'COMMAND LENGTH LIMIT from [', 'COMMAND PIPELINING from ['],
      ...['BARE NEWLINE from [', 'NON-SMTP COMMAND from [', 'DATA without valid RCPT from ['],
      ...['BDAT without valid RCPT from [', 'entering STRESS mode ', 'leaving STRESS mode '],
    ],
  ],
  ['blocklist', ['addr ']],
  ['statistics', ['statistics: ']],
  [
    'connection',
    [
      ...['lost connection after ', 'timeout after ', 'too many errors after ', 'hangup after '],
      ...['improper command pipelining after ', 'lost connection with ', 'conversation with '],
      ...['connect to ', 'client=', 'network address conversion failed', 'no input from '],
      ...['local data error while talking to ', 'all network protocols are disabled'],
      ...['server unavailable or unable to receive mail', 'unexpected server message'],
      ...['server configuration error', 'skipping address family ', 'trying... ['],
    ],
  ],
  [
    'tls',
    [
      ...['setting up TLS connection ', 'SSL_accept', 'SSL_connect', 'SSL_set_fd', 'SSL3 alert'],
      ...['Host offered STARTTLS', 'TLS handshake failed', 'TLS SNI ', 'TLS connection '],
      ...['initializing the ', 'certificate verification ', 'client certificate verification '],
      ...['server certificate verification ', 'subject=', 'issuer=', 'fingerprint=', 'TLSRPT: '],
      ...['Server certificate ', 'Peer certificate ', 'Peer verification: ', 'verify error:'],
      ...['Verified: ', 'Trusted: ', 'Untrusted: ', 'Unverified: ', 'cannot load '],
      ...[
        'cannot set default OpenSSL ',
        'TLS library problem',
        'TLS is required',
        'Cannot start TLS',
      ],
      ...['TLSA ', 'TLS certificate ', 'TLS support ', 'client TLS configuration problem'],
      ...['looking for session ', 'reloaded session ', 'save session ', 'remove session '],
      ...['lookup smtp', 'lookup lmtp', 'put smtp', 'put lmtp', 'delete smtp', 'delete lmtp'],
      ...['write smtp', 'write lmtp', 'read smtp', 'read lmtp', 'open smtp', 'close smtp'],
      ...['cannot read from entropy ', 'lost connection to EGD ', 'exiting to reopen external '],
      ...[
        'cannot write to EGD ',
        'EGD server ',
        'DNSSEC ',
        'DANE ',
        'Verified TLS',
        'untrusted issuer',
      ],
      ...['tls_', 'TLS-required', 'REQUIRETLS', 'MTA-STS', 'smtp_tls_', 'smtpd_tls_'],
    ],
  ],
  [
    'delivery',
    [
      ...['host ', 'status=deferred (', 'passing <', 'mail for ', 'message size ', 'SMTPUTF8 is '],
      ...['delivery temporarily suspended', 'not sending trace/success notification '],
      ...['unreadable mail queue entry', 'relay=', 'breaking line > ', 'copying ', 'orig_to='],
    ],
  ],
  [
    'dns',
    [
      ...['Host or domain name not found', 'Host not found', 'unable to look up host '],
      ...['unable to find primary relay for ', 'no MX host for ', 'ignoring DNS RR: ', 'lookup '],
      ...['Domain of ', 'dns_', 'Destination address lookup failed', 'Name service error'],
    ],
  ],
  ['routing', ['Temporary lookup error', 'wildcard_{', '`']],
  ['authentication', ['SASL authentication ', 'sasl_', 'starting new SASL ', 'disposing SASL ']],
  [
    'protocol',
    [
      ...['enabling PIX ', 'discarding EHLO keywords: ', 'mapping DSN status ', 'replacing '],
      ...[
        'server features: ',
        'Using ESMTP PIPELINING',
        'Using LMTP PIPELINING',
        '> ',
        '< ',
        '>>> ',
      ],
    ],
  ],
  ['filter', ['proxy-accept: ', 'event: ', 'milter ', 'inspect content by ', 'report ', 'milter-']],
  [
    'start',
    [
      ...['daemon started', 'starting the Postfix mail system', 'Postfix is running with '],
      ...['Postfix is using backwards-compatible ', 'See http', 'To disable backwards '],
    ],
  ],
  [
    'stop',
    [
      ...['terminating on signal ', 'stopping the Postfix mail system', 'aborting the Postfix '],
      ...['waiting for the Postfix mail system ', 'master exit time has arrived'],
    ],
  ],
  ['reload', ['reload -- version ', 'refreshing the Postfix mail system', 'reload configuration']],
  [
    'configuration',
    ['using backwards-compatible default setting ', 'set-permissions: ', 'rebuilding '],
  ],
  ['command', ['Requeued: ', 'Deleted: ', 'Force-expired: ', 'Placed on hold: ']],
  [
    'command',
    ['Released from hold: ', 'Renamed to match inode number: ', 'the Postfix mail system is '],
  ],
  [
    'process',
    [
      ...['table ', 'cache ', 'daemon ', 'master disconnect ', 'idle timeout ', 'time to retire '],
      ...['process generation: ', 'connection established', 'connection closed', 'running: '],
      ...['using config files in ', 'ignoring status update ', '--- start ', '--- end ', 'enter '],
      ...['leave ', 'ignoring: ', 'cleanup flags = ', 'initial envelope ', 'extracted envelope '],
      ...[
        'masquerade: ',
        'before ',
        'after ',
        'send attr ',
        'wakeup ',
        'request: ',
        'request ignored',
      ],
      ...['defer transport ', 'defer site ', 'enable transport ', 'enable site ', 'done '],
      ...['start move queue ', 'end move queue ', 'start sorted ', 'end sorted ', 'record '],
      ...['old-style scan record ', 'spawn command ', 'throttle released ', 'throttling command '],
      ...['got sigchld', 'start conditional timer ', 'chdir ', 'remove ', 'removed ', 'renamed '],
      ...[
        'queue: ',
        'input attribute ',
        'public/',
        'private/',
        'unknown/',
        'rewrite stream ',
        'been_',
      ],
      ...['database ', 'allowlisting ', 'whitelisting ', 'source=', 'inet_addr_', 'generic_'],
      ...['message repeated ', 'last message repeated ', 'time limit ', 'begin ', 'end ', 'pref '],
      ...['auto_clnt_', 'client socket not found ', 'abort all milters', 'disconnect event '],
      ...['free ', 'send ', 'receive ', 'query ', 'skipping ', 'reply: ', 'override ', 'append_'],
      ...['connect to subsystem ', 'received ', 'connecting to ', 'deliver', 'forward', 'local_'],
      ...[
        'spool_',
        'flags',
        'site ',
        'header_token',
        'PUSH boundary ',
        'POP boundary ',
        'garbage in ',
      ],
      ...[
        'Relaying allowed ',
        'relay_clientcerts: ',
        'host name lookup methods: ',
        'open ',
        'close ',
      ],
      ...['skip ', 'level: ', 'path: ', 'fp: ', 'queue_', 'offset: ', 'sender: ', 'recipient: '],
      ...['extension: ', 'unmatched: ', 'owner: ', 'delivered: ', 'relay: ', 'exp_', 'why: '],
      ...['exp', 'errs = ', 'closing ', 'enable_original_recipient: ', '====', 'v6_target='],
    ],
  ],
]

/** What stands after `host[address]: `. */
export const AFTER_HOST: Table = [
  [
    'tls',
    [
      ...['TLS cipher list ', 'Reusing old session', 'SNI hostname', 'subject_CN=', 'Matched '],
      ...['depth=', 'looking up session ', 'save session ', 'remove session ', 'reloaded session '],
      ...['Issuing session ticket', 'Decrypting session ticket', 're-using session with '],
      ...['matched peername: ', 'certificate verification ', 'Trusted', 'Untrusted', 'Verified'],
      ...['Unverified', 'Server certificate ', 'Client certificate ', 'client certificate '],
      ...['Peer certificate ', 'Not trusted', 'TLS '],
    ],
  ],
  ['protocol', ['replacing ', 'discarding EHLO keywords: ', 'request longer than ', 'queue id ']],
]

/** What stands somewhere in a line that starts with a name. */
export const INSIDE: Table = [
  ['dns', [': host not found', ': Host not found', ' asciified to ']],
  ['configuration', [': using backwards-compatible default setting ']],
  [
    'process',
    [
      ' cache cleanup will start after ',
      ': worked around spurious NFS error',
      ' stream disconnect',
    ],
  ],
  [
    'process',
    [' got: ', ' read: ', ' write: ', ' TLS level: ', ' lookup: "', ' update: "', ' sequence: '],
  ],
  ['connection', [' while sending ', ' while receiving ', ' while performing ']],
]
