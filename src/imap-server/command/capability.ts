import { capabilitiesOf } from '../capability.ts'
import { ANY_STATE, defineCommand, noArguments, ok } from '../command.ts'

/** RFC 9051 §6.1.1. */
export const capability = defineCommand({
  name: 'CAPABILITY',
  allowedIn: ANY_STATE,
  news: 'all',
  parse: noArguments,
  run(session) {
    session.out.untagged(`CAPABILITY ${capabilitiesOf(session)}`)
    return ok('These')
  },
})
