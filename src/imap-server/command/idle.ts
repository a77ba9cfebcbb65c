import type { Clock } from '../../base/clock.ts'
import { upperAscii } from '../../base/cursor.ts'
import { bad, defineCommand, LOGGED_IN, no, noArguments, ok } from '../command.ts'
import type { Session } from '../session.ts'

/** DONE, CR. */
const MAX_DONE_OCTETS = 16

/** RFC 9051 §6.3.13, RFC 2177: tells what is new as it happens, until the client says DONE. */
export const idle = defineCommand({
  name: 'IDLE',
  allowedIn: LOGGED_IN,
  news: 'all',
  parse: noArguments,
  async run(session) {
    const { clock, limits } = session.options
    session.out.continue('Idling')
    using _watch = watch(session)
    using _stillHere = repeat(clock, limits.imap.stillHereEveryMs, () => {
      session.guarded('IDLE', () => {
        session.out.untagged('OK Still here')
        session.out.flush()
      })
    })
    const line = await session.input.nextLine(MAX_DONE_OCTETS)
    if (line === null) return no('The session is over')
    if (upperAscii(line) === 'DONE\r') return ok('Idled')
    session.bye('DONE ends IDLE, and nothing else')
    return bad('DONE ends IDLE, and nothing else')
  },
})

function watch(session: Session): Disposable {
  if (session.state.name !== 'selected') return { [Symbol.dispose]: () => {} }
  const { store } = session.options
  const push = () =>
    session.guarded('IDLE', () => {
      session.sync(true)
      session.out.flush()
      if (session.state.name === 'logout') session.stream.end()
    })
  const watching = store.watch(session.mailbox.id, push)
  // What came between the last command and now.
  push()
  return watching
}

/** Runs again and again until disposed. */
function repeat(clock: Clock, everyMs: number, run: () => void): Disposable {
  let next = clock.after(everyMs, again)
  function again(): void {
    next = clock.after(everyMs, again)
    run()
  }
  return { [Symbol.dispose]: () => next[Symbol.dispose]() }
}
