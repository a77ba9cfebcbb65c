/** The beginning and the end of a report: what is the case, and what to do. */
import { counted } from '../base/counted.ts'
import { figuresOf, type ReportFacts } from './facts.ts'
import { nextSteps } from './judge.ts'
import type { Block, Section } from './types.ts'

export function summary(facts: ReportFacts): Section {
  const { received, delivered, failed, rejected, failedLogins, waiting } = figuresOf(facts)
  const { own } = facts
  const refused = own?.relays.filter(({ loginRefused }) => loginRefused !== null) ?? []
  const worst = own?.findings.filter(({ verdict }) => verdict === 'failing').slice(0, MOST) ?? []
  const sentences = [
    `${counted(received, 'message')} came in, ${counted(delivered, 'recipient')} got theirs, ${failed} did not.`,
    `${counted(waiting, 'message')} ${waiting === 1 ? 'waits' : 'wait'} for other servers.`,
    `${counted(rejected, 'attempt')} from outside ${rejected === 1 ? 'was' : 'were'} refused, ${counted(failedLogins, 'login')} failed.`,
  ]
  const blocks: Block[] = [{ kind: 'text', text: sentences.join(' ') }]
  if (own !== null && own.status === null)
    blocks.push({ kind: 'text', text: 'The server does not run: no mail is taken or served.' })
  for (const { name } of refused)
    blocks.push({ kind: 'text', text: `The relay ${name} refuses our login: mail by it waits.` })
  for (const { subject, summary: said } of worst)
    blocks.push({ kind: 'text', text: `${subject === null ? '' : `${subject}: `}${said}.` })
  return { name: 'summary', title: 'Summary', blocks }
}

export function steps(facts: ReportFacts): Section {
  const next = nextSteps(facts)
  const blocks: Block[] =
    next.length === 0
      ? [{ kind: 'text', text: 'Nothing has to be done.' }]
      : [{ kind: 'steps', steps: next }]
  return { name: 'steps', title: 'What to do next', blocks }
}

const MOST = 5
