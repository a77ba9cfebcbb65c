import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { type TestContext, test } from 'node:test'

import { ManualClock } from '../../base/clock.ts'
import { DAY_MS, HOUR_MS } from '../../base/durations.ts'
import type { ListenerConfig } from '../../config/types.ts'
import { fakeResolver } from '../../dns/fake.ts'
import { startServer } from '../../server.ts'
import { DataFolder } from '../testing/data-folder.ts'
import { addLogs, login, logWorld, NOW_MS } from '../testing/log-folder.ts'
import { addAccounts, CLIENT_LISTENERS, PASSWORD } from '../testing/running-server.ts'
import { findingsOf } from '../testing/world.ts'
import type { Finding } from '../types.ts'
import type { World } from '../world.ts'
import { AUTHENTICATION_CHECKS } from './checks.ts'

async function look(world: World, check: string): Promise<readonly Finding[]> {
  const found = AUTHENTICATION_CHECKS.find(({ id }) => id === `authentication.${check}`)
  assert.ok(found !== undefined)
  return await findingsOf(found, world)
}

function verdicts(findings: readonly Finding[]): string[] {
  return findings.map(({ subject, verdict }) => `${subject} ${verdict}`).sort()
}

const NAMES = CLIENT_LISTENERS.map(({ name }) => name).sort()

test('a real server: right passwords open it, wrong ones do not, and none goes in the clear', async (t) => {
  const folder = new DataFolder(t, { listeners: CLIENT_LISTENERS })
  await addAccounts(folder, ['jane'])
  await using _server = await startServer(folder.loaded.config)
  const world = await folder.world({ resolver: fakeResolver({}) })
  const wrong = await look(world, 'wrong')
  assert.deepEqual(
    verdicts(wrong),
    NAMES.map((name) => `${name} ok`),
  )
  for (const { evidence } of wrong) {
    assert.ok(evidence.length >= 2)
    for (const line of evidence)
      assert.match(line, /^(PLAIN|LOGIN|SCRAM-SHA-256): (535 |a\d NO \[AUTHENTICATIONFAILED\])/)
  }
  const clear = await look(world, 'clear')
  assert.deepEqual(
    verdicts(clear),
    NAMES.map((name) => `${name} ok`),
  )
  assert.equal((await look(world, 'login'))[0]?.verdict, 'skipped')
  const login = { address: 'jane@example.test', password: PASSWORD }
  const right = await look({ ...world, login }, 'login')
  assert.deepEqual(
    verdicts(right),
    NAMES.map((name) => `${name} ok`),
  )
  const mistyped = await look({ ...world, login: { ...login, password: 'mistyped-1' } }, 'login')
  assert.deepEqual(
    verdicts(mistyped),
    NAMES.map((name) => `${name} failing`),
  )
  assert.match(mistyped[0]?.remedy[0]?.command ?? '', /^waybill account set jane@example\.test /)
  const nobody = await look({ ...world, login: { ...login, address: 'jan@example.test' } }, 'login')
  assert.equal(nobody[0]?.remedy[0]?.command, 'waybill account add jan@example.test')
  assert.doesNotMatch(JSON.stringify([right, mistyped]), /correct horse|mistyped/)
})

test('something else that listens there, and takes any password in the clear, is found out', async (t) => {
  const port = await listen(t, (line) => {
    if (line.startsWith('EHLO')) return '250-other\r\n250 AUTH PLAIN'
    return line.startsWith('AUTH') ? '235 welcome' : '221 bye'
  })
  const { folder, status } = submissionAt(t, port, 'starttls')
  const world = await folder.world({ status })
  const [clear] = await look(world, 'clear')
  assert.equal(clear?.verdict, 'failing')
  assert.match(clear.evidence[0] ?? '', /235 welcome/)
  const { folder: other } = submissionAt(t, port, 'none')
  const [wrong] = await look(await other.world({ status }), 'wrong')
  assert.equal(wrong?.verdict, 'failing')
  assert.match(wrong.summary, /lets in a name that does not exist/)
  const [noSession] = await look(await folder.world({ status }), 'wrong')
  assert.match(noSession?.summary ?? '', /does not offer STARTTLS/)
})

