/** Other servers by their files alone, as somebody without rights sees them, on any machine. */
import assert from 'node:assert/strict'
import { chmodSync, symlinkSync, utimesSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'

import { systemClock } from '../../base/clock.ts'
import { HOUR_MS } from '../../base/durations.ts'
import type { Zone } from '../../dns/fake.ts'
import { examine, isTrouble } from '../examine.ts'
import { folderOf, foreignWorld } from '../testing/foreign-files.ts'
import type { Finding } from '../types.ts'
import { foreignChecks } from './checks.ts'
import { dovecotOf, sizeOf } from './dovecot.ts'
import { configOf, eximList } from './exim.ts'
import { postfixOf } from './postfix.ts'
import { eximQueue, postfixQueue } from './queue.ts'
import { openRoot } from './root.ts'
import type { ForeignServer, ForeignWorld } from './world.ts'

const KNOWN = { by: 'test', complaints: [], isBroken: false }

test('a server that is not there is said once, and nothing of it is praised', async (t) => {
  for (const server of ['exim', 'postfix', 'dovecot'] as const) {
    const found = await findingsOf(worldOf(t, {}), [server])
    const [first, ...others] = found.filter(({ check }) => !check.startsWith('dns'))
    assert.deepEqual([first?.check, first?.verdict], ['services.configuration', 'failing'])
    assert.ok(others.every(({ verdict }) => verdict === 'skipped'))
  }
})

test('Postfix by its files: main.cf with continued lines, master.cf with its own settings', async (t) => {
  const world = worldOf(t, {
    '/etc/postfix/main.cf':
      'myhostname = mail.example.com\nmynetworks =\n  127.0.0.0/8\n  # a note\n  [::]/0\nalias_maps = inline:{}\nalias_database =\n',
    '/etc/postfix/master.cf':
      'smtp inet n - y - - smtpd\n127.0.0.1:10025 inet n - y - - smtpd\n  -o smtpd_sasl_auth_enable=yes\n',
  })
  const found = await findingsOf(world, ['postfix'])
  assert.deepEqual(namesOf(found), ['dns.host', 'tls.offered', 'configuration.open-relay'])
  assert.match(textOf(found), /mynetworks has \[::\]\/0/)
})

test('a link leads to a place in the root, and never out of it', (t) => {
  const folder = folderOf(t, { '/etc/real/name': 'inside\n' })
  symlinkSync('/etc/real', join(folder, 'etc/absolute'))
  symlinkSync('../../../../../../../../../../etc/real', join(folder, 'etc/relative'))
  symlinkSync('loop', join(folder, 'etc/loop'))
  const { files } = openRoot(folder, false)
  for (const way of ['absolute', 'relative'])
    assert.equal(files.read(`/etc/${way}/name`, 100).toString(), 'inside\n')
  assert.equal(openRoot(folder, false).hostPath('/../../x'), join(folder, 'x'))
  assert.throws(() => files.stat('/etc/loop/name'), { code: 'ELOOP' })
})

test('a program sees this machine read-only', {
  skip: process.getuid?.() === 0 ? false : 'only root can give it such a view',
}, async (t) => {
  const folder = folderOf(t, {})
  const signal = AbortSignal.timeout(20_000)
  const script = `touch ${folder}/x 2>/dev/null && echo written || echo refused`
  const result = await openRoot('/', true).run(['sh', '-c', script], signal)
  assert.equal(result?.out, 'refused\n')
  // Exim writes by itself: without such a view it is not run.
  assert.equal(await openRoot('/', false).run(['exim4', '-bV'], signal), null)
})

test('a filter that is configured is asked; a silent one holds up mail', async (t) => {
  const main = (port: number) => ({
    '/etc/postfix/main.cf': `smtpd_milters = inet:127.0.0.1:${port}, unix:filter/socket\ninet_interfaces = loopback-only\n`,
  })
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  t.after(() => server.close())
  const { port } = server.address() as { port: number }
  const world = { ...worldOf(t, main(port)), root: '/' }
  const found = await findingsOf(world, ['postfix'], 'services.helpers')
  assert.deepEqual(
    found.map(({ subject, verdict }) => [subject, verdict]),
    [
      [`postfix 127.0.0.1 ${port}`, 'ok'],
      ['postfix /var/spool/postfix/filter/socket', 'failing'],
    ],
  )
  assert.match(textOf(found), /ENOENT/)
})

test('what does not run and does not listen is said where it should run', async (t) => {
  const files = {
    '/etc/dovecot/dovecot.conf':
      'listen = 127.0.0.1\n!include conf.d/*.conf\n!include_try none.conf\n',
    '/etc/dovecot/conf.d/10-master.conf':
      'service imap-login {\n inet_listener imap {\n  port = 2643\n }\n}\n',
    '/proc/1/cmdline': 'init\0',
    '/proc/net/tcp': '  sl  local_address rem_address   st\n   0: 0100007F:0019 00000000:0000 0A\n',
  }
  const there = { ...worldOf(t, files), root: '/' }
  const found = await findingsOf(there, ['dovecot'])
  assert.deepEqual(namesOf(found), ['services.running', 'ports.listening'])
  assert.match(textOf(found), /port 2643/)
  const up = {
    ...files,
    '/proc/77/cmdline': '/usr/sbin/dovecot\0-F\0',
    '/proc/net/tcp': `${files['/proc/net/tcp']}   1: 0100007F:0A53 00000000:0000 0A\n`,
  }
  assert.deepEqual(namesOf(await findingsOf({ ...worldOf(t, up), root: '/' }, ['dovecot'])), [])
})

test('a name, an address and a domain that lead elsewhere', async (t) => {
  const files = {
    '/etc/exim4/exim4.conf':
      'primary_hostname = mail.example.com\ndomainlist local_domains = @ : example.com : example.net\n',
  }
  const address = '192.0.2.7'
  const zone: Zone = {
    addresses: { 'mail.example.com': [address], 'mx.example.org': ['192.0.2.9'] },
    reverse: { [address]: ['host7.example.org'] },
    txt: { 'example.com': ['v=spf1 ip4:192.0.2.99 -all'] },
    mx: {
      'example.com': [{ preference: 1, exchange: 'mail.example.com' }],
      'example.net': [{ preference: 1, exchange: 'mx.example.org' }],
    },
  }
  const wrong = await findingsOf(worldOf(t, files, zone), ['exim'])
  assert.deepEqual(namesOf(wrong), ['dns.host', 'dns.mx', 'dns.spf', 'dns.spf'])
  assert.match(textOf(wrong), /does not let this server send.*example\.net does not say who/s)
  assert.match(textOf(wrong), /host7\.example\.org.*example\.net is taken here/s)
  const record = [`v=spf1 ip4:${address} -all`]
  const right = {
    ...zone,
    txt: { 'example.com': record, 'example.net': record },
    reverse: { [address]: ['mail.example.com'] },
    mx: { ...zone.mx, 'example.net': [{ preference: 1, exchange: 'mail.example.com' }] },
  }
  assert.deepEqual(namesOf(await findingsOf(worldOf(t, files, right), ['exim'])), [])
  const silent = { ...zone, failing: ['mail.example.com', address] }
  const unknown = await findingsOf(worldOf(t, files, silent), ['exim'])
  assert.deepEqual(namesOf(unknown), [], 'DNS that does not answer is no fault of the server')
})

test('many failed logins in its log', async (t) => {
  const stamp = new Date(Date.now() - HOUR_MS).toISOString().slice(0, 19).replace('T', ' ')
  const line = `${stamp} plain_login authenticator failed for (x) [192.0.2.66]: 535 Incorrect authentication data (set_id=root)\n`
  const files = {
    '/etc/exim4/exim4.conf': 'local_interfaces = 127.0.0.1\n',
    '/var/log/exim4/mainlog': line.repeat(150),
  }
  const found = await findingsOf(worldOf(t, files), ['exim'])
  assert.deepEqual(namesOf(found), ['authentication.guessing'])
  assert.match(textOf(found), /150 logins failed/)
})

test('Exim takes passwords without TLS, and has one where everybody can read it', async (t) => {
  const config = (condition: string) =>
    `primary_hostname = here\nacl_smtp_rcpt =\ntls_certificate = /c$tls_in_sni\nbegin authenticators\nplain:\n  driver = plaintext\n  public_name = PLAIN\n  server_condition = no\n${condition}relay:\n  driver = plaintext\n  public_name = LOGIN\n  client_send = : me : secret-word\n`
  const path = '/etc/exim4/exim4.conf'
  const open = worldOf(t, { [path]: config('') })
  const found = await findingsOf(open, ['exim'])
  assert.deepEqual(namesOf(found), ['configuration.relay-login', 'configuration.plaintext-login'])
  assert.match(textOf(found), /exim4\.conf: mode 0644.*authenticator plain/s)
  assert.doesNotMatch(JSON.stringify(found), /secret-word/)
  const closed = worldOf(t, {
    [path]: config('  server_advertise_condition = $' + '{if def:tls_in_cipher}\n'),
  })
  chmodSync(closed.hostPath(path), 0o640)
  assert.deepEqual(namesOf(await findingsOf(closed, ['exim'])), [])
})

test('settings that end, and lists that ended', async (t) => {
  const world = worldOf(t, {
    '/etc/exim4/exim4.conf':
      'local_interfaces = <; 127.0.0.1 ; ::1\nallow_insecure_tainted_data = yes\nacl_smtp_rcpt = a\nbegin acl\na:\n  deny dnslists = dnsbl.sorbs.net\n',
    '/etc/dovecot/dovecot.conf': 'listen = ::1\nauth_verbose_passwords = plain\n',
  })
  const found = (await findingsOf(world, ['exim', 'dovecot'])).filter(isTrouble)
  assert.deepEqual(
    found.map(({ subject }) => subject),
    ['exim allow_insecure_tainted_data', 'exim dnsbl.sorbs.net', 'dovecot auth_verbose_passwords'],
  )
})

test('an index that is older than its text, by files alone', async (t) => {
  const world = worldOf(t, {
    '/etc/postfix/main.cf':
      'inet_interfaces = loopback-only\nvirtual_alias_maps = hash:/etc/postfix/virtual\n',
    '/etc/postfix/virtual': 'a b\n',
    '/etc/postfix/virtual.db': '',
    '/etc/aliases': '',
    '/etc/aliases.db': '',
  })
  const now = Date.now() / 1000
  utimesSync(world.hostPath('/etc/postfix/virtual.db'), now - 7_200, now - 7_200)
  const found = await findingsOf(world, ['postfix'])
  assert.deepEqual(namesOf(found), ['configuration.tables'])
  assert.match(textOf(found), /postmap hash:\/etc\/postfix\/virtual/)
})

test('lists and sections of Exim', () => {
  assert.deepEqual(eximList('<; 127.0.0.1 ; ::1'), ['127.0.0.1', '::1'])
  assert.deepEqual(eximList('a : b::c'), ['a', 'b:c'])
  const text =
    'hide tls_privatekey = /k\nno_split_spool_directory\nlocal_interfaces = [192.0.2.1]::25 : 127.0.0.1.26\nx = a \\\n  b\nbegin transports\n# note\nt:\n  driver = smtp\n'
  const { main, transports, addresses } = configOf(text, {
    ...{ program: null, by: 'test', errors: '', main: '' },
  })
  assert.equal(main.get('tls_privatekey'), '/k')
  assert.equal(main.get('split_spool_directory'), 'false')
  assert.equal(main.get('x'), 'a b')
  assert.deepEqual(
    transports.map(({ name, options }) => [name, options.get('driver')]),
    [['t', 'smtp']],
  )
  assert.deepEqual(addresses, ['192.0.2.1', '127.0.0.1'])
})

test('settings of Postfix refer to others, and never without end', () => {
  const { value } = postfixOf('a = $b/x\nb = $(c)\nc = 1\nd = $d\n', '', KNOWN)
  assert.equal(value('a'), '1/x')
  assert.match(value('d'), /^\$d/)
})

test('blocks of Dovecot, and the names of 2.4', () => {
  const { settings, addresses, fileOf } = dovecotOf(
    'service imap {\n vsz_limit = 1 G\n}\nlisten = 127.0.0.1, ::1\nssl_server_cert_file = /c\nauth_allow_cleartext = yes\nmail_driver = maildir\nmail_path = ~/Maildir\n',
    KNOWN,
  )
  assert.equal(sizeOf(settings.get('service imap/vsz_limit') ?? ''), 1024 ** 3)
  assert.deepEqual(addresses, ['127.0.0.1', '::1'])
  assert.equal(fileOf('ssl_cert'), '/c')
  assert.equal(settings.get('disable_plaintext_auth'), 'no')
  assert.equal(settings.get('mail_location'), 'maildir:~/Maildir')
  assert.equal(sizeOf('unlimited'), 0)
})

test('queues as Exim and Postfix print them; what was cut or is not JSON is left out', () => {
  const exim =
    '25h  2.9K 1vnYk2-00000000BQ5-1EaB <a@example.com> *** frozen ***\n          D b@example.org\n\n 3m   293 1xUjGN-0001P5-04 <>\n'
  assert.deepEqual(eximQueue(exim), [
    { ageMs: 25 * HOUR_MS, isFrozen: true },
    { ageMs: 180_000, isFrozen: false },
  ])
  const postfix =
    '{"queue_name": "hold", "arrival_time": 1000, "recipients": [{"delay_reason": "no route"}, null]}\n{"queue_name": "def\nnull\n'
  assert.deepEqual(postfixQueue(postfix), [
    { arrivedMs: 1_000_000, isHeld: true, reasons: ['no route'] },
  ])
})

test('a file that may not be read is skipped, with what helps', async (t) => {
  if (process.getuid?.() === 0) return t.skip('root may read everything')
  const world = worldOf(t, { '/etc/exim4/exim4.conf': 'x = y\n' })
  chmodSync(world.hostPath('/etc/exim4/exim4.conf'), 0)
  const found = await findingsOf(world, ['exim'], 'services.configuration')
  assert.deepEqual(
    found.map(({ verdict }) => verdict),
    ['skipped'],
  )
  assert.equal(found[0]?.remedy[0]?.command, 'sudo waybill doctor')
})

/** No program runs in it. */
function worldOf(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  zone: Zone = {},
): ForeignWorld {
  return foreignWorld(t, { files, zone })
}

async function findingsOf(
  world: ForeignWorld,
  servers: readonly ForeignServer[],
  only?: string,
): Promise<readonly Finding[]> {
  const checks = foreignChecks(servers).filter(({ id }) => only === undefined || id === only)
  const { findings } = await examine(checks, world, {
    clock: systemClock,
    ...{ checkMs: 60_000, wholeMs: 120_000, atOnce: 12, pauseMs: 1 },
    onProgress: () => {},
  })
  return findings
}

function namesOf(findings: readonly Finding[]): readonly string[] {
  return findings.filter(isTrouble).map(({ check }) => check)
}

function textOf(findings: readonly Finding[]): string {
  return findings
    .filter(isTrouble)
    .flatMap(({ summary, evidence, remedy }) => [
      ...[summary, ...evidence],
      ...remedy.map(({ text, command }) => `${text} ${command ?? ''}`),
    ])
    .join('\n')
}
