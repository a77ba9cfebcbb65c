/** What Exim says of its clients, of the hosts that it sends to, and of the way there. */
import type { Rule } from '../reasons/rule.ts'

export const EXIM_CONNECTIONS: readonly Rule[] = [
  {
    id: 'exim-client-talks-early',
    category: 'protocol',
    title: 'A client talks before its turn',
    meaning:
      'The client sent commands before this server’s greeting or answer came, without PIPELINING being offered. Spam programs and scanners do; Exim drops the connection.',
    actor: 'nobody',
    remedy: [
      'Nothing, as a rule.',
      'Is it a device or program of yours? Look for an update; `smtp_enforce_sync` lets it pass.',
    ],
    retry: 'never',
    links: [],
    match: { text: ['smtp protocol synchronization error'] },
    examples: [
      'SMTP protocol synchronization error (next input sent too soon: pipelining was not advertised): rejected "EHLO x.example" H=[192.0.2.9]:4444 next input="QUIT\\r\\n"',
    ],
  },
  {
    id: 'exim-client-speaks-badly',
    category: 'protocol',
    title: 'A client does not keep to SMTP',
    meaning:
      'The client sent what is no command, or commands in an order that is not allowed. Spam programs and scanners do; after too many of them Exim drops the connection.',
    actor: 'nobody',
    remedy: [
      'Nothing, as a rule.',
      'Is it a device or program of yours? Look for an update. A browser or HTTP in it: it calls the wrong port.',
    ],
    retry: 'never',
    links: [],
    match: {
      text: ['smtp syntax error in', 'smtp protocol error in', 'smtp call from*dropped: too many'],
      without: ['auth command used when not advertised'],
    },
    examples: [
      'SMTP call from host.example.org [192.0.2.9] dropped: too many nonmail commands (last was "RSET")',
      'SMTP syntax error in "GET / HTTP/1.1" H=[192.0.2.9]:4444 unrecognized command',
      'SMTP protocol error in "RCPT TO:<x@example.com>" H=[192.0.2.9] sender not yet given',
    ],
  },
  {
    id: 'exim-host-refused',
    of: 'exim',
    category: 'policy',
    title: 'The client is on this server’s own list of refused hosts',
    meaning:
      '`host_reject_connection`, or the system’s `hosts.deny` (TCP wrappers), names the client’s address, so its connection is closed at once.',
    actor: 'nobody',
    remedy: [
      'Nothing if that is meant.',
      'Otherwise take the address out: `exim -bP host_reject_connection`, `/etc/hosts.deny`.',
    ],
    retry: 'afterFix',
    links: [],
    match: { text: ['(host_reject_connection)', '(tcp wrappers'] },
    examples: ['(host_reject_connection)', 'refused connection from [192.0.2.9] (tcp wrappers)'],
  },
  {
    id: 'exim-client-leaves-tls',
    category: 'tls',
    title: 'A client hung up while TLS started',
    meaning:
      'The client closed the connection after it saw the certificate, mostly because it does not trust it: the name is another, it has expired, or the chain is not whole.',
    actor: 'you',
    remedy: [
      'See what clients see: `openssl s_client -starttls smtp -connect HOST:25 -servername HOST`.',
      'Does `tls_certificate` hold the whole chain? Does the name agree with the one in users’ settings?',
      'Only one client, a stranger’s? It was scanning: nothing to do.',
    ],
    retry: 'afterFix',
    links: [],
    match: { text: ['tls client disconnected cleanly', 'rejected our certificate'] },
    examples: ['TLS client disconnected cleanly (rejected our certificate?)'],
  },
  {
    id: 'exim-blocklist-silent',
    category: 'dns',
    title: 'A blocklist does not answer in DNS',
    meaning:
      'Exim asked a blocklist about a client, and no answer came in time. It then takes the client for not listed (or listed, with `+include_unknown`, or defers with `+defer_unknown`).',
    actor: 'you',
    remedy: [
      'Ask it by hand: `dig 2.0.0.127.zen.spamhaus.org`. An answer 127.255.255.x says that your resolver is refused.',
      'Use a resolver of your own (unbound): lists refuse the public ones such as 8.8.8.8.',
      'Is the list closed? Take it out of `dnslists`.',
    ],
    retry: 'helps',
    links: [],
    match: { text: ['dns list lookup defer'] },
    examples: [
      'DNS list lookup defer (probably timeout) for 9.2.0.192.list.example.org: assumed not in list',
    ],
  },
  {
    id: 'exim-slow-dns',
    category: 'dns',
    title: 'DNS answers slowly',
    meaning: 'A look-up in DNS took longer than `slow_lookup_log` allows. Mail waits for it.',
    actor: 'you',
    remedy: [
      'Try it: `time dig NAME`, with each server of `/etc/resolv.conf`.',
      'Run a resolver of your own (unbound) on this machine.',
    ],
    retry: 'helps',
    links: [],
    match: { text: ["lookup for*' msec", "lookup for '*msec"] },
    examples: ["Long A lookup for 'mx.example.org': 31234 msec"],
  },
  {
    id: 'exim-no-sender-in-header',
    category: 'messageFormat',
    title: 'No sender of the header can be written to',
    meaning:
      'Exim checked the addresses in From:, Reply-To: and Sender: (`verify = header_sender`), and none of them is one that takes mail.',
    actor: 'sender',
    remedy: [
      'The sender must give a From: that exists.',
      'Mail of a program of yours? Set its From: to a real address.',
    ],
    retry: 'afterFix',
    links: [],
    match: { text: ['there is no valid sender in any header', 'no valid sender in any header'] },
    examples: ['there is no valid sender in any header line'],
  },
  {
    id: 'exim-header-too-long',
    category: 'messageFormat',
    title: 'The message’s header is too long',
    meaning:
      'A header line, or the whole header, is longer than Exim takes (`header_line_maxsize`, `header_maxsize`). A broken program or an attack.',
    actor: 'sender',
    remedy: [
      'Whoever sends it must mend the program that makes it.',
      'Mail that is wanted? Raise `header_maxsize`.',
    ],
    retry: 'afterFix',
    links: [],
    match: {
      text: [
        'ridiculously long message header',
        'overlong message header line',
        'message header is ridiculously long',
      ],
    },
    examples: [
      'ridiculously long message header received from [192.0.2.9] (more than 1048576 characters): message abandoned',
    ],
  },
  {
    id: 'exim-route-host-unknown',
    category: 'dns',
    title: 'Exim: the host that a route names is not in DNS',
    meaning:
      'A router or transport names a host to send to, a smarthost for instance, and DNS does not know its name or does not answer.',
    actor: 'you',
    remedy: [
      'Look it up: `dig HOST`. Is it spelled right in `route_list`, `hosts` or `DCsmarthost`?',
      'Does DNS work on this machine? `cat /etc/resolv.conf`.',
    ],
    retry: 'afterFix',
    links: [],
    match: { text: ['lookup of host*failed in*router', 'all host address lookups*failed'] },
    examples: [
      'lookup of host "smtp.example.net" failed in smarthost router',
      'all host address lookups failed permanently',
    ],
  },
  {
    id: 'exim-hosts-failing-long',
    of: 'exim',
    category: 'expired',
    title: 'None of the domain’s servers could be reached for too long',
    meaning:
      'Exim has tried all hosts of the domain for longer than its retry rules allow, and gave up on new messages for it too.',
    actor: 'recipientProvider',
    remedy: [
      'Are they up? `dig MX DOMAIN`, `swaks --to ADDRESS --quit-after RCPT`, and `exinext DOMAIN` for what Exim remembers.',
      'Up again? Have Exim forget: `exim_tidydb`, or one delivery by hand: `exim -M ID`; then send again.',
      'Every domain? Then this server’s own network or port 25 is closed.',
    ],
    retry: 'afterFix',
    links: [],
    match: { text: ['all hosts for*have been failing for a long time'] },
    examples: [
      "all hosts for 'example.net' have been failing for a long time and were last tried after this message arrived",
    ],
  },
  {
    id: 'exim-own-connection-limit',
    category: 'policy',
    title: 'Exim: enough connections to that host are open',
    meaning:
      'This server’s own limit of connections to one host is reached (`serialize_hosts`, `hosts_max_parallel`), so the message waits.',
    actor: 'nobody',
    remedy: ['Nothing: it goes out at the next queue run.'],
    retry: 'helps',
    links: [],
    match: { text: ['connection limit reached for all hosts'] },
    examples: ['connection limit reached for all hosts'],
  },
  {
    id: 'exim-smtputf8-not-offered',
    category: 'addressSyntax',
    title: 'The other server takes no international addresses',
    meaning:
      'An address of the message has letters beyond ASCII, and the other server does not offer SMTPUTF8 (RFC 6531).',
    actor: 'recipientProvider',
    remedy: [
      'Send from and to plain addresses.',
      'Their server must offer SMTPUTF8; only they can change that.',
    ],
    retry: 'never',
    links: [],
    match: { text: ['utf8 support required but not offered'] },
    examples: ['utf8 support required but not offered for forwarding'],
  },
  {
    id: 'exim-cancelled-by-hand',
    category: 'policy',
    title: 'An administrator ended the delivery',
    meaning:
      'Somebody who looks after the mail server gave the message up by hand: it went back to the sender.',
    actor: 'nobody',
    remedy: ['Nothing, if that was meant: the sender has a bounce.'],
    retry: 'never',
    links: [],
    match: { text: ['delivery cancelled by administrator'] },
    examples: ['delivery cancelled by administrator'],
  },
  {
    id: 'exim-smtp-timeout',
    category: 'network',
    title: 'The other server stopped answering',
    meaning:
      'The connection was there, and then no answer came in time. After the data: their scanners are slow, or a firewall or a wrong MTU loses large packets.',
    actor: 'recipientProvider',
    remedy: [
      'It is tried again by itself.',
      'Always after the data, and only large messages? Try `ip link set dev DEV mtu 1400`, and look at the firewall (ICMP must pass).',
      'Only this domain? They must look at their server.',
    ],
    retry: 'helps',
    links: [],
    match: { text: ['smtp timeout while connected to'] },
    examples: [
      'SMTP timeout while connected to mx.example.net [192.0.2.1] after sending data block (12345 bytes written): Connection timed out',
    ],
  },
  {
    id: 'exim-tls-not-set-up',
    category: 'tls',
    title: 'TLS with the other server could not be started',
    meaning: 'The servers could not agree on TLS, or the connection broke while they tried.',
    actor: 'you',
    remedy: [
      'Try it: `openssl s_client -starttls smtp -connect HOST:25`.',
      'Once more without TLS, if you must: `hosts_avoid_tls` for this host.',
    ],
    retry: 'helps',
    links: [],
    match: { text: ['failure while setting up tls session'] },
    examples: ['failure while setting up TLS session'],
  },
  {
    id: 'exim-header-syntax',
    category: 'messageFormat',
    title: 'An address line of the header is malformed',
    meaning:
      'This server checks the lines From:, To: and their like (`verify = header_syntax`), and one of them has no proper addresses in it.',
    actor: 'sender',
    remedy: [
      'Whoever sends it must mend the program that makes the message.',
      'A program of yours? An address needs a domain, and a name with commas or dots needs quotes.',
    ],
    retry: 'afterFix',
    links: [],
    match: {
      text: [
        "syntax error in 'from*header",
        "syntax error in 'to*header",
        "syntax error in 'cc*header",
        "syntax error in 'reply-to*header",
        "syntax error in 'sender*header",
        "syntax error in 'bcc*header",
      ],
    },
    examples: [
      'syntax error in \'From\' header when scanning for sender: missing or malformed local part in "<>"',
      'syntax error in \'To:\' header: unqualified address not permitted: failing address in "To:" header is: x',
    ],
  },
  {
    id: 'exim-local-mail-only',
    of: 'exim',
    category: 'configuration',
    title: 'Exim: this server is set up for local mail only',
    meaning:
      'Debian’s Exim delivers only to users of this machine until it is told otherwise, and the address is of another domain.',
    actor: 'you',
    remedy: [
      'Send to the internet: `dpkg-reconfigure exim4-config`, “internet site”, or “mail sent by smarthost” with your provider’s server.',
      'Is the domain yours? Add it to the other destinations there (`dc_other_hostnames`).',
    ],
    retry: 'afterFix',
    links: ['https://wiki.debian.org/Exim'],
    match: { text: ['mailing to remote domains not supported'] },
    examples: ['Mailing to remote domains not supported'],
  },
]
