/** Which services of Postfix others can reach. */
import type { PostfixConfig, PostfixService } from './postfix.ts'
import { isLoopbackOnly } from './world.ts'

/** Services of the network that not this machine alone can reach. */
export function publicServices({ services, addresses }: PostfixConfig): readonly PostfixService[] {
  return services.filter(({ type, name }) => {
    if (type !== 'inet') return false
    const own = /^(.*):[^:]+$/.exec(name)?.[1]
    return !isLoopbackOnly(own === undefined ? addresses : [own])
  })
}
