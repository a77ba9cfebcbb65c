import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ID, OTHER, checkPart, readLine } from '../testing/postfix-lines.ts'

test('notes: sessions, postscreen, TLS, starts, statistics, deliveries under way', () => {
  const notes: Readonly<Record<string, readonly [topic: string, address: string | null]>> = {
    'smtpd: connect from unknown[192.0.2.1]': ['connected', '192.0.2.1'],
    'smtpd: disconnect from x[192.0.2.1] ehlo=1 auth=0/1 commands=1/2': [
      'disconnected',
      '192.0.2.1',
    ],
    'smtpd: disconnect from unknown[unknown] commands=0/0': ['disconnected', null],
    'smtpd: lost connection after AUTH from x[192.0.2.1]': ['connection', '192.0.2.1'],
    'smtpd: NOQUEUE: lost connection after CONNECT from x[192.0.2.1]': ['connection', '192.0.2.1'],
    'smtpd: bare <LF> received after DATA (9 bytes) from x[192.0.2.1]': ['connection', '192.0.2.1'],
    'smtpd: timeout after END-OF-MESSAGE from x[2001:db8::1]': ['connection', '2001:db8::1'],
    'smtpd: too many errors after RCPT from x[192.0.2.1]': ['connection', '192.0.2.1'],
    'smtpd: improper command pipelining after EHLO from x[192.0.2.1]: MAIL': [
      'connection',
      '192.0.2.1',
    ],
    'smtpd: SSL_accept error from x[192.0.2.1]: -1': ['tls', '192.0.2.1'],
    'smtpd: setting up TLS connection from x[192.0.2.1]': ['tls', '192.0.2.1'],
    'smtpd: x[192.0.2.1]: Issuing session ticket, key expiration: 12': ['tls', '192.0.2.1'],
    'smtpd: x[192.0.2.1]: replacing command "A" with "B"': ['protocol', '192.0.2.1'],
    'smtpd: discarding EHLO keywords: CHUNKING': ['protocol', null],
    'smtpd: table hash:/etc/postfix/access(0,lock|fold_fix) has changed -- restarting': [
      'process',
      null,
    ],
    'smtp: connect to x[192.0.2.1]:25: Connection refused': ['connection', '192.0.2.1'],
    'smtp: Host offered STARTTLS: [mx.example.net]': ['tls', null],
    'smtp: TLS connection established to mx.example.net: TLSv1 with cipher AES256-SHA (256/256 bits)':
      ['tls', null],
    [`smtp: ${ID}: Used TLS for x[192.0.2.1]:25`]: ['tls', '192.0.2.1'],
    'smtp: SSL_connect error to x[192.0.2.1]:25: lost connection': ['tls', '192.0.2.1'],
    'smtp: certificate verification failed for x[192.0.2.1]:25: untrusted issuer /C=de': [
      'tls',
      '192.0.2.1',
    ],
    [`smtp: ${ID}: host x[192.0.2.1] said: 450 later (in reply to RCPT TO command)`]: [
      'delivery',
      '192.0.2.1',
    ],
    [`smtp: ${ID}: host x[192.0.2.1] refused to talk to me: 421`]: ['delivery', '192.0.2.1'],
    [`smtp: ${ID}: lost connection with x[192.0.2.1] while sending RCPT TO`]: [
      'connection',
      '192.0.2.1',
    ],
    [`smtp: ${ID}: conversation with x[192.0.2.1] timed out while sending message body`]: [
      'connection',
      '192.0.2.1',
    ],
    [`smtp: ${ID}: enabling PIX workarounds: disable_esmtp for x[192.0.2.1]:25`]: [
      'protocol',
      '192.0.2.1',
    ],
    [`smtp: ${ID}: SASL authentication failed; server x[192.0.2.1] said: 535`]: [
      'authentication',
      '192.0.2.1',
    ],
    [`smtp: ${ID}: Host or domain name not found. Name service error for name=x type=MX`]: [
      'dns',
      null,
    ],
    [`smtp: ${ID}: x.test: host not found`]: ['dns', null],
    'smtp: TLSRPT: status=failure, domain=x, receiving_mx=mx.x[192.0.2.1], failure_type=starttls_not_supported':
      ['tls', '192.0.2.1'],
    'postscreen: CONNECT from [192.0.2.1]:4242 to [192.0.2.9]:25': ['postscreen', '192.0.2.1'],
    'postscreen: PASS NEW [2001:db8::1]:4242': ['postscreen', '2001:db8::1'],
    'postscreen: DENYLISTED [192.0.2.1]:4242': ['postscreen', '192.0.2.1'],
    'postscreen: PREGREET 14 after 0.08 from [192.0.2.1]:4242: EHLO [198.51.100.1]': [
      'postscreen',
      '192.0.2.1',
    ],
    'postscreen: NON-SMTP COMMAND from [192.0.2.1]:4242 after CONNECT: GET /': [
      'postscreen',
      '192.0.2.1',
    ],
    'postscreen: cache btree:/var/lib/postfix/x full cleanup: retained=1 dropped=0 entries': [
      'postscreen',
      null,
    ],
    'dnsblog: addr 192.0.2.1 listed by domain x.test as 127.0.0.4': ['blocklist', '192.0.2.1'],
    'tlsproxy: CONNECT from [192.0.2.1]:4242': ['tls', '192.0.2.1'],
    'tlsproxy: DISCONNECT [192.0.2.1]:4242': ['tls', '192.0.2.1'],
    'anvil: statistics: max connection rate 1/60s for (smtpd:2001:db8::1) at Oct 26': [
      'statistics',
      '2001:db8::1',
    ],
    'anvil: statistics: max cache size 1 at Oct 26 18:13:50': ['statistics', null],
    'scache: statistics: domain lookup hits=0 miss=1 success=0%': ['statistics', null],
    'master: daemon started -- version 3.10.1, configuration /etc/postfix': ['start', null],
    'master: reload -- version 3.10.1, configuration /etc/postfix': ['reload', null],
    'master: terminating on signal 15': ['stop', null],
    'postfix-script: starting the Postfix mail system': ['start', null],
    'postfix-script: the Postfix mail system is running: PID: 12': ['command', null],
    'postsuper: Deleted: 3 messages': ['command', null],
    'smtpd: > x[192.0.2.1]: 250-PIPELINING': ['process', '192.0.2.1'],
    'smtpd: match_hostname: x.test ~? example.net': ['process', null],
    'smtpd: private/anvil: wanted attribute: status': ['process', null],
    'smtpd: fsspace: .: block size 4096, blocks free 8123': ['process', null],
    'smtpd: sql auxprop plugin using mysql engine': ['authentication', null],
    'smtpd: DIGEST-MD5 server step 2': ['authentication', null],
    "smtpd: looking for plugins in '/usr/lib/sasl2', failed to open directory, error: No such file or directory":
      ['authentication', null],
    'smtp: CLIENT wrappermode (port smtps/465) is unimplemented': ['tls', null],
  }
  for (const [words, [topic, address]] of Object.entries(notes)) {
    const event = readLine(`postfix/${words.replace(': ', '[1]: ')}`)
    assert.ok(event.type === 'note', `${words}: ${event.type}`)
    assert.equal(event.topic, topic, words)
    assert.equal(event.host?.address ?? null, address, words)
  }
})

