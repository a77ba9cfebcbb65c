import assert from 'node:assert/strict'
import { test } from 'node:test'

import { lineOf, linesOf } from './lines.ts'

test('finds keys behind comments, strings, lists and tables of every form', () => {
  const lines = linesOf(`# top = 1
a = "x # not a comment"
b.c = '''
[not.a.table]
d = 1'''
"e f" = [ # a list
  "]", '[',
  { g = 1 },
]
h = """\\""" not the end"""
[i . "j"]
k = 1
[[l]]
m = 1

[[l]]
m = 2
[l.n]
o = 3
`)
  const expected: [string, number][] = [
    ['a', 2],
    ['b.c', 3],
    ['e f', 6],
    ['h', 10],
    ['i.j', 11],
    ['i.j.k', 12],
    ['l.0.m', 14],
    ['l.1', 16],
    ['l.1.m', 17],
    ['l.1.n.o', 19],
  ]
  for (const [path, line] of expected) assert.equal(lines.get(path), line, path)
  assert.equal(lines.get('not.a.table'), undefined)
  assert.equal(lines.get('d'), undefined)
})

test('a path that is not there is found at the table around it', () => {
  const lines = linesOf('[a.b]\nc = { d = 1 }')
  assert.equal(lineOf(lines, ['a', 'b', 'c', 'd']), 2)
  assert.equal(lineOf(lines, ['a', 'b', 'x']), 1)
  assert.equal(lineOf(lines, ['z']), undefined)
})
