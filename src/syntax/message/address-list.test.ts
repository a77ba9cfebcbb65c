import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fc } from '../../../test/support/properties.ts'
import { parseAddressList } from './address-list.ts'

/** `name <mailbox|host>`, `group:` and `;` */
function shown(text: string, max = 100): string[] {
  return parseAddressList(text, max).map(({ name, mailbox, host }) => {
    if (host !== null) return `${name === null ? '' : `${name} `}<${mailbox}|${host}>`
    return mailbox === null ? ';' : `${mailbox}:`
  })
}

const cases: [text: string, ...entries: string[]][] = [
  ['jane@example.com', '<jane|example.com>'],
  ['Jane Doe <jane@example.com>', 'Jane Doe <jane|example.com>'],
  ['"Doe, Jane" <jane@example.com>', 'Doe, Jane <jane|example.com>'],
  ['"J \\"x\\" D" <j@example.com>', 'J "x" D <j|example.com>'],
  ['J. R. Doe <j@example.com>', 'J. R. Doe <j|example.com>'],
  ['Jane<j@example.com>', 'Jane <j|example.com>'],
  [
    'a@example.com, b@example.com,,\t c@example.com',
    '<a|example.com>',
    '<b|example.com>',
    '<c|example.com>',
  ],
  ['jane@example.com (Jane (x) Doe)', 'Jane (x) Doe <jane|example.com>'],
  ['(c) jane (c) @ (c) example (c) . (c) com (Jane)', 'Jane <jane|example.com>'],
  ['john . doe @ example . com', '<john.doe|example.com>'],
  ['"john doe"@example.com', '<john doe|example.com>'],
  ['=?utf-8?Q?J=C3=BC?= =?utf-8?Q?r?= <j@x>', '=?utf-8?Q?J=C3=BC?= =?utf-8?Q?r?= <j|x>'],
  ['J\xfcrgen <j\xfc@x\xfc>', 'J\xfcrgen <j\xfc|x\xfc>'],
  ['<@a.example,@b.example:jane@example.com>', '<jane|example.com>'],
  ['jane@[IPv6:2001:db8::1], b@[192.0.2.1]', '<jane|[IPv6:2001:db8::1]>', '<b|[192.0.2.1]>'],
  ['<jane@[IPv6:2001:db8::1]>', '<jane|[IPv6:2001:db8::1]>'],
  // groups
  ['undisclosed-recipients:;', 'undisclosed-recipients:', ';'],
  ['A Group: a@x, Bob <b@x>; c@x', 'A Group:', '<a|x>', 'Bob <b|x>', ';', '<c|x>'],
  ['"The, team": a@x;', 'The, team:', '<a|x>', ';'],
  // broken
  [''],
  [' , ,'],
  ['<>', '<|>'],
  ['Nobody <>', 'Nobody <|>'],
  ['root', '<root|>'],
  ['Doe, Jane <jane@example.com>', '<Doe|>', 'Jane <jane|example.com>'],
  ['Jane Doe jane@example.com', 'Jane Doe <jane|example.com>'],
  ['<jane@example.com', '<jane|example.com>'],
  ['<jane@example.com, b@x', '<jane|example.com>', '<b|x>'],
  ['"Jane <jane@example.com>, b@x', 'Jane <jane|example.com>', '<b|x>'],
  ['Jane (never closed <jane@example.com>', 'never closed <jane@example.com <Jane|>'],
  ['jane@@example.com', '<jane@|example.com>'],
  ['<a@b@example.com>', '<a@b|example.com>'],
  ['jane@example.com <jane@example.com>', 'jane@example.com <jane|example.com>'],
  ['Group: a@x', 'Group:', '<a|x>', ';'],
  ['a@x; b@x', '<a|x>', '<b|x>'],
  ['>'],
  ['a@x>, b@x', '<a|x>', '<b|x>'],
]

for (const [text, ...entries] of cases) {
  test(`addresses: ${JSON.stringify(text)}`, () => assert.deepEqual(shown(text), entries))
}

test('no more entries than asked for', () => {
  assert.deepEqual(shown('g: a@x, b@x, c@x', 2), ['g:', '<a|x>'])
  assert.deepEqual(shown('a@x', 0), [])
})

const atext = fc.string({ unit: fc.constantFrom(...'abcXYZ019-_+='), minLength: 1, maxLength: 8 })
const word = fc.oneof(
  atext,
  fc.string({ unit: fc.constantFrom(...'ab ,;<>@:()."\\'), minLength: 1 }),
)

test('what is written by the rules is read back', () => {
  const mailbox = fc.record({ name: fc.option(word), local: word, host: atext })
  const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`
  fc.assert(
    fc.property(fc.array(mailbox, { maxLength: 5 }), (mailboxes) => {
      const text = mailboxes
        .map(
          ({ name, local, host }) =>
            `${name === null ? '' : quoted(name)} <${quoted(local)}@${host}>`,
        )
        .join(', ')
      assert.deepEqual(
        parseAddressList(text, 100),
        mailboxes.map(({ name, local, host }) => ({ name, mailbox: local, host })),
      )
    }),
  )
})
