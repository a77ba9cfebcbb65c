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
export function withServer({ text, command }: Step, which: string): Step {
  return {
    text: text.replace(IN_TEXT, (_, typed: string) => `\`${commandAt(typed, which)}\``),
    command: command === null ? null : commandAt(command, which),
  }
}

/** What is to be typed, within a sentence. */
const IN_TEXT = /`([^`]*)`/g

/** Commands of ours in it mean this server; all else is as it is. @param which  ` --config FILE` */
export function commandAt(command: string, which: string): string {
  return NAMED.test(command) ? command : command.replace(OURS, (begin) => `${begin}${which}`)
}

/** Where one begins; `waybill` elsewhere is a user, a service or a folder. */
const OURS = /(?:^|[;&|] |sudo )waybill(?= (?!dev\b))/g
/** It says which server it means. */
const NAMED = / --(?:data|config) /
