import assert from 'node:assert/strict'

import { Cursor } from '../../../src/base/cursor.ts'
import { SyntaxFault } from '../../../src/base/faults.ts'
import { DEFAULT_LIMITS } from '../../../src/base/limits.ts'
import { COMMANDS } from '../../../src/imap-server/commands.ts'
import {
  CommandReader,
  type Frame,
  type ReaderLimits,
} from '../../../src/syntax/imap/command-reader.ts'
import { cuts, type FuzzTarget } from '../target.ts'

const LIMITS: ReaderLimits = {
  maxLineOctets: 2000,
  maxLiteralOctets: 200,
  maxLiteralsTotalOctets: 500,
  maxLiterals: 10,
  streamsMessages: true,
}

/** The frames of these octets, and the octets of messages. */
function read(chunks: readonly Uint8Array[]): (Frame | string)[] {
  const reader = new CommandReader(LIMITS)
  const frames: (Frame | string)[] = []
  let message = ''
  for (const chunk of chunks) {
    reader.push(Buffer.from(chunk))
    for (;;) {
      while (reader.messageOctetsToCome > 0) {
        const octets = reader.takeMessage()
        if (octets === null) break
        message += octets.toString('latin1')
      }
      if (reader.messageOctetsToCome > 0) break
      if (message !== '') frames.push(message)
      message = ''
      const frame = reader.take()
      if (frame === null) break
      frames.push(frame)
      if (frame.kind === 'refused' && frame.fatal) return frames
    }
  }
  return frames
}

/** Reads arguments by the grammar of the command, whatever the session's state. */
function parse(text: string): void {
  for (const form of ['utf7', 'utf8'] as const) {
    const cursor = new Cursor(text)
    const words = text.split(' ', 3).map((word) => word.toUpperCase())
    const name = words[1] === 'UID' ? `UID ${words[2]}` : (words[1] ?? '')
    const command = COMMANDS.get(name)
    if (command === undefined) return
    cursor.at = (words[0]?.length ?? 0) + 1 + name.length
    try {
      command.prepare(cursor, { form, limits: DEFAULT_LIMITS })
    } catch (error) {
      if (!(error instanceof SyntaxFault)) throw error
      assert.ok(error.at >= 0 && error.at <= text.length, 'a fault is inside the text')
    }
  }
}

export const target: FuzzTarget = {
  name: 'imap-command',
  seeds: [
    'a LOGIN {4}\r\njane "x\\"y"\r\nb ID ("name" NIL)\r\n',
    'a SELECT INBOX (CONDSTORE)\r\nb LIST (SUBSCRIBED) "" (a/% *) RETURN (STATUS (MESSAGES))\r\n',
    'a FETCH 1:*,3 (UID BODY.PEEK[1.2.HEADER.FIELDS (To "x")]<0.10> BINARY[1]) (CHANGEDSINCE 5)\r\n',
    'a SEARCH RETURN (MIN SAVE) CHARSET UTF-8 OR (NOT SEEN 1:3) HEADER x {1+}\r\ny BEFORE 1-Jan-2020\r\n',
    'a UID STORE $ (UNCHANGEDSINCE 3) +FLAGS.SILENT (\\Seen $x)\r\n',
    'a APPEND {1+}\r\nx (\\Seen) "01-Jan-2020 00:00:00 +0000" ~{5+}\r\nab\r\nc\r\n',
    'a CREATE &APw- (USE (\\Sent))\r\nb STATUS x (SIZE)\r\nc ENABLE IMAP4rev2\r\n',
  ],
  dictionary: [
    ...[
      '\r\n',
      ' ',
      '(',
      ')',
      '"',
      '\\',
      '{1}',
      '{1+}\r\n',
      '~{2}',
      '*',
      '%',
      '$',
      ':',
      ',',
      '<0.1>',
      '[',
      ']',
    ],
    ...[
      'UID ',
      'FETCH ',
      'SEARCH ',
      'STORE ',
      'COPY ',
      'LIST ',
      'APPEND ',
      'NOT ',
      'OR ',
      'NIL',
      'RETURN (',
    ],
    ...['BODY[', 'HEADER', 'CHANGEDSINCE ', '4294967295', '\0', '&', 'INBOX'],
  ],
  run(octets) {
    const frames = read([octets])
    assert.deepEqual(read(cuts(octets)), frames, 'the cuts do not matter')
    for (const frame of frames) {
      if (typeof frame !== 'string' && frame.kind === 'command') parse(frame.text)
    }
  },
}