test('filters and policy servers beside Postfix', () => {
  checkPart({
    [`amavis[1]: (01-02) Passed CLEAN {RelayedInbound}, [192.0.2.1]:4242 [198.51.100.1] <a@b> -> <c@d>, Queue-ID: ${OTHER}, Hits: 2.9`]:
      { type: 'note', topic: 'scan', id: OTHER, host: { address: '192.0.2.1' }, program: 'amavis' },
    'amavis[1]: (01-02) (!)connect to clamd failed': { type: 'warning' },
    [`opendkim[1]: ${ID}: DKIM-Signature field added (s=a, d=example.com)`]: {
      topic: 'dkim',
      id: ID,
    },
    [`opendmarc[1]: ${ID}: example.com pass`]: { topic: 'dmarc', id: ID },
    'policyd-spf[1]: prepend Received-SPF: Pass (mailfrom) identity=mailfrom; client-ip=192.0.2.1; helo=x':
      { topic: 'spf', host: { address: '192.0.2.1' } },
    'postfix/policy-spf[1]: Policy action=DUNNO': { topic: 'spf', program: 'postfix/policy-spf' },
    'postgrey[1]: action=greylist, reason=new, client_name=x, client_address=192.0.2.1/32, sender=a':
      { topic: 'greylisting', host: { address: '192.0.2.1' } },
    'spamd[1]: spamd: clean message (0.1/5.0) for x:1 in 0.2 seconds': { topic: 'scan' },
    [`mimedefang.pl[1]: ${ID}: MDLOG,${ID},mail_in,,,<a@example.org>,<b@example.net>,Hello`]: {
      topic: 'scan',
      id: ID,
    },
    [`dkimpy-filter[1]: ${ID}: DKIM: Pass (example.com)`]: { topic: 'dkim', id: ID },
    'policyd-spf-perl[1]: 192.0.2.1: Policy action=PREPEND Received-SPF: none': { topic: 'spf' },
    'policyd-rate-limit[1]: jane@example.com is over its limit': { topic: 'policy' },
  })
})
