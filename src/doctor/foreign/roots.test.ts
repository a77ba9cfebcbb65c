/** Real servers of Debian, with faults that administrators really make: each is found, and nothing else. */
import assert from 'node:assert/strict'
import { truncateSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'

import { systemClock } from '../../base/clock.ts'
import { DAY_MS, HOUR_MS } from '../../base/durations.ts'
import { fakeResolver } from '../../dns/fake.ts'
import { UTC } from '../../journal/zone.ts'
import { makeSelfSigned } from '../../tls/self-signed.ts'
import { examine, isTrouble } from '../examine.ts'
import { type ForeignRoot, foreignRoot, withoutRoots } from '../testing/foreign-root.ts'
import type { Finding } from '../types.ts'
import { foreignChecks } from './checks.ts'
import { openForeign } from './open.ts'
import type { ForeignServer } from './world.ts'

const skip = withoutRoots()

interface Fault {
  /** What somebody did, or did not do. */
  readonly what: string
  plant(root: ForeignRoot): unknown
  /** The doctor comes so long after it. */
  readonly seenAfterHours?: number
  /** The check that has to say so, and what has to stand in what it says. */
  readonly check: string
  readonly says: RegExp
}

const EXIM_CONF = '/etc/exim4/exim4.conf'
const LOGIN = `begin authenticators
relay:
  driver = plaintext
  public_name = PLAIN
  client_send = ^\${lookup{$host}nwildlsearch{/etc/exim4/passwd.client}{$value}fail}
`
const LATER = 'begin routers'

const EXIM_FAULTS: readonly Fault[] = [
  {
    what: 'Exim listens for everybody, and lets everybody by',
    plant: (root) => {
      root.replace(EXIM_CONF, 'local_interfaces = 127.0.0.1\n', '')
      certificateOf(root, {})
    },
    check: 'configuration.open-relay exim',
    says: /accept, without a condition/,
  },
  {
    what: 'the relay passwords are readable for root alone',
    plant: (root) => {
      root.replace(EXIM_CONF, LATER, `${LOGIN}${LATER}`)
      root.write('/etc/exim4/passwd.client', '*.example.net:me:secret-word\n', 0o600, 'root:root')
    },
    check: 'configuration.relay-login exim',
    says: /not readable for Debian-exim.*mode 0600/s,
  },
  {
    what: 'the relay passwords are readable for everybody',
    plant: (root) => {
      root.replace(EXIM_CONF, LATER, `${LOGIN}${LATER}`)
      root.write('/etc/exim4/passwd.client', '*:me:secret-word\n', 0o644)
    },
    check: 'configuration.relay-login exim',
    says: /everybody.*mode 0644/s,
  },
  {
    what: 'a configuration from before Exim 4.94 names mailboxes by $local_part',
    plant: (root) =>
      root.replace(EXIM_CONF, 'directory = /srv/mail/user', 'directory = /srv/mail/$local_part'),
    check: 'configuration.tainted exim transport to_maildir, directory',
    says: /\$local_part_data/,
  },
  {
    what: 'a message was frozen',
    plant: (root) => frozenMessage(root),
    check: 'queue.size exim',
    says: /1 message is frozen/,
  },
  {
    what: 'paniclog is not empty',
    plant: (root) =>
      root.write(
        '/var/log/exim4/paniclog',
        '2026-11-21 10:00:00 Cannot open main log file "/var/log/exim4/mainlog": Permission denied: euid=100 egid=102\n',
        0o640,
        'Debian-exim:adm',
      ),
    check: 'log.panic exim',
    says: /Permission denied/,
  },
  {
    what: 'the certificate expired',
    plant: (root) => certificateOf(root, { endedDaysAgo: 3 }),
    check: 'tls.files exim /etc/exim4/exim.crt',
    says: /expired 3 days ago/,
  },
  {
    what: 'the key was copied by root and Exim cannot read it',
    plant: (root) => certificateOf(root, { keyMode: 0o600 }),
    check: 'tls.files exim /etc/exim4/exim.crt',
    says: /Debian-exim cannot read/,
  },
  {
    what: 'an option is misspelt',
    plant: (root) => root.replace(EXIM_CONF, 'never_users = root', 'never_user = root'),
    check: 'services.configuration exim',
    says: /never_user.*exim4 -bV/s,
  },
  {
    what: 'the relay refuses the password',
    plant: (root) => root.write('/var/log/exim4/mainlog', refusedLogin(), 0o640, 'Debian-exim:adm'),
    check: 'log.errors exim',
    says: /535/,
  },
  {
    what: 'a command of root made the retry database',
    plant: (root) => root.write('/var/spool/exim4/db/retry', '', 0o640, 'root:root'),
    check: 'storage.spool exim',
    says: /db\/retry: mode 0640, user 0/,
  },
  {
    what: 'an index cache has grown over the memory limit',
    plant: (root) => {
      const cache = '/srv/mail/user/dovecot.index.cache'
      root.write(cache, '', 0o600, 'mail:mail')
      truncateSync(join(root.path, cache), 400_000_000)
    },
    check: 'storage.index-cache dovecot /srv/mail/user/dovecot.index.cache',
    says: /400 MB.*256M.*vsz_limit = 1G/s,
  },
  {
    what: 'passwords are taken without TLS from everywhere',
    plant: (root) => root.replace('/etc/dovecot/dovecot.conf', 'listen = 127.0.0.1', 'listen = *'),
    check: 'configuration.plaintext-login dovecot',
    says: /disable_plaintext_auth = no/,
  },
  {
    what: 'the private key was not renewed with the certificate',
    plant: (root) => {
      root.write('/etc/dovecot/a.crt', makeSelfSigned(['mail.bench.test']).cert)
      root.write('/etc/dovecot/a.key', makeSelfSigned(['mail.bench.test']).key, 0o600)
      root.replace(
        '/etc/dovecot/dovecot.conf',
        'ssl = no',
        'ssl = yes\nssl_cert = </etc/dovecot/a.crt\nssl_key = </etc/dovecot/a.key',
      )
    },
    check: 'tls.files dovecot /etc/dovecot/a.crt',
    says: /a\.key does not belong to/,
  },
]

const MAIN_CF = '/etc/postfix/main.cf'
const RELAY = `relayhost = [smtp.example.net]:587
smtp_sasl_auth_enable = yes
smtp_sasl_password_maps = hash:/etc/postfix/sasl_passwd
smtp_sasl_security_options = noanonymous
`

const POSTFIX_FAULTS: readonly Fault[] = [
  {
    what: 'mynetworks is the whole internet',
    plant: (root) => {
      root.replace(MAIN_CF, 'mynetworks = 127.0.0.0/8', 'mynetworks = 127.0.0.0/8, 0.0.0.0/0')
      root.replace(MAIN_CF, 'inet_interfaces = 127.0.0.1', 'inet_interfaces = all')
    },
    check: 'configuration.open-relay postfix',
    says: /mynetworks has 0\.0\.0\.0\/0/,
  },
  {
    what: 'nothing refuses mail for others',
    plant: (root) => {
      root.replace(MAIN_CF, 'inet_interfaces = 127.0.0.1', 'inet_interfaces = all')
      root.replace(MAIN_CF, 'permit_mynetworks, reject', 'permit_mynetworks, permit')
      root.append(MAIN_CF, 'smtpd_relay_restrictions =\n')
    },
    check: 'configuration.open-relay postfix',
    says: /reject_unauth_destination/,
  },
  {
    what: 'postmap was forgotten after the relay password was changed',
    plant: (root) => {
      relayPasswords(root, '[smtp.example.net]:587 me:secret-word\n')
      root.age('/etc/postfix/sasl_passwd.db', 48)
    },
    check: 'configuration.tables postfix /etc/postfix/sasl_passwd',
    says: /changed after its index.*postmap hash:\/etc\/postfix\/sasl_passwd/s,
  },
  {
    what: 'the relay password is readable for everybody',
    plant: (root) => relayPasswords(root, '[smtp.example.net]:587 me:secret-word\n', 0o644),
    check: 'configuration.relay-login postfix',
    says: /everybody.*mode 0644/s,
  },
  {
    what: 'the password stands under another spelling than relayhost',
    plant: (root) => relayPasswords(root, 'smtp.example.net me:secret-word\n'),
    check: 'configuration.relay-login postfix',
    says: /under the name of the relay/,
  },
  {
    what: 'newaliases was forgotten',
    plant: (root) => {
      root.append('/etc/aliases', 'sales: user\n')
      root.age('/etc/aliases.db', 24)
    },
    check: 'configuration.tables postfix /etc/aliases',
    says: /newaliases/,
  },
  {
    what: 'a message may be larger than a mailbox',
    plant: (root) => root.append(MAIN_CF, 'message_size_limit = 104857600\n'),
    check: 'configuration.settings postfix mailbox_size_limit',
    says: /refuses to start/,
  },
  {
    what: 'soft_bounce was left on',
    plant: (root) => root.append(MAIN_CF, 'soft_bounce = yes\n'),
    check: 'configuration.settings postfix soft_bounce',
    says: /soft_bounce = yes/,
  },
  {
    what: 'a file of the certificate was moved',
    plant: (root) => root.remove('/etc/ssl/private/ssl-cert-snakeoil.key'),
    check: 'tls.files postfix /etc/ssl/certs/ssl-cert-snakeoil.pem',
    says: /ssl-cert-snakeoil\.key is not there/,
  },
  {
    what: 'a table was named and never made',
    plant: (root) => root.append(MAIN_CF, 'sender_canonical_maps = hash:/etc/postfix/canonical\n'),
    check: 'configuration.tables postfix /etc/postfix/canonical',
    says: /canonical\.db is not there/,
  },
  {
    what: 'mail lies since yesterday',
    plant: (root) => root.run('sh', '-c', 'echo hello | sendmail -f a@bench.test user@bench.test'),
    seenAfterHours: 30,
    check: 'queue.size postfix',
    says: /mail waits: 1 message, the oldest for 30 hours/,
  },
  {
    what: 'a setting is misspelt',
    plant: (root) => root.append(MAIN_CF, 'smtpd_tls_auth_onyl = yes\n'),
    check: 'services.configuration postfix',
    says: /smtpd_tls_auth_onyl/,
  },
  {
    what: 'passwords are taken at port 25 without TLS',
    plant: (root) => {
      root.replace(MAIN_CF, 'inet_interfaces = 127.0.0.1', 'inet_interfaces = all')
      root.append(MAIN_CF, 'smtpd_sasl_auth_enable = yes\n')
    },
    check: 'configuration.plaintext-login postfix',
    says: /smtpd_tls_auth_only=yes/,
  },
  {
    what: 'a process of Postfix ends at once',
    plant: (root) => root.write('/var/log/postfix.log', fatalLine()),
    check: 'log.panic postfix fatal 1',
    says: /open database \/etc\/aliases\.db/,
  },
  {
    what: 'the mailbox was restored by root',
    plant: (root) => root.run('chown', 'root:root', '/home/user/Maildir/tmp'),
    check: 'storage.maildir postfix /home/user/Maildir',
    says: /Maildir\/tmp: user 0.*chown -R user/s,
  },
  {
    what: 'Dovecot listens for logins elsewhere',
    plant: (root) => root.replace('/etc/dovecot/dovecot.conf', 'private/auth', 'private/login'),
    check: 'configuration.login-socket postfix',
    says: /no unix_listener \/var\/spool\/postfix\/private\/auth/,
  },
  {
    what: 'a folder of the queue belongs to root',
    plant: (root) => root.run('chown', 'root', '/var/spool/postfix/deferred'),
    check: 'storage.spool postfix',
    says: /deferred: mode 0\d+, user 0/,
  },
  {
    what: 'a folder of the mailbox is gone',
    plant: (root) => root.remove('/home/user/Maildir/tmp'),
    check: 'storage.maildir postfix /home/user/Maildir',
    says: /Maildir\/tmp is not there/,
  },
]

for (const { name, servers, open, faults } of [
  {
    name: 'Exim and Dovecot',
    servers: ['exim', 'dovecot'] as const,
    open: eximAndDovecot,
    faults: EXIM_FAULTS,
  },
  {
    name: 'Postfix and Dovecot',
    servers: ['postfix', 'dovecot'] as const,
    open: (t: TestContext) => foreignRoot(t, ['postfix']),
    faults: POSTFIX_FAULTS,
  },
]) {
  test(`${name} as they should be: nothing is found`, { skip }, async (t) => {
    const found = await findingsOf(open(t), servers)
    assert.deepEqual(troubles(found), [])
    assert.ok(found.filter(({ verdict }) => verdict === 'ok').length >= 8)
  })
  for (const { what, plant, seenAfterHours = 0, check, says } of faults)
    test(`${name}: ${what}`, { skip }, async (t) => {
      const root = open(t)
      plant(root)
      const before = root.written()
      const found = await findingsOf(root, servers, seenAfterHours)
      assert.equal(root.written(), before, 'nothing was changed')
      const wrong = found.filter(isTrouble)
      assert.ok(wrong.length > 0, `nothing was found; it should be ${check}`)
      for (const one of wrong) assert.ok(nameOf(one).startsWith(check), textOf(one))
      assert.match(wrong.map(textOf).join('\n'), says)
      assert.ok(wrong.every(({ meaning, remedy }) => meaning !== null && remedy.length > 0))
      assert.doesNotMatch(JSON.stringify(found), /secret-word/)
    })
}

test("Debian's own configuration of Exim, open to all: nothing is found", { skip }, async (t) => {
  const root = foreignRoot(t, ['exim'])
  root.remove(EXIM_CONF)
  const options = '/etc/exim4/update-exim4.conf.conf'
  root.replace(options, "configtype='local'", "configtype='internet'")
  root.replace(options, /dc_local_interfaces=.*/, "dc_local_interfaces=''")
  root.replace(options, /dc_other_hostnames=.*/, "dc_other_hostnames='bench.test'")
  root.run('update-exim4.conf')
  const found = await findingsOf(root, ['exim'])
  assert.deepEqual(troubles(found), [])
  const relay = found.find(({ check }) => check === 'configuration.open-relay')
  assert.equal(relay?.verdict, 'ok')
})

test("Debian's own Postfix and Dovecot: TLS is not offered, and that is all", {
  skip,
}, async (t) => {
  const root = foreignRoot(t, ['postfix'])
  root.write(MAIN_CF, root.read('/usr/share/postfix/main.cf.debian'))
  root.write('/etc/postfix/master.cf', root.read('/usr/share/postfix/master.cf.dist'))
  root.write('/etc/dovecot/dovecot.conf', root.read('/usr/share/dovecot/dovecot.conf'))
  const found = await findingsOf(root, ['postfix', 'dovecot'])
  assert.deepEqual(found.filter(isTrouble).map(nameOf), ['tls.offered postfix'])
})

/** Debian's Exim above the root with Dovecot, which serves the mailbox that Exim files into. */
function eximAndDovecot(t: TestContext): ForeignRoot {
  const root = foreignRoot(t, ['exim', 'postfix'])
  root.append('/etc/passwd', 'dovecot:x:901:901::/usr/lib/dovecot:/usr/sbin/nologin\n')
  root.append('/etc/passwd', 'dovenull:x:902:902::/nonexistent:/usr/sbin/nologin\n')
  root.replace('/etc/dovecot/dovecot.conf', 'maildir:/home/user/Maildir', 'maildir:/srv/mail/user')
  return root
}

async function findingsOf(
  { path }: ForeignRoot,
  servers: readonly ForeignServer[],
  afterHours = 0,
): Promise<readonly Finding[]> {
  const clock = { ...systemClock, nowMs: () => systemClock.nowMs() + afterHours * HOUR_MS }
  const address = '192.0.2.25'
  const resolver = fakeResolver({
    addresses: { 'mail.bench.test': [address] },
    reverse: { [address]: ['mail.bench.test'] },
    txt: { 'bench.test': ['v=spf1 mx -all'] },
    mx: { 'bench.test': [{ preference: 10, exchange: 'mail.bench.test' }] },
  })
  const opened = openForeign({ root: path, servers, clock, zone: UTC, resolver })
  // The disk of whoever tests is none of the root's faults.
  const space = () => ({ totalOctets: 1e11, freeOctets: 5e10, totalInodes: 0, freeInodes: 0 })
  const world = { ...opened, files: { ...opened.files, space } }
  const { findings } = await examine(foreignChecks(servers), world, {
    clock: systemClock,
    ...{ checkMs: 60_000, wholeMs: 120_000, atOnce: 12, pauseMs: 1 },
    onProgress: () => {},
  })
  return findings
}

/** Of those that {@link makeSelfSigned} makes. */
const VALID_DAYS = 3_652

function certificateOf(
  root: ForeignRoot,
  { endedDaysAgo, keyMode = 0o640 }: { endedDaysAgo?: number; keyMode?: number },
): void {
  const backMs = endedDaysAgo === undefined ? 0 : (VALID_DAYS - 1 + endedDaysAgo) * DAY_MS
  const clock = { ...systemClock, nowMs: () => systemClock.nowMs() - backMs }
  const { cert, key } = makeSelfSigned(['mail.bench.test'], clock)
  root.write('/etc/exim4/exim.crt', cert, 0o644)
  root.write('/etc/exim4/exim.key', key, keyMode, keyMode === 0o600 ? 'root' : 'root:Debian-exim')
  root.replace(
    EXIM_CONF,
    'never_users = root',
    'never_users = root\ntls_certificate = /etc/exim4/exim.crt\ntls_privatekey = /etc/exim4/exim.key',
  )
}

/** Taken by Exim itself, and frozen by a person. */
function frozenMessage(root: ForeignRoot): void {
  root.run('sh', '-c', 'echo hello | exim4 -odq -f a@bench.test user@bench.test')
  const [id = ''] = /\S+-\S+-\S+/.exec(root.run('exim4', '-bp')) ?? []
  root.run('exim4', '-Mf', id)
  root.remove('/var/log/exim4/mainlog')
}

function relayPasswords(root: ForeignRoot, text: string, mode = 0o600): void {
  // Benchmarks leave a relay of theirs in it.
  root.write(MAIN_CF, root.read(MAIN_CF).replace(/^relayhost.*\n/gm, '') + RELAY)
  root.write('/etc/postfix/sasl_passwd', text, mode)
  root.run('postmap', 'hash:/etc/postfix/sasl_passwd')
}

function refusedLogin(): string {
  const time = new Date(Date.now() - 60_000).toISOString().slice(0, 19).replace('T', ' ')
  return `${time} 1vnYk2-00000000BQ5-1EaB == a@example.org R=smarthost T=remote_smtp_smarthost defer (0) H=smtp.example.net [192.0.2.9]: SMTP error from remote mail server after AUTH: 535 5.7.8 Authentication credentials invalid\n`
}

function fatalLine(): string {
  const date = new Date(Date.now() - 60_000)
  const month = date.toUTCString().slice(8, 11)
  const day = String(date.getUTCDate()).padStart(2)
  return `${month} ${day} ${date.toISOString().slice(11, 19)} mail postfix/local[77]: fatal: open database /etc/aliases.db: No such file or directory\n`
}

function troubles(findings: readonly Finding[]): readonly string[] {
  return findings.filter(isTrouble).map(textOf)
}

function nameOf({ check, subject }: Finding): string {
  return `${check} ${subject}`
}

function textOf(finding: Finding): string {
  const { summary, evidence, meaning, remedy } = finding
  const steps = remedy.map(({ text, command }) => `${text} ${command ?? ''}`)
  return [nameOf(finding), summary, ...evidence, meaning, ...steps].join(' | ')
}
