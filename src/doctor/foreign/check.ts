/** One check of several servers: each has its own part, and says it under its own name. */
import { messageOf, systemCodeOf } from '../../base/faults.ts'
import { ResolverFault } from '../../dns/resolver.ts'
import { shown } from '../shown.ts'
import { failing, skipped, step } from '../findings.ts'
import type { Check, Finding } from '../types.ts'
import type { DovecotConfig } from './dovecot.ts'
import type { EximConfig } from './exim.ts'
import type { PostfixConfig } from './postfix.ts'
import { AS_ROOT, stepInRoot } from './steps.ts'
import { type ForeignServer, type ForeignWorld, NotInstalled } from './world.ts'

interface Configs {
  readonly exim: EximConfig
  readonly postfix: PostfixConfig
  readonly dovecot: DovecotConfig
}

type Look<Config> = (
  config: Config,
  world: ForeignWorld,
  signal: AbortSignal,
) => readonly Finding[] | Promise<readonly Finding[]>

export interface Part<Config> {
  /** As in {@link Check}. */
  readonly explain: readonly string[]
  readonly look: Look<Config>
}

export type Parts = { readonly [Server in ForeignServer]?: Part<Configs[Server]> }

/** A check before it is known which servers are looked at. */
export interface ForeignCheck extends Pick<Check<never>, 'id' | 'group' | 'title' | 'isNetwork'> {
  readonly parts: Parts
}

/** Null: it is of none of these servers. */
export function checkOf(
  { parts, ...check }: ForeignCheck,
  servers: readonly ForeignServer[],
): Check<ForeignWorld> | null {
  const asked = servers.filter((server) => parts[server] !== undefined)
  if (asked.length === 0) return null
  return {
    ...check,
    explain: asked.flatMap((server) => parts[server]?.explain ?? []),
    async look(world, signal) {
      const found = await Promise.all(
        asked.map(async (server) => {
          const findings = await lookAt(check, parts, server, world, signal)
          return findings.map((finding) => ({
            ...finding,
            subject: finding.subject === null ? server : `${server} ${finding.subject}`,
            remedy: finding.remedy.map((one) => stepInRoot(one, world)),
          }))
        }),
      )
      return withoutEchoes(found.flat())
    },
  }
}

/** Two servers that have the same mailbox or file say the same of it: once is enough. */
function withoutEchoes(findings: readonly Finding[]): readonly Finding[] {
  const said = new Set<string>()
  return findings.filter(({ verdict, subject, summary, evidence }) => {
    if (verdict === 'ok' || verdict === 'skipped') return true
    // The first word is the server.
    const about = subject?.split(' ').slice(1).join(' ') ?? ''
    const text = JSON.stringify([about, summary, evidence])
    const isNew = about === '' || !said.has(text)
    said.add(text)
    return isNew
  })
}

async function lookAt(
  check: Pick<Check<never>, 'id'>,
  parts: Parts,
  server: ForeignServer,
  world: ForeignWorld,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  try {
    switch (server) {
      case 'exim':
        return (await parts.exim?.look(await world.exim(signal), world, signal)) ?? []
      case 'postfix':
        return (await parts.postfix?.look(await world.postfix(signal), world, signal)) ?? []
      case 'dovecot':
        return (await parts.dovecot?.look(await world.dovecot(signal), world, signal)) ?? []
    }
  } catch (error) {
    if (error instanceof ResolverFault) return [skipped(check, `not looked at: ${error.message}`)]
    if (isForbidden(error))
      return [
        skipped(
          check,
          `not readable for whoever runs this: ${shown(messageOf(error))}`,
          null,
          AS_ROOT,
        ),
      ]
    if (!(error instanceof NotInstalled)) throw error
    // Said once as a fault: a server that is asked for and not there is none that is well.
    if (check.id !== FIRST) return [skipped(check, `not looked at: ${error.message}`)]
    return [notInstalled(check, server, error.message)]
  }
}

function isForbidden(error: unknown): boolean {
  const code = systemCodeOf(error)
  return code === 'EACCES' || code === 'EPERM'
}

function notInstalled(
  check: Pick<Check<never>, 'id'>,
  server: ForeignServer,
  why: string,
): Finding {
  return failing(check, {
    summary: `${server} is not installed here`,
    evidence: [why],
    meaning: 'Nothing of it can be looked at.',
    remedy: [
      step('Name the folder where it is installed', `waybill doctor --server ${server} --root DIR`),
    ],
  })
}

/** The check that says whether a server is there. */
const FIRST = 'services.configuration'
