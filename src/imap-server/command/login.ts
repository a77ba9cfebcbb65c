import { utf8OfLatin1 } from '../../base/octets.ts'
import { expectAstring, expectSpace } from '../../syntax/imap/string.ts'
import { defineCommand } from '../command.ts'
import { completeLogin, failLogin, PRIVACY_REQUIRED } from '../login.ts'

/** RFC 9051 §6.2.3. */
export const login = defineCommand({
  name: 'LOGIN',
  allowedIn: ['notAuthenticated'],
  news: 'none',
  parse(cursor) {
    expectSpace(cursor)
    const name = expectAstring(cursor, 'a user name')
    expectSpace(cursor)
    const password = expectAstring(cursor, 'a password')
    cursor.expectEnd()
    return { name: utf8OfLatin1(name), password: utf8OfLatin1(password) }
  },
  async run(session, { name, password }) {
    if (!session.mayLogIn) return PRIVACY_REQUIRED
    session.mechanism = 'PLAIN'
    if (name === null || password === null) return failLogin(session, name)
    const identity = await session.credentials.checkPassword(name, password)
    return identity === null ? failLogin(session, name) : completeLogin(session, identity)
  },
})