test('a server that does not answer a wrong password in time is not praised', async (t) => {
  const clock = new ManualClock(NOW_MS)
  const port = await listen(t, (line) => {
    if (line.startsWith('EHLO')) return '250-other\r\n250 AUTH PLAIN'
    setImmediate(() => clock.advance(9_000))
    return null
  })
  const { folder, status } = submissionAt(t, port, 'none')
  const [late] = await look(await folder.world({ status, clock }), 'wrong')
  assert.equal(late?.verdict, 'skipped')
  assert.match(late.summary, /no answer in time/)
})

test('a listener that offers no login is not praised for refusing one', async (t) => {
  const port = await listen(t, (line) => (line.startsWith('EHLO') ? '250 other' : '502 what'))
  const { folder, status } = submissionAt(t, port, 'none')
  const [none] = await look(await folder.world({ status }), 'wrong')
  assert.equal(none?.verdict, 'warning')
  assert.match(none.summary, /^submission does not look at passwords/)
  assert.deepEqual(none.evidence, ['it offers no login over TLS'])
  assert.ok(none.remedy.length > 0)
})

test('without a server no login is praised', async (t) => {
  const world = await new DataFolder(t, { listeners: CLIENT_LISTENERS }).world()
  for (const check of ['wrong', 'clear'])
    assert.equal((await look(world, check))[0]?.verdict, 'skipped')
})

/** A server with one listener, as far as the doctor knows; whatever is there. */
function submissionAt(t: TestContext, port: number, tls: ListenerConfig['tls']) {
  const listener = { ...CLIENT_LISTENERS[0], name: 'submission', port, tls } as ListenerConfig
  const folder = new DataFolder(t, { listeners: [listener] })
  const open = { name: 'submission', address: '127.0.0.1', port, connections: 0 }
  const status = { listeners: [open], startedMs: 0 } as unknown as NonNullable<World['status']>
  return { folder, status }
}

async function withLogins(t: TestContext, authlog: string): Promise<World> {
  const folder = new DataFolder(t)
  await addAccounts(folder, ['jane', 'bob', 'sue'])
  addLogs(folder, { authlog })
  return await logWorld(folder)
}

test('a few failures are of every day', async (t) => {
  const few = login(2 * HOUR_MS, 'jane@example.test', '198.51.100.7').repeat(5)
  const world = await withLogins(t, few + login(HOUR_MS / 2, 'jane@example.test', '198.51.100.7'))
  const [failed] = await look(world, 'failures')
  assert.equal(failed?.verdict, 'ok')
  assert.match(failed.evidence[0] ?? '', /^6 failed logins and 0 that worked, in the last 24 hours/)
  assert.equal((await look(world, 'guessing'))[0]?.verdict, 'ok')
})

test('an account at which many fail is named; names that do not exist are not', async (t) => {
  const at = (user: string) => login(HOUR_MS / 2, user, '198.51.100.7').repeat(14)
  const real = await look(await withLogins(t, at('jane@example.test')), 'failures')
  assert.deepEqual(verdicts(real), ['jane@example.test warning'])
  assert.match(real[0]?.summary ?? '', /^14 logins for jane@example\.test failed in the last hour/)
  const [unreal] = await look(await withLogins(t, at('root')), 'failures')
  assert.equal(unreal?.verdict, 'ok')
})

