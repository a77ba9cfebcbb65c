/** Mail to Postfix and Exim, and from them: each message arrives, once, and our log tells of it. */
import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import {
  domainAtPort,
  EXIM,
  HOW_TO_INSTALL,
  type MailPeer,
  PEER_RECIPIENT,
  POSTFIX,
  SUBMISSION,
} from '../../bench/peers.ts'
import { type Reply, startResponder } from '../../src/dns/testing/responder.ts'
import { logFor, versionOf } from '../support/exim-tools.ts'
import { makeMessage } from '../support/message.ts'
import { assertSound, settingsFor } from '../support/other-servers.ts'
import { findProgram, missingPrograms, run } from '../support/programs.ts'
import { SmtpClient } from '../support/smtp-client.ts'
import { hasGreeting, startWaybill, type Waybill } from '../support/waybill.ts'

/** Its mail goes by Postfix, with TLS and AUTH. */
const ANN = 'ann@posts.test'
/** Her mail goes by Exim. */
const EVE = 'eve@exims.test'
const EACH = 24
/** Found by MX records, each way. Exim starts two processes for each: 1000 are a minute of two cores. */
const MANY = {
  [POSTFIX.name]: 1000,
  [EXIM.name]: Number(process.env['WAYBILL_TEST_EXIM_MESSAGES'] ?? 200),
}
const RUN = `${process.pid}-${Date.now()}`

test('Postfix and Exim', { skip: await missingPeers() }, async (t) => {
  await using server = await startWaybill({ accounts: { [ANN]: 'post haste', [EVE]: 'ex libris' } })
  await server.cliOk([
    ...['relay', 'add', 'exim', '--host', `127.0.0.1:${EXIM.port}`, '--tls', 'starttls'],
    ...['--no-check', '--for-sender', 'exims.test'],
  ])
  const sinceMs = Date.now() - 1000
  t.after(() => removeOurs(sinceMs))

  for (const [mechanism, name] of [
    ['PLAIN', 'plain'],
    ['LOGIN', 'login'],
    ['CRAM-MD5', 'cram_md5'],
    ['SCRAM-SHA-256', 'scram_sha_256'],
    ['auto', 'scram_sha_256'],
  ] as const)
    await t.test(`to Postfix, logged in by ${mechanism}`, async () => {
      await usePostfix(server, mechanism)
      await sendOut(server, { from: ANN, by: `out-${mechanism}`, count: EACH / 4 })
      await arrives(POSTFIX, `out-${mechanism}`, EACH / 4, sinceMs)
      const line = `R=relay T=\\S+ S=\\d+ H=\\S* ?\\[127\\.0\\.0\\.1\\]:2603 X=TLS1\\S+ .*A=${name}:?\\S* `
      await server.logged('mainlog', new RegExp(` => ${PEER_RECIPIENT} .*${line}`))
    })

  await t.test('to Exim, by TLS', async () => {
    await sendOut(server, { from: EVE, by: 'out-exim', count: EACH })
    await arrives(EXIM, 'out-exim', EACH, sinceMs)
    await server.logged('mainlog', new RegExp(` => ${PEER_RECIPIENT} .*\\]:2601 X=TLS1`))
  })

  const domain = domainAtPort(server.ports.smtp)
  await server.cliOk(['domain', 'add', domain])
  await server.addAccount(`user@${domain}`, 'welcome back')
  for (const peer of [POSTFIX, EXIM])
    await t.test(`from ${peer.name}, by TLS`, async () => {
      await comesBack(server, peer, { to: `user@${domain}` })
    })

  await t.test("Exim's tools read the log of it", async (t) => await readByTools(t, server))
})

