import assert from 'node:assert/strict'
import { test } from 'node:test'

import { parameterText } from './parameter-text.ts'
import { parseDisposition, parseMediaType } from './parameters.ts'

const types: [value: string, type: string | null, ...parameters: [string, string][]][] = [
  ['text/plain', 'text/plain'],
  ['Text / (x) HTML (y) ; Charset = utf-8', 'text/html', ['Charset', 'utf-8']],
  ['text/plain; charset=us-ascii (Plain text)', 'text/plain', ['charset', 'us-ascii']],
  [
    'text/plain; charset="us-ascii"; format=flowed',
    'text/plain',
    ['charset', 'us-ascii'],
    ['format', 'flowed'],
  ],
  ['multipart/mixed; boundary="a;b=\\"c\\""', 'multipart/mixed', ['boundary', 'a;b="c"']],
  ['multipart/mixed; boundary=----=_Part_1', 'multipart/mixed', ['boundary', '----=_Part_1']],
  ['application/x; name=my file (1).txt; x=y', 'application/x', ['name', 'my file'], ['x', 'y']],
  ['application/x; name=file(1).txt', 'application/x', ['name', 'file(1).txt']],
  ['application/x; name="never closed; x=y', 'application/x', ['name', 'never closed'], ['x', 'y']],
  ['application/x;; novalue; =x; a=b;', 'application/x', ['a', 'b']],
  ['application/x; a=; b=""', 'application/x', ['a', ''], ['b', '']],
  ["application/x; a*0*=utf-8''x; a*1=y", 'application/x', ['a*0*', "utf-8''x"], ['a*1', 'y']],
  ['application/x a=b', 'application/x'],
  ['text', null],
  ['text/', null],
  ['/plain', null],
  ['', null],
  ['; charset=x', null],
]
for (const [value, type, ...parameters] of types) {
  test(`RFC 2045 §5.1: Content-Type: ${value}`, () => {
    const parsed = parseMediaType(value, 128)
    assert.equal(parsed === null ? null : `${parsed.type}/${parsed.subtype}`, type)
    assert.deepEqual(parsed?.parameters ?? [], parameters)
  })
}

test('RFC 2183 §2: Content-Disposition', () => {
  assert.deepEqual(parseDisposition('ATTACHMENT; filename=a', 128), {
    type: 'attachment',
    parameters: [['filename', 'a']],
  })
  assert.equal(parseDisposition(' ', 128), null)
})

test('no more parameters than asked for', () => {
  assert.equal(parseMediaType(`a/b${'; c=d'.repeat(1000)}`, 128)?.parameters.length, 128)
})

const texts: [parameters: [string, string][], text: string | null][] = [
  [[['filename', 'a.txt']], 'a.txt'],
  [[['FileName', 'a.txt']], 'a.txt'],
  [[['name', 'a.txt']], null],
  [[['filename', '=?utf-8?q?=C3=BC.txt?=']], 'ü.txt'],
  [[['filename', '\xc3\xbc.txt']], 'ü.txt'],
  [[['filename*', "utf-8'de'%C3%BC.txt"]], 'ü.txt'],
  [[['filename*', "iso-8859-1''%FC.txt"]], 'ü.txt'],
  [[['filename*', '%41 100%']], 'A 100%'],
  [
    [
      ['filename', 'fallback'],
      ['filename*', "utf-8''x"],
    ],
    'x',
  ],
  // RFC 2231 §4.1, in the wrong order, with a character in two pieces
  [
    [
      ['filename*1*', '%BC%20'],
      ['filename*0*', "utf-8'en'%C3"],
      ['filename*2', '%20.txt'],
    ],
    'ü %20.txt',
  ],
  [
    [
      ['filename*0', 'a'],
      ['filename*2', 'c'],
    ],
    'a',
  ],
]
for (const [parameters, text] of texts) {
  test(`RFC 2231: ${JSON.stringify(parameters)} is ${text}`, () => {
    assert.equal(parameterText(parameters, 'filename'), text)
  })
}
