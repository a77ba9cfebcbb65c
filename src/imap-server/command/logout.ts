import { ANY_STATE, defineCommand, noArguments, ok } from '../command.ts'

/** RFC 9051 §6.1.3. */
export const logout = defineCommand({
  name: 'LOGOUT',
  allowedIn: ANY_STATE,
  news: 'none',
  parse: noArguments,
  run(session) {
    session.out.untagged('BYE See you')
    session.leave('logged out')
    return ok('Logged out')
  },
})
