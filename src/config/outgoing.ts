/** The keys of mail to other servers. */
import { isIPv4, isIPv6 } from 'node:net'

import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../base/durations.ts'
import { count, duration, flag, list, optional, text } from './kind.ts'
import { key, type Section, section, tables } from './schema.ts'
import type { OutgoingConfig, OutgoingDomain, OutgoingTimeouts } from './types.ts'

const hostName = text(
  'a host name such as "mail.example.com"',
  (value) => value.length <= 253 && /^[a-z0-9-]+(\.[a-z0-9-]+)*$/i.test(value),
)
const domainPattern = text(
  'a domain such as "example.net" or "*.example.net"',
  (value) => value.length <= 253 && /^(\*\.)?[^\s@*]+$/.test(value),
)
const ipv4 = text('an IPv4 address', isIPv4)
const ipv6 = text('an IPv6 address', isIPv6)
const resolver = text(
  'an IP address, perhaps with a port: "127.0.0.1", "127.0.0.1:5353", "[::1]:53"',
  (value) => /^([0-9.]+|[0-9a-f:]+|\[[0-9a-f:]+\]:\d{1,5}|[0-9.]+:\d{1,5})$/i.test(value),
)
const wait = duration({ min: 1000, max: 30 * DAY_MS })
const age = duration({ min: 0, max: 60 * DAY_MS })
/** Every step of an attempt together must end before its lease does. */
const patience = duration({ min: 100, max: 15 * MINUTE_MS })
const connections = count({ min: 1, max: 1000 })
const rate = count({ min: 0, max: 1_000_000 })

const TIMEOUTS: Section<OutgoingTimeouts> = section<OutgoingTimeouts>(
  'How long another server may take, before it counts as one that does not answer. RFC 5321\nsection 4.5.3.2 asks for no less than these.',
  {
    connectMs: key(patience, 30 * SECOND_MS, 'Until an address takes the connection.'),
    greetingMs: key(patience, 5 * MINUTE_MS, 'Until it greets.'),
    commandMs: key(patience, 5 * MINUTE_MS, 'Until it answers MAIL, RCPT and the like.'),
    startTlsMs: key(patience, MINUTE_MS, 'Until TLS is there.'),
    dataMs: key(patience, 2 * MINUTE_MS, 'Until it answers DATA.'),
    blockMs: key(patience, 3 * MINUTE_MS, 'Until it takes the next piece of a message.'),
    endOfDataMs: key(patience, 10 * MINUTE_MS, 'Until it says that it has the message.'),
    quitMs: key(patience, 10 * SECOND_MS, 'Until it answers QUIT.'),
  },
)

export const OUTGOING: Section<OutgoingConfig> = section<OutgoingConfig>(
  'How mail goes to other servers.',
  {
    ipv4: key(flag, true, 'Try the IPv4 addresses of other servers.'),
    ipv6: key(flag, true, 'Try the IPv6 addresses of other servers.'),
    allowPrivate: key(
      flag,
      false,
      'Deliver where the DNS of another domain names a private or loopback address.',
    ),
    port: key(count({ min: 1, max: 65_535 }), 25, "The port of other domains' mail servers."),
    helloName: key(
      optional(hostName),
      null,
      'What we call ourselves to other servers; the default is host_name.',
      '"mail.example.com"',
    ),
    sourceIpv4: key(
      optional(ipv4),
      null,
      'The IPv4 address to connect from; the default is what the system chooses.',
      '"192.0.2.1"',
    ),
    sourceIpv6: key(optional(ipv6), null, 'The same of IPv6.', '"2001:db8::1"'),
    retryMs: key(
      list(wait),
      [5, 10, 20, 40, 60, 120, 240].map((minutes) => minutes * MINUTE_MS),
      'How long to wait after the first failed attempt, the second …; the last one stays. Each\nis made up to a tenth longer or shorter.',
    ),
    delayNoticeMs: key(
      age,
      4 * HOUR_MS,
      'After so long the sender is told, once, that a message waits. "0 s" is never.',
    ),
    expiryMs: key(age, 5 * DAY_MS, 'After so long a message that waits is given back.'),
    bounceExpiryMs: key(
      age,
      2 * DAY_MS,
      'The same for bounces, which have nobody to be given back to.',
    ),
    firstConnections: key(connections, 2, 'Connections to one destination at once, at first …'),
    maxConnectionsPerDestination: key(connections, 20, '… and at most, while it takes mail well.'),
    maxConnections: key(connections, 200, 'Connections to other servers at once, in all.'),
    maxRecipientsInMemory: key(
      count({ min: 100, max: 1_000_000 }),
      20_000,
      'Recipients under way at once; the others wait on disk.',
    ),
    ratePerMinute: key(rate, 0, 'Messages a minute to one destination; 0 is without limit.'),
    trustedResolvers: key(
      list(resolver),
      ['127.0.0.1', '::1'],
      'Which of the DNS servers in /etc/resolv.conf check DNSSEC and are believed: DANE works\nwith those only.',
    ),
    timeouts: TIMEOUTS,
    domains: tables<OutgoingDomain>(
      'What is different for mail to single domains. The first table that fits counts.',
      [],
      {
        domain: key(domainPattern, undefined, 'The domain of the recipients.'),
        helloName: key(optional(hostName), null, 'What we call ourselves there.'),
        sourceIpv4: key(optional(ipv4), null, 'The IPv4 address to connect from.'),
        sourceIpv6: key(optional(ipv6), null, 'The IPv6 address to connect from.'),
        retryMs: key(optional(list(wait)), null, 'How long to wait between attempts.'),
        delayNoticeMs: key(optional(age), null, 'When the sender is told that a message waits.'),
        expiryMs: key(optional(age), null, 'When a message that waits is given back.'),
        bounceExpiryMs: key(optional(age), null, 'When a bounce that waits is given up.'),
        firstConnections: key(optional(connections), null, 'Connections at once, at first …'),
        maxConnections: key(optional(connections), null, '… and at most.'),
        ratePerMinute: key(optional(rate), null, 'Messages a minute.'),
        requireTls: key(
          optional(flag),
          null,
          'true sends there with a checked certificate or not at all; false is content without, even where\nthe domain publishes that it must be (DANE, MTA-STS).',
        ),
      },
      'domain = "example.net"\nmax_connections = 2\nrate_per_minute = 30',
    ),
  },
)
