/** What Postfix says of who comes to it, and of the DNS. Each is said to its own log. */
import type { ErrorFacts } from '../reasons/types.ts'
import type { Rule } from '../reasons/rule.ts'

const LOCAL: Partial<Omit<ErrorFacts, 'text'>> = { direction: 'local' }

export const POSTFIX_CLIENTS: readonly Rule[] = [
  {
    id: 'postfix-proxy-protocol',
    of: 'postfix',
    category: 'configuration',
    title: 'Postfix: the proxy in front does not name the client',
    meaning:
      'This service expects the PROXY protocol of a load balancer first, and got something else or nothing: a health check, or a client that came without the proxy.',
    actor: 'you',
    remedy: [
      'Health checks of the balancer: let them send the PROXY header too (`check-send-proxy`).',
      'Clients that come directly need a port of their own, without `smtpd_upstream_proxy_protocol`.',
    ],
    retry: 'afterFix',
    links: [],
    match: { direction: 'local', text: ['haproxy read'] },
    examples: [['haproxy read: time limit exceeded', LOCAL]],
  },
  {
    id: 'postfix-blocklist-silent',
    category: 'dns',
    title: 'Postfix: a blocklist gives no answer',
    meaning:
      'The look-up in a DNS blocklist failed or took too long. The client is let in as if it were not listed.',
    actor: 'you',
    remedy: [
      'Does the list still exist, and does it answer your resolver? Many refuse public resolvers: run one of your own.',
      'Lists that no longer answer cost time: take them out of the settings.',
    ],
    retry: 'helps',
    links: [],
    match: {
      direction: 'local',
      text: [
        'rbl lookup error',
        'rhsbl lookup error',
        'dnsblog reply timeout',
        'lookup error for dns query',
        'dnsblog_query',
      ],
    },
    examples: [
      ['dnsblog reply timeout 10s for bl.example.net', LOCAL],
      [
        '2.2.0.192.bl.example.net: RBL lookup error: Host or domain name not found. Name service error for name=2.2.0.192.bl.example.net type=A: Host not found, try again',
        LOCAL,
      ],
    ],
  },
  {
    id: 'postfix-client-limit',
    of: 'postfix',
    category: 'rateLimited',
    title: 'A client did more at once than Postfix allows',
    meaning:
      'One client came more often, or with more messages, recipients or logins, than its limit allows in a minute, and was put off. Mostly it is a bot; a big sender tries again.',
    actor: 'nobody',
    remedy: [
      'Nothing, if the client is a stranger.',
      'Your own, or a partner’s? Let it pass: `smtpd_client_event_limit_exceptions`, or raise the `smtpd_client_…_limit` that the line is about.',
    ],
    retry: 'helps',
    links: ['https://www.postfix.org/TUNING_README.html'],
    match: { text: ['limit exceeded:*for service'] },
    examples: [
      ['Connection concurrency limit exceeded: 51 from unknown[192.0.2.1] for service smtp', LOCAL],
      [
        'AUTH command rate limit exceeded: 11 from unknown[192.0.2.1] for service submission',
        LOCAL,
      ],
    ],
  },
  {
    id: 'client-no-smtp',
    category: 'protocol',
    title: 'A client did not speak SMTP as it should',
    meaning:
      'Something that is no mail server connected (a scanner, a browser), or a program writes addresses in a wrong form. Postfix ended or refused it.',
    actor: 'nobody',
    remedy: [
      'Nothing, if the client is a stranger.',
      'A program of yours? It must write addresses as `<name@domain>`, and wait for each answer.',
    ],
    retry: 'never',
    links: [],
    match: {
      direction: 'local',
      text: [
        'non-smtp command from',
        'illegal address syntax from',
        'getpeername: transport endpoint is not connected',
        'non-error-response from',
        'bad command from',
      ],
    },
    examples: [
      ['non-SMTP command from unknown[192.0.2.1]: GET / HTTP/1.1', LOCAL],
      ['Illegal address syntax from unknown[192.0.2.1] in MAIL command: <jane@>', LOCAL],
    ],
  },
  {
    id: 'client-name-unproved',
    category: 'reverseDns',
    title: 'The name of a client does not lead back to it',
    meaning:
      'The address has a name in the DNS, and that name does not have the address. The client is logged as “unknown”; common with bots and with home connections.',
    actor: 'sender',
    remedy: [
      'Nothing, if the client is a stranger: it costs only the line.',
      'A wanted server? Whoever runs it must make PTR and A or AAAA agree.',
    ],
    retry: 'afterFix',
    links: [],
    match: {
      direction: 'local',
      text: [
        'hostname*does not resolve to address',
        ': hostname*verification failed',
        'address not listed for hostname',
        'cannot find your hostname',
        'cannot find your reverse hostname',
      ],
      without: ['temporary failure', 'try again'],
    },
    examples: [
      [
        'hostname mail.example.com does not resolve to address 192.0.2.1: Name or service not known',
        LOCAL,
      ],
      ['192.0.2.1: address not listed for hostname mail.example.com', LOCAL],
    ],
  },
  {
    id: 'dns-data-wrong',
    category: 'dns',
    title: 'The DNS of another domain has a wrong entry',
    meaning:
      'An MX or address record of a domain has a name that no host can have (an address, an underscore, nothing at all), or leads to no address.',
    actor: 'recipientProvider',
    remedy: [
      'Look: `dig MX DOMAIN`. Only whoever runs that domain’s DNS can mend it: tell them another way.',
    ],
    retry: 'afterFix',
    links: [],
    match: {
      direction: 'local',
      text: [
        'valid_hostname:',
        'valid_ipv4_hostaddr:',
        'valid_ipv6_hostaddr:',
        'in resource data of',
        'no mx host for*has a valid address record',
        'address record is malformed',
      ],
    },
    examples: [
      ['numeric domain name in resource data of MX record for example.com: 192.0.2.1', LOCAL],
      ['no MX host for example.com has a valid address record', LOCAL],
    ],
  },
  {
    id: 'postscreen-come-again',
    category: 'greylisted',
    title: 'postscreen asks the client to come again',
    meaning:
      'After its tests deep in the session postscreen cannot hand the client on, so it says 450 and knows it the next time. Mail servers come again; bots do not.',
    actor: 'nobody',
    remedy: [
      'Nothing: the message comes with the next try, in minutes.',
      'Big providers come from another address each time: list them in `postscreen_access_list`, or leave the tests after 220 off.',
    ],
    retry: 'helps',
    links: ['https://www.postfix.org/POSTSCREEN_README.html'],
    match: { text: ['service currently unavailable'], codes: [450], direction: 'inbound' },
    examples: [['450 4.3.2 Service currently unavailable', { direction: 'inbound' }]],
  },
  {
    id: 'postfix-milter-silent',
    of: 'postfix',
    category: 'serverFault',
    title: 'Mail is put off, for a filter (milter) is silent',
    meaning:
      'smtpd could not ask one of its milters (OpenDKIM, rspamd …), and is set to put mail off then. With this text a milter itself can also have asked for it.',
    actor: 'you',
    remedy: [
      'A line with “warning: milter …” or “connect to Milter service” just before names it: is it running?',
      'Compare the socket in `smtpd_milters` with the filter’s own settings, and its permissions.',
      'To let mail pass meanwhile: `milter_default_action = accept`.',
    ],
    retry: 'helps',
    links: ['https://www.postfix.org/MILTER_README.html'],
    match: { text: ['service unavailable - try again later'], direction: 'inbound' },
    examples: [['4.7.1 Service unavailable - try again later', { direction: 'inbound' }]],
  },
  {
    id: 'client-certificate-refused',
    of: 'postfix',
    category: 'tls',
    title: 'A client’s certificate is not trusted',
    meaning:
      'This service wants a certificate of its clients (`smtpd_tls_req_ccert`), and this client has none that it trusts.',
    actor: 'sender',
    remedy: [
      'Meant for this client? Its certificate must come from a CA in `smtpd_tls_CAfile`.',
      'Not meant at all? Take `smtpd_tls_req_ccert` out: public mail servers have none.',
    ],
    retry: 'afterFix',
    links: ['https://www.postfix.org/TLS_README.html'],
    match: { text: ['client certificate not trusted', 'no client certificate presented'] },
    examples: [
      'NOQUEUE: abort: TLS from mx.example.net[192.0.2.1]: Client certificate not trusted',
    ],
  },
  {
    id: 'client-refused-here',
    of: 'postfix',
    category: 'policy',
    title: 'This service does not take mail of this client',
    meaning:
      'A rule of this server’s settings refused the client: an access table names it, or the port (submission) wants a login first and the client gave none.',
    actor: 'sender',
    remedy: [
      'A stranger? Nothing: that is what the rule is for.',
      'A user? Their program must log in before it sends: switch authentication for outgoing mail on.',
      'A partner’s server? See which rule it is (`smtpd_client_restrictions`, `check_client_access`) and let it pass.',
    ],
    retry: 'afterFix',
    links: ['https://www.postfix.org/SMTPD_ACCESS_README.html'],
    match: { text: ['client host rejected: access denied'], direction: 'inbound' },
    examples: [
      [
        '554 5.7.1 <mx.example.net[192.0.2.1]>: Client host rejected: Access denied',
        { direction: 'inbound', phase: 'rcpt' },
      ],
    ],
  },
]