test('networks that guess are named with whom they aim at; one that got in fails', async (t) => {
  const names = ['jane@example.test', 'bob@example.test', 'sue@example.test']
  const from = (net: string, many: number, agoMs = HOUR_MS / 2) =>
    Array.from({ length: many }, (_, at) =>
      login(agoMs, names[at % 3] ?? '', `${net}.${at % 9}`),
    ).join('')
  const authlog =
    from('203.0.113', 30, 3 * HOUR_MS) +
    from('198.51.100', 24) +
    from('192.0.2', 19) +
    from('203.0.112', 40) +
    login(HOUR_MS / 3, 'bob@example.test', '203.0.112.200', true)
  const found = await look(await withLogins(t, authlog), 'guessing')
  assert.deepEqual(verdicts(found), ['198.51.100.0/24 warning', '203.0.112.0/24 failing'])
  const inside = found.find(({ verdict }) => verdict === 'failing')
  assert.match(inside?.evidence.join('\n') ?? '', /logged in from there: bob@example\.test/)
  assert.equal(inside?.remedy[0]?.command, 'waybill account set bob@example.test --generate')
  assert.match(
    found.find(({ verdict }) => verdict === 'warning')?.evidence[0] ?? '',
    /^24 failed logins .* 9 addresses/,
  )
})

test('of many networks that guess at once the worst are named, and the others counted', async (t) => {
  const authlog = Array.from({ length: 14 }, (_, net) =>
    login(HOUR_MS / 2, 'jane@example.test', `198.51.${net}.7`).repeat(25 + net),
  ).join('')
  const found = await look(await withLogins(t, authlog), 'guessing')
  const others = found.at(-1)
  assert.equal(others?.subject, 'others')
  assert.equal(others.verdict, 'warning')
  assert.match(others.summary, new RegExp(`^${15 - found.length} more networks guess passwords$`))
  assert.ok(others.remedy.length > 0)
})

test('an office whose people mistype and then log in has not got in', async (t) => {
  const office = '203.0.112.7'
  const failing = (names: readonly string[], many: number) =>
    names.map((name) => login(HOUR_MS / 2, `${name}@example.test`, office).repeat(many)).join('')
  const inside = (names: readonly string[], agoMs: number) =>
    names.map((name) => login(agoMs, `${name}@example.test`, office, true)).join('')
  const of = async (authlog: string) =>
    (await look(await withLogins(t, authlog), 'guessing')).map(({ verdict }) => verdict)
  const all = ['jane', 'bob', 'sue']
  // All of them came in, sooner or later.
  assert.deepEqual(await of(failing(all, 10) + inside(all, HOUR_MS / 3)), ['ok'])
  assert.deepEqual(await of(inside(all, 5 * HOUR_MS) + failing(all, 10)), ['ok'])
  // A device of one of them has an old password; the others were there in the morning.
  const morning = inside(['jane', 'bob'], 5 * HOUR_MS)
  assert.deepEqual(await of(morning + failing(all, 10) + inside(['jane'], HOUR_MS / 3)), [
    'warning',
  ])
  // Who was there before is no booty, whatever is guessed from the same network.
  const guessed = failing([...all, 'root', 'admin'], 10)
  assert.deepEqual(await of(inside(['jane'], HOUR_MS * 3) + guessed + inside(['jane'], 60_000)), [
    'warning',
  ])
  // Who logs in before anybody fails there, in the same hour.
  assert.deepEqual(await of(inside(['jane'], HOUR_MS - 60_000) + guessed), ['warning'])
  assert.deepEqual(await of(guessed + inside(['jane'], HOUR_MS / 3)), ['failing'])
})

test('hashes that are too fast are named by kind, never shown', async (t) => {
  const folder = new DataFolder(t)
  await addAccounts(folder, ['jane', 'bob'])
  const [good] = await look(await folder.world(), 'passwords')
  assert.equal(good?.verdict, 'ok')
  assert.match(
    good.evidence[0] ?? '',
    /^2 accounts: \$scrypt\$ln=15,r=8,p=1, SCRAM-SHA-256\$50000$/,
  )
  folder.change((store) => {
    store.exec("UPDATE account SET password = '$scrypt$ln=10,r=8,p=1$SALT$HASH' WHERE key = 'bob'")
  })
  const [weak] = await look(await folder.world(), 'passwords')
  assert.equal(weak?.verdict, 'warning')
  assert.match(
    weak.evidence.join('\n'),
    /1 account: \$scrypt\$ln=10,r=8,p=1.*\n.*one of them: bob@/s,
  )
  assert.doesNotMatch(JSON.stringify(weak), /SALT|HASH/)
})

