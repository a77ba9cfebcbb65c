/** The one account of tests, and the writes that make and change it. */
import { change, defineWrite, type Steps } from '../../db/statement.ts'
import type { AccountId } from '../../directory/types.ts'
import { createFirstMailboxes } from '../mailboxes.ts'

/** `jane@here.example`. */
export const JANE = 1 as AccountId

export const makeJane = defineWrite('makeJane', function* (): Steps<void> {
  yield* change(`INSERT INTO domain VALUES (1, 'here.example', 0)`)
  yield* change(
    `INSERT INTO account (id, domain_id, key, localpart, password, scram, uid_validity, created_ms)
     VALUES (1, 1, 'jane', 'jane', '', '', 1700000000, 0)`,
  )
  yield* createFirstMailboxes(JANE)
})

export const setQuota = defineWrite(
  'setQuota',
  function* ({ octets }: { octets: number }): Steps<void> {
    yield* change('UPDATE account SET quota_octets = ?', octets)
  },
)
