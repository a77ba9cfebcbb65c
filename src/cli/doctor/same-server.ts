import type { Examination } from '../../doctor/types.ts'

/**
 * Commands are to be typed as they stand: where the server was named by an option, they name it too.
 * @param option  ` --config FILE`; empty: nothing is to be named
 */
export function forThisServer(examination: Examination, option: string): Examination {
  if (option === '') return examination
  const findings = examination.findings.map((finding) => ({
    ...finding,
    remedy: finding.remedy.map(({ text, command }) => ({
      text,
      command: command === null ? null : named(command, option),
    })),
  }))
  return { ...examination, findings }
}

function named(command: string, option: string): string {
  if (command.includes(option.trim())) return command
  return command.replace(OURS, (begin) => `${begin}${option}`)
}

/** Where a command of ours begins; `waybill` elsewhere is a user, a service or a folder. */
const OURS = /(?:^|[;&|] |sudo )waybill(?= (?!dev\b))/g
