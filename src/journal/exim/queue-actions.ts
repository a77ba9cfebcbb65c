/** Lines that say that a message was stopped, let go or taken away. */
import type { MessageId, QueueAction } from '../event.ts'
import { unescaped } from './escape.ts'

/** Undefined when the text after the id is no such action. */
export function readQueueAction(
  text: string,
  at: number,
  end: number,
  atMs: number,
  id: MessageId,
): QueueAction | undefined {
  const rules = RULES.get(text.charCodeAt(at))
  if (rules === undefined) return undefined
  for (const [start, action, more] of rules) {
    if (!text.startsWith(start, at) || at + start.length > end) continue
    const raw = text.slice(at, end)
    if (more === null ? raw.length === start.length : raw.includes(more, start.length))
      return queueAction(raw, action, null, atMs, id)
  }
  return undefined
}

/**
 * The actions that name a recipient, or all of them: `address <x@y.example> marked delivered by
 * root`, `all addresses marked delivered by root`, `recipient <x@y.example> added by root`.
 */
export function readRecipientAction(
  raw: string,
  atMs: number,
  id: MessageId,
): QueueAction | undefined {
  const marked = raw.indexOf(' marked delivered')
  if (marked >= 0) {
    const who = raw.slice(0, marked)
    const isAll = who.startsWith('all ') || who === '*' || who === 'message'
    const recipient = isAll ? null : unescaped(bareAddress(who.replace(MARKED_START, '')))
    return recipient?.includes(' ')
      ? undefined
      : queueAction(raw, 'markedDelivered', recipient, atMs, id)
  }
  // Exim's own spelling is the second.
  if (!raw.startsWith('recipient ') && !raw.startsWith('receipient ')) return undefined
  const added = raw.lastIndexOf(' added')
  if (added < 0) return undefined
  const address = bareAddress(raw.slice(raw.indexOf(' ') + 1, added))
  const recipient = address.includes('@') ? unescaped(address) : null
  return queueAction(raw, 'changed', recipient, atMs, id)
}

const MARKED_START = /^(?:address|recipient) | (?:has|have) been$/g

function bareAddress(text: string): string {
  return text.startsWith('<') && text.endsWith('>') ? text.slice(1, -1) : text
}

/** All recipients were thrown away: `=> blackhole (DATA ACL discarded recipients): why`. */
export function readDiscarded(
  text: string,
  at: number,
  end: number,
  atMs: number,
  id: MessageId,
): QueueAction | undefined {
  const raw = text.slice(at, end)
  const close = raw.indexOf(')')
  const comment = raw.slice(raw.indexOf('('), close + 1)
  if (!comment.includes(' discarded ') && comment !== '(system filter)') return undefined
  return queueAction(raw, 'discarded', null, atMs, id)
}

function queueAction(
  raw: string,
  action: QueueAction['action'],
  recipient: string | null,
  atMs: number,
  id: MessageId,
): QueueAction {
  const text = unescaped(raw)
  return { type: 'queueAction', atMs, id, action, recipient, by: byWhom(text), text }
}

/** Who did it: the word after ` by `, when it is not how it came about. */
function byWhom(text: string): string | null {
  const at = text.lastIndexOf(' by ')
  if (at < 0) return null
  const by = text.slice(at + 4)
  return by.includes(' ') || by === 'timeout_frozen_after' || by === 'auto-thaw' ? null : by
}

/** How the text starts, and what must stand after that; null: nothing may. */
type Rule = readonly [start: string, action: QueueAction['action'], more: string | null]

const ACTIONS: readonly Rule[] = [
  ['Frozen', 'frozen', null],
  ['Frozen (', 'frozen', ')'],
  ['Frozen by ', 'frozen', ''],
  ['*** Frozen', 'frozen', ''],
  ['frozen by ', 'frozen', ''],
  ['frozen on arrival', 'frozen', ''],
  ['Message frozen', 'frozen', ''],
  ['Message is frozen', 'stillFrozen', ''],
  ['message is frozen', 'stillFrozen', ''],
  ['Unfrozen by ', 'thawed', ''],
  ['unfrozen by ', 'thawed', ''],
  // Exim has no such thing: our own words.
  ['held by ', 'held', ''],
  ['released by ', 'released', ''],
  ['removed by ', 'removed', ''],
  ['Message removed because older than', 'removed', ''],
  ['cancelled by ', 'cancelled', ''],
  ['cancelled', 'cancelled', null],
  ['delivery cancelled', 'cancelled', ''],
  ['Spool file is locked', 'locked', ''],
  ['Spool file for ', 'locked', ' is locked'],
  ['moved from ', 'requeued', ' to '],
  ['sender address changed', 'changed', ''],
  ['sender changed', 'changed', ''],
  ['body edited', 'changed', ''],
  ['body modified', 'changed', ''],
  ['modified by ', 'changed', ''],
  ['edited by ', 'changed', ''],
  ['SA: Action: silently tossed message', 'discarded', ''],
]

const RULES: ReadonlyMap<number, readonly Rule[]> = Map.groupBy(ACTIONS, ([start]) =>
  start.charCodeAt(0),
)
