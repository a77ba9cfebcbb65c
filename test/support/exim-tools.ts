/** Exim's own tools, which read our log. */
import { run } from './programs.ts'

/** The version an Exim tool says it is of: 4.96. */
export async function versionOf(path: string): Promise<number> {
  const { stdout } = await run(path, ['--version'])
  return Number(/(\d+\.\d+)/.exec(stdout)?.[1])
}

/** Exim 4.97 made message ids longer, and the tools of before know only the short ones. */
export function logFor(version: number, text: string): string {
  return version >= 4.97 ? text : text.replace(/ (\w{6})-\w{5}(\w{6})-\w\w(\w\w) /g, ' $1-$2-$3 ')
}
