/** What a person does to mail that waits, with the log lines that say who did it. */
import { Refusal, SyntaxFault, wordsOf } from '../base/faults.ts'
import type { MessageId } from '../journal/event.ts'
import { findQueued, type QueuedMessage } from '../queue/list.ts'
import {
  type BounceTarget,
  editQueued,
  type EndTarget,
  removeQueued,
  rerouteQueued,
  resumeQueued,
  runQueued,
  type SteerResult,
  type Steered,
  stopQueued,
} from '../queue/steer.ts'
import type { DestinationName, NewRecipient } from '../queue/types.ts'
import type { DeliverArgs } from '../delivery/deliver.ts'
import { parseAddress } from '../syntax/address/address.ts'
import type { QueueDesk } from './queue-desk.ts'
import {
  addAction,
  deedAction,
  dropAction,
  rerouteAction,
  senderAction,
  steerEvent,
} from './queue-lines.ts'
import {
  completedLine,
  endTarget,
  IS_FINAL,
  leaseOf,
  openGroups,
  ownOutcome,
} from './queue-targets.ts'
import type {
  Deed,
  EditRequest,
  RerouteRequest,
  SteerAnswer,
  SteerOutcome,
  SteerRequest,
} from './queue-types.ts'

/** Does one thing to whole messages. */
export async function steer(
  desk: QueueDesk,
  deed: Deed,
  { ids, by }: SteerRequest,
): Promise<SteerAnswer> {
  const { database, clock, outbox } = desk.options
  const nowMs = clock.nowMs()
  const found = findAll(desk, ids)
  const eventOf = (id: MessageId) => steerEvent(id, by, nowMs, deedAction(deed, by))
  const plain = () =>
    found.map(({ queueId, messageId }) => ({ queueId, lines: outbox.render(eventOf(messageId)) }))
  const done = (result: SteerResult) => finish(desk, ids, found, result)
  switch (deed) {
    case 'hold':
    case 'freeze': {
      const as = deed === 'hold' ? 'held' : 'frozen'
      return done(await database.write(stopQueued, { as, targets: plain(), by }))
    }
    case 'release':
    case 'thaw': {
      const from = deed === 'release' ? 'held' : 'frozen'
      return done(await database.write(resumeQueued, { from, targets: plain(), nowMs }))
    }
    case 'remove': {
      const outcome = ownOutcome('cancelled', nowMs, `removed by ${by}`)
      const targets = found.map((message) => {
        const open = message.recipients.filter(({ state }) => !IS_FINAL[state])
        const lease = leaseOf(message, message.sender, open)
        return endTarget({
          lease,
          outcome,
          action: eventOf(message.messageId),
          render: outbox.render,
        })
      })
      return done(await database.write(removeQueued, { targets }))
    }
    case 'bounce':
      return await bounce(desk, ids, found, by)
    default:
      return deed satisfies never
  }
}

async function bounce(
  desk: QueueDesk,
  ids: readonly MessageId[],
  found: readonly QueuedMessage[],
  by: string,
): Promise<SteerAnswer> {
  const { database, clock, notices, onDelivered, onRefused, outbox } = desk.options
  const nowMs = clock.nowMs()
  const outcome = ownOutcome('failed', nowMs, 'delivery cancelled by administrator')
  // Whom nobody can tell is given up all the same.
  const unheard = (error: unknown) => {
    onRefused(wordsOf(error))
    return { notices: [] }
  }
  const targets: BounceTarget<DeliverArgs>[] = []
  const owners: QueuedMessage[] = []
  for (const message of found)
    for (const [from, recipients] of openGroups(message)) {
      const lease = leaseOf(message, from, recipients)
      const action = steerEvent(message.messageId, by, nowMs, deedAction('bounce', by))
      const end: EndTarget = endTarget({ lease, outcome, action, render: outbox.render })
      const told = lease.recipients.map((recipient) => ({ recipient, outcome }))
      const prepared =
        from === null ? { notices: [] } : await notices.prepare(lease, told).catch(unheard)
      // What the notice writer keeps is what delivery takes: the wiring put the two together.
      const mail = (prepared.notices[0]?.mail ?? null) as DeliverArgs | null
      targets.push({ ...end, notice: mail })
      owners.push(message)
    }
  const result = await database.write(desk.options.bounce, { targets })
  if (result.delivered.length > 0) onDelivered(result.delivered)
  for (const why of result.refused) onRefused(why)
  return finish(desk, ids, owners, result)
}

