/** What becomes of the sessions of an account that is removed, and of its name. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { makeMessage } from '../support/message.ts'
import { startWaybill } from '../support/waybill.ts'

test('a removed account loses its sessions; made again, it is another one', async () => {
  await using waybill = await startWaybill({ accounts: { 'a@x.test': 'first password' } })
  await using idle = await waybill.imap('a@x.test')
  await idle.ok('APPEND INBOX', makeMessage({ id: 'old' }))
  await idle.ok('SELECT INBOX')
  await idle.idle()
  await using submission = await waybill.submission('a@x.test')
  await waybill.cliOk(['account', 'remove', 'a@x.test', '--yes'])
  await idle.awaitUntagged(/^\* BYE /, 5000)
  await submission.expect(421)

  await waybill.addAccount('a@x.test', 'second password')
  await using again = await waybill.imap('a@x.test')
  assert.equal(await again.status('INBOX', 'MESSAGES'), 0)
})
