import { defineCommand, LOGGED_IN, noArguments, ok } from '../command.ts'

/** RFC 9051 §6.3.10, RFC 2342: everything is the user's own, levels are separated by "/". */
export const namespace = defineCommand({
  name: 'NAMESPACE',
  allowedIn: LOGGED_IN,
  news: 'all',
  parse: noArguments,
  run(session) {
    session.out.untagged('NAMESPACE (("" "/")) NIL NIL')
    return ok('That is all')
  },
})
