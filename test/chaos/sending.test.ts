/** Sending among crashes, for some seconds: `npm run chaos -- --only sending` is the long version. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { sendingCampaign } from './sending.ts'

test('mail to others survives kill -9 and the other server’s crashes, each once', async (t) => {
  const seed = Date.now() % 1_000_000
  const report = await sendingCampaign({ messages: 300, kills: 5, seed })
  const { acknowledged, arrived, outages, doubtful, lost, duplicated, log, broken } = report
  t.diagnostic(
    `${acknowledged} acknowledged, ${arrived} arrived, ${outages} outages, ` +
      `${doubtful} sent again in doubt, seed ${seed}`,
  )
  assert.deepEqual(
    { lost, duplicated, log, broken },
    { lost: [], duplicated: [], log: [], broken: null },
  )
})
