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
      ...[
        'lost connection after ',
        'timeout after ',
        'too many errors after ',
        'bare <LF> received',
      ],
      ...['improper command pipelining after ', 'lost connection with ', 'conversation with '],
      ...['connect to ', 'client=', 'network address conversion failed', 'no input from '],
      ...['local data error while talking to ', 'all network protocols are disabled'],
      ...['server unavailable or unable to receive mail', 'unexpected server message'],
      ...['server configuration error', 'skipping address family '],
    ],
  ],
  [
    'tls',
    [
      ...['setting up TLS connection ', 'SSL_accept', 'SSL_connect', 'SSL_set_fd', 'SSL3 alert '],
      // Postfix 2.2 to a server, whose address it leaves out; Postfix in Trend Micro's IMSVA.
      ...['TLS connection established to ', 'Used TLS for '],
      ...['Host offered STARTTLS', 'TLS handshake failed', 'TLS SNI ', 'TLS is required'],
      ...['initializing the client-side TLS engine', 'initializing the server-side TLS engine'],
      ...['certificate verification ', 'client certificate verification ', 'subject=', 'issuer='],
      ...['server certificate verification ', 'fingerprint=', 'TLSRPT: ', 'Server certificate '],
      ...['Peer certificate ', 'Peer verification: ', 'verify error:num=', 'Cannot start TLS'],
      ...['Verified: subject_CN=', 'Trusted: subject_CN=', 'Untrusted: subject_CN='],
      ...['Unverified: subject_CN=', 'cannot load Certification Authority data'],
      ...['cannot set default OpenSSL ', 'TLS library problem', 'TLSA lookup error for '],
      ...['TLSA records unusable', 'no TLSA records found', 'TLS support is not compiled in'],
      ...['client TLS configuration problem', 'non DNSSEC destination', 'untrusted issuer '],
      ...['Verification not possible, MX RRset is insecure', 'SMTPS wrappermode (TCP port 465)'],
      ...['CLIENT wrappermode (port ', 'instead, send to (port '],
      ...['looking for session ', 'reloaded session ', 'save session ', 'remove session '],
      ...['cannot read from entropy device ', 'exiting to reopen external entropy source '],
      ...['lost connection to EGD server ', 'cannot write to EGD server ', 'EGD server '],
      ...['cannot read from EGD server ', 'DNSSEC validation ', 'smtp_tls_', 'smtpd_tls_'],
    ],
  ],
  [
    'delivery',
    [
      ...['host ', 'status=deferred (', 'passing <', 'mail for ', 'message size ', 'SMTPUTF8 is '],
      ...['delivery temporarily suspended', 'not sending trace/success notification '],
      ...['unreadable mail queue entry', 'breaking line > ', 'Server configuration error'],
      ...['mail transport unavailable', 'deferred transport', 'too much mail data'],
    ],
  ],
  [
    'dns',
    [
      ...['Host or domain name not found', 'Host not found', 'unable to look up host '],
      ...['unable to find primary relay for ', 'no MX host for ', 'ignoring DNS RR: '],
      ...['Destination address lookup failed', 'Name service error'],
    ],
  ],
  ['routing', ['Temporary lookup error']],
  ['authentication', ['SASL authentication ', 'SASL [CACHED] authentication failed']],
  ['authentication', ['cannot authenticate to server ']],
  // Cyrus SASL writes under the name of the daemon that loaded it.
  [
    'authentication',
    [
      ...['sql auxprop plugin ', 'sql plugin ', 'sql_select ', 'SASL username: ', 'SASL realm: '],
      ...['auxpropfunc error ', 'could not find auxprop plugin', "looking for plugins in '"],
      ...['OTP unavailable because ', 'unable to dlopen ', '_sasl_plugin_load failed'],
      ...['DIGEST-MD5 ', 'CRAM-MD5 ', 'GSSAPI ', 'NTLM ', 'SCRAM ', 'OTP ', 'begin transaction'],
      ...['commit transaction', 'unable to open Berkeley db ', 'unable to get entry point '],
    ],
  ],
  [
    'protocol',
    [
      ...['enabling PIX ', 'discarding EHLO keywords: ', 'mapping DSN status '],
      ...['replacing server reply "', 'replacing command "', 'server features: 0x'],
    ],
  ],
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
  ['reload', ['reload -- version ', 'refreshing the Postfix mail system']],
  [
    'configuration',
    ['using backwards-compatible default setting ', 'set-permissions: ', 'rebuilding /'],
  ],
  [
    'command',
    [
      ...['Requeued: ', 'Deleted: ', 'Force-expired: ', 'Placed on hold: ', 'Released from hold: '],
      ...['Renamed to match inode number: ', 'the Postfix mail system is '],
    ],
  ],
  [
    'process',
    [
      ...['table ', 'cache ', 'master disconnect -- ', 'idle timeout -- ', 'time to retire -- '],
      ...['using config files in ', 'ignoring status update from ', 'last message repeated '],
      ...['connection established', 'connection closed', 'running: ', 'database '],
      ...['Run-time linked against Berkeley DB', 'close database ', 'fsspace: ', 'mynetworks: '],
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
  ['protocol', ['replacing ', 'discarding EHLO keywords: ']],
  // qmqpd(8): `lost connection while receiving QMQP packet header`
  ['connection', ['lost connection while ', 'timeout while ', 'netstring ', 'queue file write ']],
]

/** What stands somewhere in a line that starts with a name. */
export const INSIDE: Table = [
  ['dns', [': host not found', ': Host not found']],
  ['routing', [' map lookup problem -- ']],
  ['configuration', [': using backwards-compatible default setting ']],
  ['process', [' cache cleanup will start after ', ': worked around spurious NFS error']],
]

/**
 * What daemons say that were told to say all they do: `-v` in master.cf, `debug_peer_list`,
 * `smtpd_tls_loglevel` of 3 and 4. The most of it starts with the name of a function.
 */
export const VERBOSE: readonly RegExp[] = [
  /^[a-z][a-z0-9]{0,30}_[a-z0-9_]{1,40}(?:$|[:([]| [a-z0-9`=%-])/,
  /^[<>] [^ ]{1,400}: /,
  /^>>> (?:START|END|CHECKING) /,
  /^(?:enter|leave|before|after|begin|end) [a-z0-9]{1,30}_[a-z0-9_]{1,60}(?:$|[: ])/,
  /^(?:input attribute|send attr|recv attr|rewrite stream|old-style scan record|record [^ ] )/,
  /^[a-z_]{1,40}\/[a-z_-]{1,40}(?: socket)?:? ?(?:wanted|got|read|write|stream disconnect)/,
  /^[^ ]{1,100} (?:asciified to|stream disconnect|TLS level: |socket: wanted attribute: )/,
  /^(?:input|global|effective) TLS level: /,
  /^(?:defer|enable) (?:transport|site) /,
  /^(?:start move|end move|start sorted|end sorted|done [a-z]{1,20}) (?:queue|recipient)/,
  /^(?:spawn command|throttling command|throttle released for command|start conditional timer) /,
  /^(?:chdir|remove|remove directory|remove subdirectory|removed file|renamed file) [^ ]/,
  /^(?:Read|Write) [0-9]{1,9} chars: /,
  /^(?:read from|write to) [0-9A-Fa-f]{1,16} \[/,
  /^[0-9a-f]{4,8} (?:- |[0-9a-f]{2}[ -])/,
  /^(?:lookup|put|delete|open|close|read|write) (?:smtpd?|lmtp) (?:session id=|TLS cache )/,
  /^(?:level|path|fp|offset|sender|recipient|domain|local|user|extension|unmatched|owner): /,
  /^(?:delivered|relay|why|flags|name|type|wakeup|children|next|queue|masquerade): [^ ]/,
  /^(?:process generation|cleanup flags =|initial envelope|extracted envelope|errs =|flags =) ?/,
  /^(?:wakeup [^ ]{1,60} after |request: [0-9]{1,4} \(|request ignored$|reply: SMFI|got sigchld$)/,
  /^(?:deliver_|forward |spool_uid|site [^ ]{1,100} to path |connect to subsystem |arg\[)/,
  /^(?:report [a-z ]{1,30} to all milters|query milter |inspect content by |abort all |free )/,
  /^(?:disconnect event to |send [0-9]{1,6} milters|receive [0-9]{1,6} milters|override [a-z]+ )/,
  /^(?:skipping (?:event|reply|non-protocol event|URL|[a-z_]{1,60} setting)|skip [a-z ]{1,30} test)/,
  /^(?:PUSH|POP) boundary |^garbage in [^ ]{1,40} header|^(?:allow|white)listing [^ ]{1,80} from /,
  /^(?:Relaying allowed for |host name lookup methods: |v6_target=|connecting to [^ ]{1,300} port )/,
  /^(?:--- (?:start|end) request ---|====(?:start|end) |client socket not found |source=)/,
  /^(?:Using (?:ESMTP|LMTP) PIPELINING|starting new SASL client|disposing SASL state)/,
  /^(?:milter [^ ]{1,200}: event mask|event: [A-Z_]|milter8_|lookup [^ ]{1,300} type [A-Z]{1,10} )/,
  /^(?:received master trigger|`[^ ]{0,400} (?:`|->)|wildcard_|ignoring: |closing |been_here)/,
  /^(?:begin|end) [a-z]{1,20} address list$|^pref +[0-9]{1,5} host |^trying\.\.\. \[/,
  /^(?:cannot|read [0-9]{1,9} bytes from) [a-z ]{0,20}entropy file /,
  /^(?:avail_proc|total_proc|max_proc|listen_fd_count|throttle_delay|status_fd)/,
  /^[^ ]{1,200} (?:got|got:|read:|write:) /,
  /^[a-z]{1,20}:[^ ]{1,300} (?:lookup|update|delete|sequence): /,
  /^(?:PUT|GOT|PROBE) [^ ]{1,400} status=|^(?:loaded|chroot) [^ ]{1,200} (?:=|user) /,
  /^(?:placed in |enabling VERP for |recipient limit |no trace file -- |ignoring redundant )/,
  /^(?:pausing to let |Compiled against Berkeley DB|setugid: uid |fd=[0-9]{1,9}: stream )/,
  /^[a-z][a-z_]{1,60} = [a-z0-9_]{1,60}$/,
]
