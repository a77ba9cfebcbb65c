/** A world for tests of checks: this machine, a data folder of its own, and what the test says. */
import type { TestContext } from 'node:test'
import { join } from 'node:path'

import { makeTempFolder } from '../../../test/support/temp-folder.ts'
import { systemClock } from '../../base/clock.ts'
import { configFrom } from '../../config/load.ts'
import type { CommandName, Commands } from '../../control/commands.ts'
import { fakeResolver } from '../../dns/fake.ts'
import { UTC } from '../../journal/zone.ts'
import { systemOutside } from '../reach/system.ts'
import type { Check, Finding } from '../types.ts'
import type { World } from '../world.ts'

/** What `ask` answers, by command. A command that is not there is refused. */
export type Answers = { readonly [Name in CommandName]?: Commands[Name]['result'] }

export interface GivenWorld extends Partial<Omit<World, 'ask' | 'loaded'>> {
  /** Lines of a configuration; `data_folder` comes before them. */
  readonly config?: string
  readonly answers?: Answers
}

/** The data folder is `config.dataFolder`, and is not made. */
export function worldOf(
  t: TestContext,
  { config = '', answers = {}, ...given }: GivenWorld,
): World {
  const folder = makeTempFolder()
  t.after(() => folder[Symbol.dispose]())
  const text = `host_name = "mail.example.com"\ndata_folder = "${join(folder.path, 'data')}"\n${config}\n`
  return {
    ...systemOutside,
    clock: systemClock,
    zone: UTC,
    loaded: configFrom({ file: join(folder.path, 'waybill.toml'), text }),
    resolver: fakeResolver({}),
    status: null,
    store: null,
    version: '1.2.3',
    domain: null,
    login: null,
    ...given,
    async ask(name) {
      const answer = answers[name]
      if (answer === undefined) throw new Error(`the test has no answer to ${name}`)
      return answer as Commands[typeof name]['result']
    },
  }
}

/** What the check says of the world; it has time without end. */
export async function findingsOf(check: Check<World>, world: World): Promise<readonly Finding[]> {
  return await check.look(world, new AbortController().signal)
}