test('how old passwords are is said, and is no fault', async (t) => {
  const folder = new DataFolder(t)
  await addAccounts(folder, ['jane', 'bob', 'sue'])
  folder.change((store) => {
    store.exec(
      `UPDATE account SET password_set_ms = ${NOW_MS - 4 * 365 * DAY_MS} WHERE key = 'bob'`,
    )
    // As an account is that was made before this was kept.
    store.exec("UPDATE account SET password_set_ms = NULL WHERE key = 'sue'")
  })
  const [aged] = await once(folder, 'passwords')
  assert.equal(aged?.verdict, 'ok')
  assert.deepEqual(aged.evidence.slice(1), [
    'the oldest password was set 1460 days ago',
    '1 password more than 3 years old, such as that of bob@example.test',
    'of 1 account it is not known when the password was set',
  ])
  await folder.command(async (office) => {
    for (const name of ['bob', 'sue'])
      await office.run('account.set', {
        ...{ address: `${name}@example.test`, change: { password: 'another battery staple' } },
      })
  })
  const [changed] = await once(folder, 'passwords')
  assert.deepEqual(
    changed?.evidence.slice(1).map((line) => line.replace(/\d+ \w+/, 'N')),
    ['the oldest password was set N ago'],
  )
})

test('mail that nobody has ever read, and closed accounts that aliases lead to', async (t) => {
  const folder = new DataFolder(t)
  await addAccounts(folder, ['jane', 'bob'])
  assert.equal((await once(folder, 'unused'))[0]?.verdict, 'ok')
  assert.equal((await once(folder, 'disabled'))[0]?.verdict, 'ok')
  folder.change((store) => {
    store.exec(`UPDATE account SET messages = 3, created_ms = ${NOW_MS - 90 * DAY_MS}`)
    store.exec(`UPDATE mailbox SET messages = 3, unseen = iif(account_id =
      (SELECT id FROM account WHERE key = 'bob'), 3, 1) WHERE name = 'INBOX'`)
  })
  await folder.command(async (office) => {
    const target = {
      kind: 'addresses',
      addresses: ['bob@example.test', 'jane@example.test'],
    } as const
    await office.run('alias.add', { address: 'info@example.test', target })
  })
  const [idle] = await once(folder, 'unused')
  assert.equal(idle?.verdict, 'warning')
  assert.match(
    idle.evidence.join(),
    /^bob@example\.test: 3 messages, none read, none sent, made 90 days ago$/,
  )
  await folder.command((office) =>
    office.run('account.set', { address: 'bob@example.test', change: { enabled: false } }),
  )
  const [closed] = await once(folder, 'disabled')
  assert.equal(closed?.verdict, 'warning')
  assert.match(
    closed.summary,
    /mail for info@example\.test leads to bob@example\.test, which is closed/,
  )
})

/** The folder is free for commands again afterwards. */
async function once(folder: DataFolder, check: string): Promise<readonly Finding[]> {
  await using world = await folder.world()
  return await look(world, check)
}

/** An SMTP server that says to each line what it is told to; null: nothing. */
async function listen(t: TestContext, answer: (line: string) => string | null): Promise<number> {
  const server = createServer((socket) => {
    socket.write('220 other ESMTP\r\n')
    socket.on('error', () => {})
    socket.on('data', (octets) => {
      const said = answer(String(octets))
      if (said !== null) socket.write(`${said}\r\n`)
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  t.after(() => server.close())
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  return address.port
}
