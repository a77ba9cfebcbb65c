import type { Cursor } from '../../base/cursor.ts'
import { expectNstring, expectSpace, expectString } from '../../syntax/imap/string.ts'
import { writeString } from '../../syntax/imap/write-string.ts'
import { ANY_STATE, defineCommand, ok } from '../command.ts'

/** RFC 2971 §3.3. */
const MAX_PAIRS = 30

/** RFC 2971: who is there. What the client says of itself is read and not kept. */
export const id = defineCommand({
  name: 'ID',
  allowedIn: ANY_STATE,
  news: 'all',
  parse(cursor) {
    expectSpace(cursor)
    if (!cursor.take('NIL')) expectPairs(cursor)
    cursor.expectEnd()
    return null
  },
  run(session) {
    const { softwareName, softwareVersion } = session.options
    const stranger = session.state.name === 'notAuthenticated'
    // Strangers are not told the version: it tells them what to try.
    const version = stranger ? '' : ` "version" ${writeString(softwareVersion)}`
    session.out.untagged(`ID ("name" ${writeString(softwareName)}${version})`)
    return ok('Pleased to meet you')
  },
})

function expectPairs(cursor: Cursor): void {
  cursor.expect('(')
  if (cursor.take(')')) return
  let pairs = 0
  do {
    if (++pairs > MAX_PAIRS) cursor.fail(`at most ${MAX_PAIRS} fields`)
    expectString(cursor, 'the name of a field')
    expectSpace(cursor)
    expectNstring(cursor, 'the value of a field')
  } while (cursor.take(' '))
  cursor.expect(')')
}
