/** One line of any log: what it says, what its fields are, and when it tells of an error, why. */
import { type ContainerHead, readContainerHead } from '../../journal/container.ts'
import type { Event, LogLine, Unknown } from '../../journal/event.ts'
import { detectFormat, type LogFormat, type LogReader } from '../../journal/reader.ts'
import { UTC } from '../../journal/zone.ts'
import { withoutSecrets } from '../../trace/secrets.ts'
import { describeEvent } from '../../trace/words.ts'
import { explainAlone } from '../event-error.ts'
import { explainError } from '../reasons/explain.ts'
import { factsOf } from '../reasons/facts.ts'
import type { Explanation } from '../reasons/types.ts'
import { dovecotFields } from './dovecot.ts'
import { eximFields } from './exim.ts'
import type { Field } from './field.ts'
import { postfixFields } from './postfix.ts'

export interface LineExplanation {
  readonly line: string
  /** Whose log it is of; null for a text that is no line of a log, such as an error on its own. */
  readonly server: LogFormat | null
  readonly event: LogLine
  /** What happened, in words. */
  readonly summary: string
  readonly fields: readonly Field[]
  /** Null when nothing went wrong, or nobody knows what. */
  readonly error: Explanation | null
}

/** @param given  a line without its end; passwords in it are hidden. Never throws. */
export function explainLine(given: string, reader: LogReader): LineExplanation {
  const line = withoutSecrets(given)
  const event = reader.read(line, 0, line.length)
  const server = event.type === 'continuation' ? null : detectFormat(line)
  if (event.type === 'continuation' || (event.type === 'unknown' && event.atMs === null))
    return textExplanation(line, event)
  return {
    line,
    server,
    event,
    summary: summaryOf(event),
    fields: fieldsOf(line, server),
    error: explainAlone(event, server),
  }
}

function summaryOf(event: Event | Unknown): string {
  if (event.type !== 'unknown' || event.program === null) return describeEvent(event).join(', ')
  return `a line of ${event.program}, which is no mail program: it tells nothing of mail`
}

/** An error's words alone: `550 5.7.1 …`, a line of a bounce. */
function textExplanation(line: string, event: LogLine): LineExplanation {
  const facts = factsOf(line)
  const error = explainError(facts)
  const says = error.isKnown || facts.code !== null || facts.enhanced !== null
  return {
    ...{ line, server: null, event, fields: [] },
    summary: says
      ? 'an error, in the words of a mail server'
      : 'unknown: no line of a mail log looks like it',
    error: says ? error : null,
  }
}

function fieldsOf(given: string, server: LogFormat | null): readonly Field[] {
  if (server === null) return []
  const container: ContainerHead = { at: 0, atMs: 0 }
  const isInContainer = readContainerHead(given, 0, given.length, ANY_TIME, container)
  const line = isInContainer ? given.slice(container.at) : given
  const [start = '', program = ''] = SYSLOG.exec(line) ?? []
  const message = line.slice(start.length)
  const time = { name: 'time', value: start.split(' ', 1)[0] ?? '', meaning: '' }
  switch (server) {
    case 'exim':
      return eximFields(start === '' ? line : message) ?? []
    case 'postfix':
      return start === '' ? [] : [whenOf(line, time), ...postfixFields(program, message)]
    case 'dovecot':
      return dovecotFields(start === '' ? line.replace(STAMP, '') : message)
    default:
      return server satisfies never
  }
}

/** The times themselves are not asked for. */
const ANY_TIME = { zone: UTC, latestMs: Date.UTC(9999, 0, 1) }

function whenOf(line: string, time: Field): Field {
  const [, stamp = time.value] = SYSLOG_TIME.exec(line) ?? []
  return { name: 'time', value: stamp, meaning: 'when, and on which host' }
}

/** Time, host and `program[123]: ` of a line that syslog or journald wrote. */
const SYSLOG =
  /^(?:<\d{1,3}>)?(?:[A-Z][a-z]{2} [ \d]\d [\d:.]{8,20}|\d{4}-\d\d-\d\dT\S{1,40}) \S{0,254}[^\s:] ([A-Za-z][\w./-]{0,63})(?:\[\d{1,10}\])?: /
const SYSLOG_TIME = /^((?:[A-Z][a-z]{2} [ \d]\d [\d:.]{8,20}|\d{4}-\d\d-\d\dT\S{1,40}) \S{1,255}) /
/** Dovecot's own time, in its `log_timestamp`. */
const STAMP = /^(?:[A-Z][a-z]{2} [ \d]\d [\d:.]{8,20}|\d{4}-\d\d-\d\d [\d:.]{8,20}) /
