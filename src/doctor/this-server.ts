import { sameServer } from './places.ts'
import type { Finding } from './types.ts'
import type { World } from './world.ts'

/** The findings, with commands of `waybill` that mean this server wherever they are typed. */
export function forThisServer(
  world: Pick<World, 'loaded'>,
  findings: readonly Finding[],
): readonly Finding[] {
  const same = sameServer(world)
  if (same === '') return findings
  return findings.map((finding) => ({
    ...finding,
    remedy: finding.remedy.map(({ text, command }) => ({
      text,
      command: command?.replace(/^waybill(?= )/, () => `waybill${same}`) ?? null,
    })),
  }))
}
