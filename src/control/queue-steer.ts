/** What a person does to mail that waits, with the log lines that say who did it. */
import { Refusal, SyntaxFault, wordsOf } from '../base/faults.ts'
import { ResolverFault } from '../dns/resolver.ts'
import type { MessageId } from '../journal/event.ts'
import { leaseOfGroup, recipientGroups } from '../queue/groups.ts'
import { findQueued, messageIdsOf, type QueuedMessage } from '../queue/list.ts'
import {
  type BounceTarget,
  leasedAmong,
  removeQueued,
  rerouteQueued,
  resumeQueued,
  runQueued,
  type SteeredMessage,
  type SteerResult,
  type Steered,
  steeredMessages,
  stopQueued,
} from '../queue/steer.ts'
import type { DestinationName, QueueId } from '../queue/types.ts'
import type { DeliverArgs } from '../delivery/deliver.ts'
import { parseAddress } from '../syntax/address/address.ts'
import { committed, type QueueDesk, type QueueDeskOptions } from './queue-desk.ts'
import { deedAction, rerouteAction, steerEvent } from './queue-lines.ts'
import { askBack, patiently, underwayOutcome } from './queue-patience.ts'
import { completedLine, failedTarget, IS_FINAL, ownOutcome } from './queue-targets.ts'
import {
  type Deed,
  DOMAIN_ADD,
  type RerouteRequest,
  type SteerAnswer,
  type SteerOutcome,
  type SteerRequest,
} from './queue-types.ts'

/** Does one thing to whole messages. */
export async function steer(
  desk: QueueDesk,
  deed: Deed,
  { ids, by }: SteerRequest,
): Promise<SteerAnswer> {
  switch (deed) {
    case 'hold':
    case 'freeze':
      return await stop(desk, deed, ids, by)
    case 'release':
    case 'thaw':
      return { results: await resume(desk, deed, ids, by) }
    case 'remove':
      return await patiently(desk, { ids, by, act: (some) => remove(desk, some, by) })
    case 'bounce':
      return await patiently(desk, { ids, by, act: (some) => bounce(desk, some, by) })
    default:
      return deed satisfies never
  }
}

/** What waits for a domain that came here. @returns how many messages are held now */
export async function holdForNewDomain(
  desk: QueueDesk,
  queueIds: readonly QueueId[],
): Promise<number> {
  const ids = desk.options.database.read(messageIdsOf(queueIds)).map((one) => one.messageId)
  const { results } = await stop(desk, 'hold', ids, DOMAIN_ADD)
  return results.filter(({ became }) => became === 'changed' || became === 'underway').length
}

/** Also what is under way, where no other server can have it yet. */
async function stop(
  desk: QueueDesk,
  deed: 'hold' | 'freeze',
  ids: readonly MessageId[],
  by: string,
): Promise<SteerAnswer> {
  const { database } = desk.options
  const as = deed === 'hold' ? 'held' : 'frozen'
  const stopped: SteeredMessage[] = []
  const results = await inPieces(desk, ids, async (found) => {
    stopped.push(...found)
    const targets = plainTargets(desk, found, deed, by)
    return await database.write(stopQueued, { as, targets, by })
  })
  const leased = database.read(leasedAmong(stopped.map(({ queueId }) => queueId)))
  const underway = Map.groupBy(await askBack(desk, leased), ({ queueId }) => queueId)
  const late = new Map(
    stopped.map(({ messageId, queueId }) => [messageId, underway.get(queueId) ?? []]),
  )
  return {
    results: results.map((one) => {
      const attempts = late.get(one.id) ?? []
      return attempts.length === 0 ? one : underwayOutcome(one.id, attempts)
    }),
  }
}

async function resume(
  desk: QueueDesk,
  deed: 'release' | 'thaw',
  ids: readonly MessageId[],
  by: string,
): Promise<readonly SteerOutcome[]> {
  const { database, clock } = desk.options
  const from = deed === 'release' ? 'held' : 'frozen'
  return await inPieces(desk, ids, async (found) => {
    desk.wishes.forget(found.map(({ queueId }) => queueId))
    const targets = plainTargets(desk, found, deed, by)
    return await database.write(resumeQueued, { from, targets, nowMs: clock.nowMs() })
  })
}

async function remove(
  desk: QueueDesk,
  ids: readonly MessageId[],
  by: string,
): Promise<readonly SteerOutcome[]> {
  const { database, clock, outbox } = desk.options
  return await inPieces(desk, ids, async (found) => {
    const nowMs = clock.nowMs()
    const action = deedAction('remove', by)
    const targets = found.map((message) => ({
      queueId: message.queueId,
      lines: outbox.render(steerEvent(message.messageId, by, nowMs, action)),
      completedLine: completedLine(message, nowMs, outbox.render),
    }))
    return await database.write(removeQueued, { targets })
  })
}

function plainTargets(
  { options: { clock, outbox } }: QueueDesk,
  found: readonly SteeredMessage[],
  deed: Deed,
  by: string,
) {
  const action = deedAction(deed, by)
  const nowMs = clock.nowMs()
  return found.map(({ queueId, messageId }) => ({
    queueId,
    lines: outbox.render(steerEvent(messageId, by, nowMs, action)),
  }))
}