test('many messages each way, to hosts that MX records name', {
  skip: await missingPeers(),
}, async (t) => {
  await using dns = await startResponder(({ name, type }) => [answerFor(name, type)])
  const sinceMs = Date.now() - 1000
  t.after(() => removeOurs(sinceMs))
  const settings = (port: number) => settingsFor(port, dns.server.port)
  // One account may not send so much in a day.
  const accounts = { [ANN]: 'post haste', [EVE]: 'ex libris' }
  await using server = await startWaybill({ accounts, settings: settings(POSTFIX.port) })
  const domain = domainAtPort(server.ports.smtp)
  await server.cliOk(['domain', 'add', domain])
  await server.addAccount(`user@${domain}`, 'welcome back')
  for (const peer of [POSTFIX, EXIM]) {
    server.configure(settings(peer.port))
    await server.stop()
    await server.start()
    await t.test(`to and from ${peer.name}`, async () => {
      const by = `mx-${peer.name}`
      const count = MANY[peer.name] ?? EACH
      await Promise.all([
        sendOut(server, { from: peer === POSTFIX ? ANN : EVE, by, count }).then(() =>
          arrives(peer, by, count, sinceMs),
        ),
        comesBack(server, peer, { to: `user@${domain}`, count }),
      ])
      const host = `H=mx\\.bench\\.test \\[127\\.0\\.0\\.1\\]:${peer.port} `
      await server.logged('mainlog', new RegExp(` => ${PEER_RECIPIENT} .*R=mx T=\\S+ .*${host}`))
    })
  }
  await assertSound(server)
})

function answerFor(name: string, type: string): Reply {
  if (type === 'MX' && name === 'bench.test')
    return {
      answers: [{ type, name, ttl: 300, data: { preference: 10, exchange: 'mx.bench.test' } }],
    }
  if (type === 'A' && name === 'mx.bench.test')
    return { answers: [{ type, name, ttl: 300, data: '127.0.0.1' }] }
  return {}
}

/** A relay of a new name for each, so that no connection of before is used. */
async function usePostfix(server: Waybill, mechanism: string): Promise<void> {
  const [before] = /^postfix-\S+/m.exec(await server.cliOk(['relay', 'list'])) ?? []
  if (before !== undefined) await server.cliOk(['relay', 'remove', before, '--yes'])
  await server.cliOk(
    [
      ...['relay', 'add', `postfix-${mechanism.toLowerCase()}`, '--mechanism', mechanism],
      ...['--host', `127.0.0.1:${SUBMISSION.port}`, '--tls', 'starttls', '--no-check'],
      ...['--user', SUBMISSION.user, '--password-stdin', '--for-sender', 'posts.test'],
    ],
    { input: `${SUBMISSION.password}\n` },
  )
}

interface Outgoing {
  readonly from: string
  /** What their Message-IDs begin with. */
  readonly by: string
  readonly count: number
}

async function sendOut(server: Waybill, { from, by, count }: Outgoing): Promise<void> {
  await onSessions(
    idsOf(by, count),
    () => server.submission(from),
    async (smtp, id) => {
      const message = makeMessage({ id, from, to: PEER_RECIPIENT, subject: id, bodyOctets: 3000 })
      const reply = await smtp.send({ from, to: [PEER_RECIPIENT] }, message)
      assert.equal(reply.code, 250, reply.text)
    },
  )
}

/** All of them, over a few sessions at once, and so many on each as a server takes. */
async function onSessions(
  ids: readonly string[],
  open: () => Promise<SmtpClient>,
  send: (smtp: SmtpClient, id: string) => Promise<void>,
): Promise<void> {
  const left = [...ids]
  const sessions = Array.from({ length: Math.min(3, Math.ceil(ids.length / 100)) }, async () => {
    while (left.length > 0) {
      await using smtp = await open()
      for (const id of left.splice(0, 100)) await send(smtp, id)
    }
  })
  await Promise.all(sessions)
}

