import assert from 'node:assert/strict'
import { test } from 'node:test'

import { encodeModifiedUtf7 } from '../../syntax/imap/modified-utf7.ts'
import { openWorld } from '../testing/world.ts'

/** CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE: each case is a session on a new account. */
const sessions: [name: string, lines: [command: string, answer: string][]][] = [
  [
    'CREATE makes the levels above; a trailing separator only announces',
    [
      ['CREATE a/b/', 'OK Created'],
      ['CREATE a', 'NO [ALREADYEXISTS] A mailbox of this name exists'],
      ['CREATE a/b', 'NO [ALREADYEXISTS] A mailbox of this name exists'],
      ['CREATE inbox', 'NO [ALREADYEXISTS] A mailbox of this name exists'],
    ],
  ],
  [
    'RFC 6154 §3: CREATE with a use',
    [
      [
        'CREATE x (USE (\\Flagged))',
        'NO [USEATTR] One of \\Sent, \\Drafts, \\Junk, \\Trash and \\Archive is possible',
      ],
      [
        'CREATE x (USE (\\Sent \\Junk))',
        'NO [USEATTR] One of \\Sent, \\Drafts, \\Junk, \\Trash and \\Archive is possible',
      ],
      ['CREATE x (USE ())', 'OK Created'],
    ],
  ],
  [
    'DELETE',
    [
      ['CREATE a/b', 'OK Created'],
      ['DELETE a', 'NO [HASCHILDREN] The mailbox has mailboxes below it; delete them first'],
      ['DELETE a/b', 'OK Deleted'],
      ['DELETE a', 'OK Deleted'],
      ['DELETE a', 'NO [NONEXISTENT] No such mailbox'],
    ],
  ],
  [
    'RENAME',
    [
      ['CREATE a/b', 'OK Created'],
      ['RENAME a c', 'OK Renamed'],
      ['STATUS c/b (MESSAGES)', '* STATUS "c/b" (MESSAGES 0)\nOK That is how it is'],
      ['RENAME c c/d', 'NO'],
      ['RENAME c Sent', 'NO [ALREADYEXISTS] A mailbox of this name exists'],
      ['RENAME x y', 'NO [NONEXISTENT] No such mailbox'],
    ],
  ],
  [
    'RFC 9051 §6.3.7: SUBSCRIBE to a name that does not exist, twice',
    [
      ['SUBSCRIBE gone', 'OK Subscribed'],
      ['SUBSCRIBE gone', 'OK Subscribed'],
      ['LSUB "" gone', '* LSUB () "/" "gone"\nOK Listed'],
      ['UNSUBSCRIBE gone', 'OK Unsubscribed'],
      ['UNSUBSCRIBE gone', 'OK Unsubscribed'],
      ['LSUB "" gone', 'OK Listed'],
    ],
  ],
  [
    'deleting the selected mailbox closes it',
    [
      ['CREATE a', 'OK Created'],
      ['SELECT a', 'OK'],
      ['DELETE a', '* OK [CLOSED] The deleted mailbox was selected\nOK Deleted'],
      ['FETCH 1 FLAGS', 'BAD'],
    ],
  ],
]

for (const [name, lines] of sessions) {
  test(name, async () => {
    await using world = await openWorld()
    const client = await world.login()
    for (const [command, expected] of lines) {
      const answer = await client.command(command)
      const short =
        expected.length <= 3 ? (answer.split('\n').at(-1) ?? '').slice(0, expected.length) : answer
      assert.equal(short, expected, command)
    }
    assert.deepEqual(world.faults, [])
  })
}

test('names in other scripts: modified UTF-7, and UTF-8 after ENABLE IMAP4rev2', async () => {
  await using world = await openWorld()
  const client = await world.login()
  await client.ok('CREATE Entw&APw-rfe')
  assert.deepEqual(await client.untagged('LIST "" E*'), [
    'LIST (\\HasNoChildren) "/" "Entw&APw-rfe"',
  ])
  await client.ok('ENABLE IMAP4rev2')
  assert.deepEqual(await client.untagged('LIST "" E*'), [
    'LIST (\\HasNoChildren) "/" "Entw\xc3\xbcrfe"',
  ])
  await client.ok('DELETE "Entwu\xcc\x88rfe"')
})

test('E01, D14: names that are no names', async () => {
  await using world = await openWorld({ limits: { badCommands: 999 } })
  const client = await world.login()
  const deep = Array(1000).fill('d').join('/')
  const names = [
    ...[
      '&AC4-&AC4-',
      '&AGE-',
      '"a//b"',
      '"/a"',
      '"a\0b"',
      '"a\r\nb"',
      '"*"',
      '"a%b"',
      '&Jgg',
      '"\xc0\xaf"',
    ],
    ...[
      '" a"',
      '"a "',
      '""',
      '"/"',
      '&2D0-',
      deep,
      'x'.repeat(256),
      '&ACAA-',
      encodeModifiedUtf7('ＩＮＢＯＸ'),
    ],
  ]
  for (const name of names) {
    const answer = await client.command(`CREATE ${name}`)
    assert.match(answer, /^(NO \[CANNOT\]|BAD) /, `${JSON.stringify(name)}: ${answer}`)
  }
  // These look like paths and are names like any other.
  for (const name of ['..', '.', '~user', '#news', 'etc/passwd', 'a..b']) {
    await client.ok(`CREATE ${name}`)
  }
  assert.equal((await client.untagged('LIST "" *')).length, 6 + 7)
})

test('D14: a megabyte of name ends the connection', async () => {
  await using world = await openWorld()
  const client = await world.login()
  client.send(`a CREATE ${'x'.repeat(1_000_000)}\r\n`)
  assert.match(await client.ended(), /^\* BYE The command line is too long$/m)
})
