import { quoted } from '../in-command.ts'

/** The command for a paniclog that was dealt with; with the time, so that it replaces none before. */
export function putAside(path: string): string {
  return `mv ${quoted(path)} ${quoted(`${path}.done-`)}$(date +%F-%H%M%S)`
}
