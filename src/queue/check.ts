/**
 * Proves the invariants of `schema.ts` on a stored queue, live or stopped. Reads only. The octets
 * of blobs, that no blob is without a reference, and that references lead somewhere are the store's.
 */
import { all, type Steps } from '../db/statement.ts'
import type { MessageId } from '../journal/event.ts'
import type { Finding } from '../store/check.ts'
import { IS_OPEN, IS_PENDING } from './schema.ts'

/** SQL that returns one row for each violation: `object` and `text`. */
const RULES: readonly (readonly [rule: string, sql: string])[] = [
  [
    'Q1',
    `SELECT 'queued message ' || message_id AS object,
       'its size ' || queued_message.size_octets || ' is not that of its prefix and blob' AS text
     FROM queued_message LEFT JOIN blob ON blob.id = blob_id
     WHERE queued_message.size_octets IS NOT length(prefix) + blob.size_octets`,
  ],
  [
    'Q2',
    `SELECT 'queued message ' || message_id AS object,
       'nobody of it waits, and it is there' AS text
     FROM queued_message WHERE NOT EXISTS
       (SELECT 1 FROM queued_recipient WHERE queue_id = id AND ${IS_OPEN})`,
  ],
  [
    'Q3',
    `SELECT 'recipient ' || ifnull(message_id, queue_id) || ':' || number AS object,
       'it is ' || state || iif(due_ms IS NULL, ' without a time', ' with a time')
         || ifnull(', and its message is ' || stopped, '') AS text
     FROM queued_recipient JOIN queued_message ON id = queue_id
     WHERE (due_ms IS NULL) <> (CASE state
       WHEN 'pending' THEN stopped IS NOT NULL WHEN 'leased' THEN 0 ELSE 1 END)`,
  ],
  [
    'Q4',
    `SELECT 'recipient ' || queue_id || ':' || number AS object,
       'its message is not there' AS text
     FROM queued_recipient WHERE NOT EXISTS (SELECT 1 FROM queued_message WHERE id = queue_id)`,
  ],
  [
    'Q4',
    `SELECT 'queued message ' || message_id AS object,
       'it came with ' || max(number) || ' recipients, and has ' || count(*) AS text
     FROM queued_message JOIN queued_recipient ON queue_id = id GROUP BY id
     HAVING min(number) <> 1 OR max(number) <> count(*)`,
  ],
  [
    'Q5',
    `SELECT 'destination ' || destination AS object,
       'recipients wait for it, and it has no row' AS text
     FROM queued_recipient WHERE ${IS_OPEN}
       AND NOT EXISTS (SELECT 1 FROM queue_destination WHERE name = destination)
     GROUP BY destination`,
  ],
  [
    'Q5',
    `SELECT 'destination ' || name AS object, 'it has a row, and nobody waits for it' AS text
     FROM queue_destination WHERE NOT EXISTS
       (SELECT 1 FROM queued_recipient WHERE destination = name AND ${IS_OPEN})`,
  ],
  [
    'Q5',
    `SELECT 'destination ' || name AS object,
       'its time is ' || ifnull(due_ms, 'none') || ', and that of its first recipient '
         || ifnull(first, 'none') AS text
     FROM (SELECT name, due_ms, (SELECT min(due_ms) FROM queued_recipient
       WHERE destination = name AND ${IS_PENDING} AND due_ms >= 0) AS first FROM queue_destination)
     WHERE due_ms IS NOT first`,
  ],
  [
    'Q6',
    `SELECT 'recipient ' || queue_id || ':' || number AS object,
       'it is ' || state || ', tried ' || attempts || ' times, and its last outcome is '
         || ifnull(outcome ->> 'kind', 'missing') AS text
     FROM queued_recipient
     WHERE (attempts > 0) <> (tried_ms IS NOT NULL) OR (attempts > 0 AND outcome IS NULL)
       OR iif(${IS_OPEN}, outcome ->> 'kind' <> 'deferred', outcome ->> 'kind' IS NOT state)`,
  ],
]

/** Everything the queue says about itself, at one instant. */
export function* checkQueue(): Steps<Finding[]> {
  const findings: Finding[] = []
  for (const [rule, sql] of RULES)
    for (const { object, text } of yield* all<{ object: string; text: string }>(sql))
      findings.push({ rule, object, text })
  return findings
}

/** Recipients that wait, by the id of their message in the log, for the check of the log. */
export function* waitingRecipients(): Steps<Map<MessageId, string[]>> {
  const found = yield* all<{ message_id: MessageId; address: string; parents: string }>(
    `SELECT message_id, address, parents FROM queued_recipient
     JOIN queued_message ON id = queue_id WHERE ${IS_OPEN}`,
  )
  const waiting = new Map<MessageId, string[]>()
  for (const { message_id: id, address, parents } of found) {
    const addresses = [address, ...(JSON.parse(parents) as string[])]
    waiting.set(id, [...(waiting.get(id) ?? []), ...addresses])
  }
  return waiting
}
