import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Cursor } from '../../base/cursor.ts'
import { SyntaxFault } from '../../base/faults.ts'
import { expectMailbox, type NameForm, writeMailbox } from './mailbox-name.ts'

const parse = (text: string, form: NameForm) => expectMailbox(new Cursor(text), form)

test('names, accepted', () => {
  const cases: [text: string, form: NameForm, name: string][] = [
    ['inbox', 'utf7', 'INBOX'],
    ['"InBox/a"', 'utf7', 'INBOX/a'],
    ['inboxes', 'utf7', 'inboxes'],
    ['{7}\r\n&APw-.x', 'utf7', 'ü.x'],
    ['"\xc3\xbc"', 'utf8', 'ü'],
    ['"u\xcc\x88"', 'utf8', 'ü'], // NFD is stored as NFC
    ['"&APw-"', 'utf8', '&APw-'], // after ENABLE IMAP4rev2 this is plain text
  ]
  for (const [text, form, name] of cases) assert.equal(parse(text, form), name)
})

test('names, rejected', () => {
  const cases: [text: string, form: NameForm][] = [
    ['"\xc3\xbc"', 'utf7'],
    ['"\xc3"', 'utf8'],
    ['"\xc0\xaf"', 'utf8'], // overlong
    ['"\xed\xa0\x80"', 'utf8'], // lone surrogate
    ['&AGE-', 'utf7'],
    ['', 'utf7'],
  ]
  for (const [text, form] of cases) assert.throws(() => parse(text, form), SyntaxFault, text)
})

test('a name is written in the form of the session', () => {
  assert.equal(writeMailbox('ü "x"', 'utf7'), '"&APw- \\"x\\""')
  assert.equal(writeMailbox('ü', 'utf8'), '"\xc3\xbc"')
})