async function bounce(
  desk: QueueDesk,
  ids: readonly MessageId[],
  by: string,
): Promise<readonly SteerOutcome[]> {
  const results: SteerOutcome[] = []
  for (const some of piecesOf(ids)) results.push(...(await bounceSome(desk, some, by)))
  return results
}

async function bounceSome(
  desk: QueueDesk,
  ids: readonly MessageId[],
  by: string,
): Promise<readonly SteerOutcome[]> {
  const { database, clock, notices, onRefused, outbox } = desk.options
  const nowMs = clock.nowMs()
  const outcome = ownOutcome('failed', nowMs, 'delivery cancelled by administrator')
  // Whom nobody can tell is given up all the same.
  const unheard = (error: unknown) => {
    onRefused(wordsOf(error))
    return { notices: [] }
  }
  const targets: BounceTarget<DeliverArgs>[] = []
  const owners: QueuedMessage[] = []
  for (const message of ids.flatMap((id) => database.read(findQueued(id)) ?? [])) {
    const action = steerEvent(message.messageId, by, nowMs, deedAction('bounce', by))
    const open = message.recipients.filter(({ state }) => !IS_FINAL[state])
    for (const group of recipientGroups(open, ({ reversePath }) => reversePath ?? '')) {
      const end = failedTarget({ message, group, outcome, action, render: outbox.render })
      const lease = leaseOfGroup(message, group)
      const told = lease.recipients.map((recipient) => ({ recipient, outcome }))
      const prepared =
        lease.from === null ? { notices: [] } : await notices.prepare(lease, told).catch(unheard)
      // What the notice writer keeps is what delivery takes: the wiring put the two together.
      const mail = (prepared.notices[0]?.mail ?? null) as DeliverArgs | null
      targets.push({ ...end, notice: mail })
      owners.push(message)
    }
  }
  const result = await database.write(desk.options.bounce, { targets })
  committed(desk, result)
  return outcomesOf(ids, owners, result.steered)
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
  const results = await inPieces(desk, ids, async (found) => {
    const targets = found.map(({ queueId }) => ({ queueId, lines: '', unblock: isNow }))
    return await database.write(runQueued, { targets, nowMs: clock.nowMs() })
  })
  return { results }
}

export async function reroute(desk: QueueDesk, request: RerouteRequest): Promise<SteerAnswer> {
  const { database, clock, outbox } = desk.options
  const to = destinationOf(desk, request.to)
  await requireDomain(desk.options, to)
  const from = request.from === null ? null : nameOf(request.from)
  const results = await inPieces(desk, request.ids, async (found) => {
    const targets = found.map(({ queueId, messageId }) => {
      const action = rerouteAction(from, to, request.by)
      const event = steerEvent(messageId, request.by, clock.nowMs(), action)
      return { queueId, lines: outbox.render(event) }
    })
    return await database.write(rerouteQueued, { targets, destination: to, from })
  })
  return { results }
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

/**
 * Mail to a domain that does not exist is given back at once: a slip of the pen would return a whole
 * queue. When DNS does not answer, nobody knows. @throws Refusal
 */
export async function requireDomain(
  { resolver }: Pick<QueueDeskOptions, 'resolver'>,
  to: DestinationName,
): Promise<void> {
  const domain = to.startsWith('mx:') ? to.slice('mx:'.length) : '['
  if (resolver === undefined || domain.startsWith('[')) return
  try {
    const { exists } = await resolver.mxAnswer(domain)
    if (!exists) throw new Refusal('notFound', `the domain ${domain} does not exist in DNS`)
  } catch (error) {
    if (!(error instanceof ResolverFault)) throw error
  }
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

/** A hundred messages a write, so that the writes of others come in between. */
async function inPieces(
  desk: QueueDesk,
  ids: readonly MessageId[],
  write: (found: readonly SteeredMessage[]) => Promise<SteerResult>,
): Promise<readonly SteerOutcome[]> {
  const results: SteerOutcome[] = []
  for (const some of piecesOf(ids)) {
    const found = desk.options.database.read(steeredMessages(some))
    const result = await write(found)
    committed(desk, result)
    results.push(...outcomesOf(some, found, result.steered))
  }
  return results
}

function* piecesOf(ids: readonly MessageId[]): Generator<readonly MessageId[]> {
  const all = [...new Set(ids)]
  for (let at = 0; at < all.length; at += PIECE) yield all.slice(at, at + PIECE)
}

/** @param targets  messages, some of them more than once; those that are not among them are gone */
function outcomesOf(
  ids: readonly MessageId[],
  targets: readonly { readonly messageId: MessageId }[],
  steered: readonly Steered[],
): readonly SteerOutcome[] {
  const became = new Map<MessageId, Steered>()
  for (const [index, { messageId }] of targets.entries()) {
    const all = [became.get(messageId), steered[index]]
    // A message of which a part is busy is not done, whatever became of the rest.
    const one = (['busy', 'changed'] as const).find((word) => all.includes(word))
    became.set(messageId, one ?? steered[index] ?? 'gone')
  }
  return ids.map((id): SteerOutcome => ({ id, became: became.get(id) ?? 'gone' }))
}

const PIECE = 100
