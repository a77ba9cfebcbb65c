import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'

import type { Destination, Domain, Route } from '../../directory/types.ts'
import { findingsOf, worldOf } from '../testing/world.ts'
import { alertWays } from './alerts.ts'

const DOMAIN = { name: 'example.com' } as Domain

async function looked(t: TestContext, config: string, kind: Destination['kind'] = 'account') {
  const destinations = [{ kind, address: 'jane@example.net' } as Destination]
  const route: Route = { steps: [], destinations }
  const answers = { 'domain.list': [DOMAIN], route }
  const [finding, ...more] = await findingsOf(alertWays, worldOf(t, { config, answers }))
  assert.ok(finding !== undefined && more.length === 0)
  return finding
}

test('a webhook, a command or a mailbox here is a way that works when mail does not leave', async (t) => {
  const webhook = '[[alerts.webhooks]]\nname = "desk"\nurl = "https://desk.example/x"'
  for (const config of [webhook, '[alerts]\ncommand = ["/bin/page"]', ''])
    assert.equal((await looked(t, config)).verdict, 'ok', config)
  assert.deepEqual((await looked(t, webhook, 'outside')).evidence, ['by webhook desk'])
})

test('an address elsewhere alone is not, nor one that leads nowhere, nor no way at all', async (t) => {
  const elsewhere = await looked(t, '[alerts]\nmail_to = ["jane@example.net"]', 'outside')
  assert.equal(elsewhere.verdict, 'warning')
  assert.match(elsewhere.summary, /only by the queue of this server/)
  assert.equal(elsewhere.evidence[0], 'jane@example.net leads to another server (jane@example.net)')
  assert.ok(elsewhere.remedy.some(({ command }) => command === 'waybill alerts test'))
  for (const kind of ['blackhole', 'refused'] as const)
    assert.match((await looked(t, '', kind)).summary, /^nobody is told/)
  assert.match((await looked(t, '[alerts]\nmail = false')).summary, /^nobody is told/)
})

test('what is switched off is no praise and no fault', async (t) => {
  assert.equal((await looked(t, '[alerts]\nenabled = false')).verdict, 'skipped')
})

test('a way whose secret, token or URL is in a file that is not there is said, with how to make it', async (t) => {
  const desk = '[[alerts.webhooks]]\nname = "desk"\n'
  const config = `${desk}url = "https://desk.example/x"\nsecret_file = "/nowhere/a secret"`
  const secret = await looked(t, config)
  assert.equal(secret.verdict, 'warning')
  assert.match(secret.summary, /webhook desk is not there/)
  assert.match(secret.remedy[0]?.command ?? '', /openssl rand -hex 32 > '\/nowhere\/a secret'\)/)
  const ntfy = `${desk}url = "https://ntfy.example/x"\ntoken_file = "/nowhere/token"`
  const token = await looked(t, `user = "mail"\n${ntfy}`)
  assert.deepEqual([token.verdict, token.subject], ['warning', '/nowhere/token'])
  const give = '(umask 077; cat > /nowhere/token); chown mail: /nowhere/token'
  assert.equal(token.remedy[0]?.command, give)
  const url = await looked(t, `${desk}url_file = "/nowhere/url"`)
  assert.deepEqual([url.verdict, url.subject], ['warning', '/nowhere/url'])
  assert.equal((await looked(t, '[alerts]\nping_url_file = "/nowhere/ping"')).verdict, 'warning')
})