function idsOf(by: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${by}-${index}.${RUN}@client.test`)
}

/** Each is in the peer's Maildir, once. */
async function arrives(peer: MailPeer, by: string, count: number, sinceMs: number): Promise<void> {
  const read = new Map<string, string>()
  const found = () => {
    for (const { path, text } of peer.deliveredSince(sinceMs, read))
      read.set(path, text.slice(0, text.indexOf('\n\n')))
    return [...read.values()].flatMap((header) => /^Message-ID: <(.*)>/m.exec(header)?.[1] ?? [])
  }
  await eachOnce(idsOf(by, count), found, `at ${peer.name}`)
}

/** Waits until all are there; then none is there twice. */
async function eachOnce(
  ids: readonly string[],
  found: () => readonly string[] | Promise<readonly string[]>,
  where: string,
): Promise<void> {
  const wanted = new Set(ids)
  let there: string[] = []
  await until(async () => {
    there = (await found()).filter((id) => wanted.has(id))
    return new Set(there).size === wanted.size
  }, `${ids[0]} and the others ${where}`)
  assert.equal(there.length, ids.length, `some are there twice, ${where}`)
}

/** What the peer is given for us is in the INBOX, each once. */
async function comesBack(
  server: Waybill,
  peer: MailPeer,
  { to, count = EACH }: { readonly to: string; readonly count?: number },
): Promise<void> {
  const ids = idsOf(`back-${peer.name}-${count}`, count)
  await onSessions(
    ids,
    () => SmtpClient.open(peer.port),
    async (smtp, id) => {
      const reply = await smtp.send({ from: PEER_RECIPIENT, to: [to] }, makeMessage({ id, to }))
      assert.equal(reply.code, 250, reply.text)
    },
  )
  await using imap = await server.imap(to)
  const found = async (): Promise<string[]> => {
    await imap.ok('SELECT INBOX')
    const { untagged } = await imap.ok('FETCH 1:* (BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])')
    const fields = untagged.flatMap(({ literals }) => literals.map(String))
    return fields.flatMap((field) => /<(.*)>/.exec(field)?.[1] ?? [])
  }
  const last = ids.at(-1)?.replaceAll('.', '\\.') ?? ''
  await until(() => new RegExp(` id=${last} `).test(server.log('mainlog')), `${last} from it`)
  await eachOnce(ids, found, `from ${peer.name}`)
  await server.logged(
    'mainlog',
    new RegExp(` <= ${PEER_RECIPIENT} .*P=esmtps X=TLS1\\S+ .*id=${last} `),
  )
}

async function readByTools(t: TestContext, server: Waybill): Promise<void> {
  const missing = missingPrograms('exigrep', 'eximstats')
  if (missing !== false) return t.skip(missing)
  const out = 5 * (EACH / 4) + EACH
  const all = out + 2 * EACH
  const completed = () => server.log('mainlog').match(/ Completed/g)?.length
  await until(() => completed() === all, `${all} messages completed`)
  const copy = join(server.folder, 'log-for-exim-tools')
  const tool = async (name: string, ...args: string[]) => {
    const path = findProgram(name) ?? name
    writeFileSync(copy, logFor(await versionOf(path), server.log('mainlog')))
    const ran = await run(path, [...args, copy])
    assert.equal(ran.stderr, '')
    return ran.stdout
  }
  const one = await tool('exigrep', 'out-exim-7\\.')
  assert.match(one, / <= eve@exims\.test .*id=out-exim-7\./)
  assert.match(one, / => user@bench\.test .*C="250 /)
  assert.match(one, / Completed/)
  assert.doesNotMatch(one, /out-exim-8\./)
  const report = await tool('eximstats', '-txt')
  assert.match(report, new RegExp(`^\\s*Received\\s+\\S+\\s+${all}\\b`, 'm'))
  assert.match(report, new RegExp(`^\\s*Delivered\\s+\\S+\\s+${all}\\s+${all}\\b`, 'm'))
}

async function missingPeers(): Promise<string | false> {
  const missing: string[] = []
  for (const { name, port } of [POSTFIX, EXIM, { name: "Postfix' submission", ...SUBMISSION }])
    if (!(await hasGreeting(port))) missing.push(name)
  return missing.length === 0 ? false : `${missing.join(' and ')}: not running (${HOW_TO_INSTALL})`
}

/** Leaves the peers' Maildirs as they were. */
function removeOurs(sinceMs: number): void {
  for (const peer of [POSTFIX, EXIM])
    for (const { path, text } of peer.deliveredSince(sinceMs))
      if (text.includes(`.${RUN}@client.test>`)) rmSync(path)
}

async function until(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 60_000
  while (!(await isSo())) {
    if (Date.now() > deadline) assert.fail(`not in time: ${what}`)
    await sleep(100)
  }
}
