/** What systemd says of the server, where there is systemd. */
import { timesWords } from '../words.ts'
import type { World } from '../world.ts'

export interface Unit {
  readonly name: string
  /** `active`, `failed`, `inactive`, `activating` … */
  readonly state: string
  /** `success`, `exit-code`, `oom-kill`, `watchdog` …: how it last ended. */
  readonly result: string
  /** By systemd, since it was last started by a person. */
  readonly restarts: number
}

/** Null without systemd, or when it has no such unit. */
export async function unitOf(
  { run }: Pick<World, 'run'>,
  signal: AbortSignal,
): Promise<Unit | null> {
  const properties = 'LoadState,ActiveState,Result,NRestarts'
  const said = await run(['systemctl', 'show', NAME, `--property=${properties}`], signal)
  if (said === null || said.status !== 0) return null
  const values = new Map(
    said.out.split('\n').map((line) => {
      const [name = '', ...value] = line.split('=')
      return [name, value.join('=')] as const
    }),
  )
  if (values.get('LoadState') !== 'loaded') return null
  return {
    name: NAME,
    state: values.get('ActiveState') ?? 'unknown',
    result: values.get('Result') ?? 'success',
    restarts: Number(values.get('NRestarts') ?? 0) || 0,
  }
}

export function unitWords({ name, state, result, restarts }: Unit): string {
  return `systemd: ${name} is ${state}, result ${result}, restarted ${timesWords(restarts)} by itself`
}

const NAME = 'waybill.service'
