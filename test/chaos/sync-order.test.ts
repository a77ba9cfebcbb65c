import assert from 'node:assert/strict'
import { test } from 'node:test'

import { parseStrace } from './strace.ts'
import { orderProblem } from './sync-order.ts'

const SOCKET = '30<TCP:[127.0.0.1:2525->127.0.0.1:40001]>'
const READ = `100 read(${SOCKET}, ""..., 65536) = 12`
const SYNC_WAL = '101 fdatasync(25</d/mail.db-wal>) = 0'
const REPLY = `100 write(${SOCKET}, ""..., 40) = 40`
const SYNC_FILE = '102 fsync(31</d/tmp/x>) = 0'
const RENAME = '102 rename("/d/tmp/x", "/d/blobs/ab/cd/abcd") = 0'
const SYNC_FOLDER = '102 fsync(32</d/blobs/ab/cd>) = 0'

/** The rig must see what it is there to see: each trace but the right ones has its problem. */
const CASES: readonly [
  name: string,
  large: boolean,
  lines: readonly string[],
  problem: RegExp | null,
][] = [
  ['the right order', false, [READ, SYNC_WAL, REPLY], null],
  ['the reply comes first', false, [READ, REPLY, SYNC_WAL], /before mail\.db-wal/],
  ['nothing is synced', false, [READ, REPLY], /before mail\.db-wal/],
  ['the sync was of an earlier message', false, [SYNC_WAL, READ, REPLY], /before mail\.db-wal/],
  [
    'the sync failed',
    false,
    [READ, SYNC_WAL.replace('= 0', '= -1 EIO (Input/output error)'), REPLY],
    /before/,
  ],
  [
    'the reply is written while the sync still runs',
    false,
    [
      READ,
      '101 fdatasync(25</d/mail.db-wal> <unfinished ...>',
      REPLY,
      '101 <... fdatasync resumed>) = 0',
    ],
    /before mail\.db-wal/,
  ],
  [
    'the tracer leaves while the reply is written',
    false,
    [READ, SYNC_WAL, `100 write(${SOCKET}, ""..., 40 <detached ...>`],
    null,
  ],
  [
    'the sync ends before the reply, in pieces',
    false,
    [
      READ,
      '101 fdatasync(25</d/mail.db-wal> <unfinished ...>',
      '101 <... fdatasync resumed>) = 0',
      REPLY,
    ],
    null,
  ],
  [
    'a large one, the right order',
    true,
    [READ, SYNC_FILE, RENAME, SYNC_FOLDER, SYNC_WAL, REPLY],
    null,
  ],
  [
    'a large one, file not synced',
    true,
    [READ, RENAME, SYNC_FOLDER, SYNC_WAL, REPLY],
    /before it was synced/,
  ],
  ['a large one, folder not synced', true, [READ, SYNC_FILE, RENAME, SYNC_WAL, REPLY], /folder/],
  ['a large one, never renamed', true, [READ, SYNC_FILE, SYNC_WAL, REPLY], /its name/],
  [
    'a large one, database first',
    true,
    [READ, SYNC_WAL, SYNC_FILE, RENAME, SYNC_FOLDER, REPLY],
    /database/,
  ],
]

for (const [name, large, lines, problem] of CASES) {
  test(name, () => {
    const found = orderProblem(parseStrace(lines.join('\n')), {
      port: 40_001,
      large,
      dataFolder: '/d',
    })
    if (problem === null) assert.equal(found, null)
    else assert.match(found ?? 'no problem found', problem)
  })
}
