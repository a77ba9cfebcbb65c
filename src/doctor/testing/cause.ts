/**
 * What shows that a check looks: something that really happened makes it say so, and without that
 * it has nothing to say. `every-check.test.ts` asks it of each check.
 */
import type { TestContext } from 'node:test'

import type { World } from '../world.ts'

export interface Cause {
  /** What happened: `the disk is full`. */
  readonly what: string
  /** The world with it. */
  fails(t: TestContext): World | Promise<World>
  /** Of the summary, so that nothing else is taken for it. */
  readonly says: RegExp
  /** A world in which the check looks, and nothing is wrong. */
  isWell(t: TestContext): World | Promise<World>
  /** Why the machine cannot show the last; false: it can. */
  readonly lacks?: string | false
}

/** By the id of the check. */
export type Causes = Readonly<Record<string, Cause>>
