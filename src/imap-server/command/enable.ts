import { upperAscii } from '../../base/cursor.ts'
import { expectAtom, expectSpace } from '../../syntax/imap/string.ts'
import { defineCommand, ok } from '../command.ts'

/** RFC 9051 §6.3.1, RFC 5161. What is not known here is passed over in silence. */
export const enable = defineCommand({
  name: 'ENABLE',
  allowedIn: ['authenticated'],
  news: 'none',
  parse(cursor) {
    const names: string[] = []
    do {
      expectSpace(cursor)
      names.push(upperAscii(expectAtom(cursor, 'a capability')))
    } while (!cursor.atEnd)
    return { names }
  },
  run(session, { names }) {
    const enabled: string[] = []
    if (names.includes('IMAP4REV2')) {
      session.rev2 = true
      enabled.push('IMAP4rev2')
    }
    if (names.includes('CONDSTORE')) {
      session.condstore = true
      enabled.push('CONDSTORE')
    }
    session.out.untagged(`ENABLED${enabled.map((name) => ` ${name}`).join('')}`)
    return ok('Enabled')
  },
})
