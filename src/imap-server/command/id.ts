import type { Cursor } from '../../base/cursor.ts'
import { isDoctors } from '../../journal/doctor-session.ts'
import { expectNstring, expectSpace, expectString } from '../../syntax/imap/string.ts'
import { writeString } from '../../syntax/imap/write-string.ts'
import { ANY_STATE, defineCommand, ok } from '../command.ts'

/** RFC 2971 §3.3. */
const MAX_PAIRS = 30

/** RFC 2971: who is there. What the client says of itself is read and not kept, but for our doctor. */
export const id = defineCommand({
  name: 'ID',
  allowedIn: ANY_STATE,
  news: 'all',
  parse(cursor) {
    expectSpace(cursor)
    const name = cursor.take('NIL') ? null : expectName(cursor)
    cursor.expectEnd()
    return name
  },
  run(session, name) {
    const { remote, local } = session.stream
    session.isOfDoctor = isDoctors(name, remote, local)
    const { softwareName, softwareVersion } = session.options
    const stranger = session.state.name === 'notAuthenticated'
    // Strangers are not told the version: it tells them what to try.
    const version = stranger ? '' : ` "version" ${writeString(softwareVersion)}`
    session.out.untagged(`ID ("name" ${writeString(softwareName)}${version})`)
    return ok('Pleased to meet you')
  },
})

/** Null: it has none, or does not say. */
function expectName(cursor: Cursor): string | null {
  cursor.expect('(')
  if (cursor.take(')')) return null
  let name: string | null = null
  let pairs = 0
  do {
    if (++pairs > MAX_PAIRS) cursor.fail(`at most ${MAX_PAIRS} fields`)
    const field = expectString(cursor, 'the name of a field')
    expectSpace(cursor)
    const value = expectNstring(cursor, 'the value of a field')
    if (field.toLowerCase() === 'name') name = value
  } while (cursor.take(' '))
  cursor.expect(')')
  return name
}
