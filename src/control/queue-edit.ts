/** Another envelope for one message. */
import { Refusal, SyntaxFault } from '../base/faults.ts'
import type { QueuedMessage } from '../queue/list.ts'
import { editQueued, resumeQueued } from '../queue/steer.ts'
import type { DestinationName, NewRecipient } from '../queue/types.ts'
import { parseAddress } from '../syntax/address/address.ts'
import { committed, type QueueDesk } from './queue-desk.ts'
import { addAction, deedAction, dropAction, senderAction, steerEvent } from './queue-lines.ts'
import { patiently } from './queue-patience.ts'
import { completedLine, IS_FINAL, ownOutcome } from './queue-targets.ts'
import type { EditRequest, SteerAnswer, SteerOutcome } from './queue-types.ts'

/**
 * Changes the envelope of one message. Of one that another server may have already, recipients are
 * dropped when it has answered and did not take it; the rest is done at once.
 * @throws Refusal notFound, invalid
 */
export async function edit(desk: QueueDesk, request: EditRequest): Promise<SteerAnswer> {
  const { id, by, add, from } = request
  const { database, clock, outbox } = desk.options
  const { stopped } = desk.find(id)
  return await patiently(desk, {
    ids: [id],
    by,
    act: async () => [await editOnce(desk, request)],
    async beforeLater() {
      if (add.length > 0 || from !== null) await editOnce(desk, { ...request, drop: [] })
    },
    async later({ queueId }) {
      const waits = new Set(openAddresses(desk.find(id)))
      const drop = request.drop.filter((address) => waits.has(address.toLowerCase()))
      if (drop.length > 0) await editOnce(desk, { ...request, add: [], from: null, drop })
      if (stopped !== null) return
      const nowMs = clock.nowMs()
      const lines = outbox.render(steerEvent(id, by, nowMs, deedAction('release', by)))
      const targets = [{ queueId, lines }]
      committed(desk, await database.write(resumeQueued, { from: 'held', targets, nowMs }))
    },
  })
}

function openAddresses({ recipients }: QueuedMessage): string[] {
  return recipients.flatMap(({ address, state }) =>
    IS_FINAL[state] ? [] : [address.toLowerCase()],
  )
}

async function editOnce(desk: QueueDesk, request: EditRequest): Promise<SteerOutcome> {
  const { database, clock, outbox } = desk.options
  const { id, by } = request
  const nowMs = clock.nowMs()
  const message = desk.find(id)
  const sender = request.from === null ? undefined : senderOf(request.from)
  const dropped = request.drop.map((address) => openRecipient(message, address))
  const asSender = sender === undefined ? message.sender : sender
  const add = request.add.map((address) => newRecipient(desk, message, address, asSender))
  const actions = [
    ...dropped.flatMap(({ address, parents }) =>
      [address, ...parents.slice(-1)].map((one) => dropAction(one, by)),
    ),
    ...add.map(({ address }) => addAction(address, by)),
    ...(sender === undefined ? [] : [senderAction(sender, by)]),
  ]
  const target = {
    queueId: message.queueId,
    lines: actions.map((one) => outbox.render(steerEvent(id, by, nowMs, one))).join(''),
    completedLine: completedLine(message, nowMs, outbox.render),
    drop: dropped.map(({ number }) => number),
    outcome: ownOutcome('cancelled', nowMs, `dropped by ${by}`),
    add,
    ...(sender === undefined ? {} : { sender }),
  }
  const result = await database.write(editQueued, { target })
  committed(desk, result)
  return { id, became: result.steered[0] ?? 'gone' }
}

function openRecipient({ recipients, messageId }: QueuedMessage, address: string) {
  const wanted = address.toLowerCase()
  const found = recipients.find(
    (one) => one.address.toLowerCase() === wanted && !IS_FINAL[one.state],
  )
  if (found === undefined)
    throw new Refusal('notFound', `${messageId} does not wait for ${address}`)
  return found
}

function newRecipient(
  desk: QueueDesk,
  { recipients }: QueuedMessage,
  address: string,
  sender: string | null,
): NewRecipient {
  checkAddress(address)
  const wanted = address.toLowerCase()
  if (recipients.some((one) => one.address.toLowerCase() === wanted && !IS_FINAL[one.state]))
    throw new Refusal('alreadyExists', `the message waits for ${address} already`)
  const [destination] = desk.options.route(address, sender).destinations
  if (destination?.kind !== 'outside' || destination.parents.length > 0)
    throw new Refusal(
      'invalid',
      `${address} is an address of this server; only others can be added to mail in the queue`,
    )
  return {
    ...{ address: destination.address, parents: [], reversePath: null },
    ...{ notify: null, original: null },
    destination: destination.destination as string as DestinationName,
    inNameOf: destination.inNameOf,
  }
}

function senderOf(text: string): string | null {
  if (text === '' || text === '<>') return null
  checkAddress(text)
  return text
}

function checkAddress(text: string): void {
  try {
    parseAddress(text)
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error
    throw new Refusal('invalid', `"${text}" is not an address`)
  }
}
