import { sameServer } from './places.ts'
import type { Check, Step } from './types.ts'
import type { World } from './world.ts'

/** The same checks; commands in their remedies mean the server that was looked at. */
export function forThisServer(checks: readonly Check<World>[]): readonly Check<World>[] {
  return checks.map((check) => ({
    ...check,
    async look(world, signal) {
      const which = sameServer(world)
      const findings = await check.look(world, signal)
      if (which === '') return findings
      return findings.map((finding) => ({
        ...finding,
        remedy: finding.remedy.map((one) => withServer(one, which)),
      }))
    },
  }))
}

/** @param which  ` --config FILE` */
export function withServer(one: Step, which: string): Step {
  const { command } = one
  return command === null ? one : { ...one, command: commandAt(command, which) }
}

/** A command of ours that means this server; any other as it is. @param which  ` --config FILE` */
export function commandAt(command: string, which: string): string {
  if (!command.startsWith('waybill ') || NAMED.test(command)) return command
  return `waybill${which}${command.slice('waybill'.length)}`
}

/** It says which server it means. */
const NAMED = / --(?:data|config) /