/** Makes due what waits. @param isNow  also where a whole destination waits after failures */
export async function run(
  desk: QueueDesk,
  ids: readonly MessageId[],
  isNow: boolean,
): Promise<SteerAnswer> {
  const { database, clock, runner } = desk.options
  if (runner === undefined)
    throw new Refusal('notFound', 'no server runs here that could send; start one')
  const found = findAll(desk, ids)
  const targets = found.map(({ queueId }) => ({ queueId, lines: '', unblock: isNow }))
  const result = await database.write(runQueued, { targets, nowMs: clock.nowMs() })
  return finish(desk, ids, found, result)
}

export async function reroute(desk: QueueDesk, request: RerouteRequest): Promise<SteerAnswer> {
  const { database, clock, outbox } = desk.options
  const to = destinationOf(desk, request.to)
  const from = request.from === null ? null : nameOf(request.from)
  const found = findAll(desk, request.ids)
  const targets = found.map(({ queueId, messageId }) => {
    const action = rerouteAction(from, to, request.by)
    const event = steerEvent(messageId, request.by, clock.nowMs(), action)
    return { queueId, lines: outbox.render(event) }
  })
  const result = await database.write(rerouteQueued, { targets, destination: to, from })
  return finish(desk, request.ids, found, result)
}

/** Changes the envelope of one message. @throws Refusal notFound, invalid */
export async function edit(desk: QueueDesk, request: EditRequest): Promise<SteerAnswer> {
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
  return finish(desk, [id], [message], await database.write(editQueued, { target }))
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

/** `mx:example.net`, `example.net`, `[192.0.2.1]`, or a relay that there is. @throws Refusal */
function destinationOf({ options }: QueueDesk, text: string): DestinationName {
  const name = nameOf(text)
  const relay = name.startsWith('relay:') ? name.slice('relay:'.length) : null
  if (relay !== null && !options.relays().some((one) => one.name === relay))
    throw new Refusal('notFound', `no relay ${relay}`)
  // A bare word is rather a relay's name than a domain.
  if (relay === null && !/^mx:|[.[]/i.test(text))
    throw new Refusal('invalid', `"${text}" is no destination; write relay:NAME or mx:example.net`)
  return name
}

function nameOf(text: string): DestinationName {
  const lower = text.toLowerCase()
  if (lower.startsWith('relay:')) return lower as DestinationName
  const domain = lower.startsWith('mx:') ? text.slice(3) : text
  try {
    return `mx:${parseAddress(`x@${domain}`).domain}` as DestinationName
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error
    throw new Refusal('invalid', `"${text}" is no destination; write mx:example.net or relay:NAME`)
  }
}

/** Those of the ids that are in the queue. */
function findAll({ options }: QueueDesk, ids: readonly MessageId[]): QueuedMessage[] {
  return [...new Set(ids)].flatMap((id) => options.database.read(findQueued(id)) ?? [])
}

/** After the commit: the log, whoever sends, and the files of what is gone hear of it. */
function finish(
  { options }: QueueDesk,
  ids: readonly MessageId[],
  targets: readonly QueuedMessage[],
  result: SteerResult,
): SteerAnswer {
  const { outbox, runner, blobs } = options
  if (result.outboxId !== null) outbox.committed(result.outboxId, result.lines)
  if (result.destinations.length > 0) runner?.wake(result.destinations)
  for (const file of result.files) void blobs.remove(file)
  const became = new Map<MessageId, Steered>()
  for (const [index, { messageId }] of targets.entries()) {
    const one = result.steered[index] ?? 'gone'
    const before = became.get(messageId)
    became.set(messageId, before === 'changed' || before === 'busy' ? before : one)
  }
  const results = [...new Set(ids)].map(
    (id): SteerOutcome => ({ id, became: became.get(id) ?? 'gone' }),
  )
  return { results }
}
