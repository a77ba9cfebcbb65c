/** The queue over the control socket. */
import { Refusal } from '../base/faults.ts'
import type { MessageId } from '../journal/event.ts'
import type { RunnerStatus } from '../queue/runner-types.ts'
import type { SummaryPage } from '../queue/summary.ts'
import type { QueueId } from '../queue/types.ts'
import type { QueueDesk } from './queue-desk.ts'
import { edit } from './queue-edit.ts'
import { reroute, run, steer } from './queue-steer.ts'
import {
  type ContentPiece,
  type Deed,
  type EditRequest,
  type ListedIds,
  type ListedMessages,
  MOST_STEERED,
  type PageFilter,
  type QueueView,
  type RerouteRequest,
  type SteerAnswer,
  type SteerRequest,
} from './queue-types.ts'

/** What each command takes and gives. Lists come in pages. */
export interface QueueCommands extends DeedCommands {
  'queue.list': { args: PageArgs<QueueId>; result: ListedMessages }
  'queue.ids': { args: PageArgs<QueueId>; result: ListedIds }
  'queue.count': { args: Record<never, never>; result: number }
  'queue.summary': { args: { after: QueueId | null }; result: SummaryPage }
  'queue.show': { args: { id: MessageId }; result: QueueView }
  'queue.content': { args: { id: MessageId; offset: number }; result: ContentPiece }
  'queue.attempts': { args: Record<never, never>; result: readonly RunnerStatus[] | null }
  'queue.run': { args: { ids: readonly MessageId[]; now: boolean }; result: SteerAnswer }
  'queue.reroute': { args: RerouteRequest; result: SteerAnswer }
  'queue.edit': { args: EditRequest; result: SteerAnswer }
}

type DeedCommands = {
  readonly [D in Deed as `queue.${D}`]: { args: SteerRequest; result: SteerAnswer }
}

interface PageArgs<Key> {
  readonly filter: PageFilter
  /** Null: from the beginning. */
  readonly after: Key | null
}

/** What they work on. */
export interface QueueOffice {
  readonly queue: QueueDesk
}

type Run<Name extends keyof QueueCommands> = (
  office: QueueOffice,
  args: QueueCommands[Name]['args'],
) => QueueCommands[Name]['result'] | Promise<QueueCommands[Name]['result']>

const deed =
  (name: Deed) =>
  ({ queue }: QueueOffice, args: SteerRequest): Promise<SteerAnswer> =>
    steer(queue, name, checked(args))

export const RUN_QUEUE: { readonly [Name in keyof QueueCommands]: Run<Name> } = {
  'queue.list': ({ queue }, { filter, after }) => queue.list(filter, after),
  'queue.ids': ({ queue }, { filter, after }) => queue.ids(filter, after),
  'queue.count': ({ queue }) => queue.count(),
  'queue.summary': ({ queue }, { after }) => queue.summary(after),
  'queue.show': ({ queue }, { id }) => queue.show(id),
  'queue.content': ({ queue }, { id, offset }) => queue.content(id, offset),
  'queue.attempts': ({ queue }) => queue.attempts(),
  'queue.run': ({ queue }, { ids, now }) => run(queue, checkedIds(ids), now),
  'queue.hold': deed('hold'),
  'queue.release': deed('release'),
  'queue.freeze': deed('freeze'),
  'queue.thaw': deed('thaw'),
  'queue.remove': deed('remove'),
  'queue.bounce': deed('bounce'),
  'queue.reroute': ({ queue }, args) => reroute(queue, checked(args)),
  'queue.edit': ({ queue }, args) => edit(queue, { ...args, by: checkedName(args.by) }),
}

export const QUEUE_REQUIRED: { readonly [Name in keyof QueueCommands]: readonly string[] } = {
  'queue.list': ['filter', 'after'],
  'queue.ids': ['filter', 'after'],
  'queue.count': [],
  'queue.summary': ['after'],
  'queue.show': ['id'],
  'queue.content': ['id', 'offset'],
  'queue.attempts': [],
  'queue.run': ['ids', 'now'],
  'queue.hold': ['ids', 'by'],
  'queue.release': ['ids', 'by'],
  'queue.freeze': ['ids', 'by'],
  'queue.thaw': ['ids', 'by'],
  'queue.remove': ['ids', 'by'],
  'queue.bounce': ['ids', 'by'],
  'queue.reroute': ['ids', 'by', 'to', 'from'],
  'queue.edit': ['id', 'by', 'add', 'drop', 'from'],
}

/** It comes from another program, perhaps of another version. */
function checked<Request extends SteerRequest>(request: Request): Request {
  return { ...request, ids: checkedIds(request.ids), by: checkedName(request.by) }
}

function checkedIds(ids: readonly MessageId[]): readonly MessageId[] {
  if (!Array.isArray(ids) || ids.length > MOST_STEERED || ids.some((id) => typeof id !== 'string'))
    throw new Refusal('invalid', `ids are at most ${MOST_STEERED} texts`)
  return ids
}

/** It ends a line of the log, where one word says who did it. */
function checkedName(by: string): string {
  return typeof by === 'string' && /^[\w.@+$-]{1,64}$/.test(by) ? by : 'operator'
}
