/** The documents say what the code does. */
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'

import { referenceDocs } from '../scripts/reference.ts'
import { citationsIn, readIndex } from '../scripts/rfc-index.ts'

test('docs/reference is what the code says: npm run docs writes it anew', async () => {
  for (const [path, text] of await referenceDocs())
    assert.equal(existsSync(path) ? readFileSync(path, 'utf8') : '', text, path)
})

test('every RFC with the status Yes is cited in code and in a test', () => {
  const [code, tests] = [citationsIn('code'), citationsIn('tests')]
  const missing = readIndex()
    .filter(({ status }) => status === 'Yes')
    .flatMap(({ number }) => [
      ...(code.has(number) ? [] : [`RFC ${number} is cited in no code`]),
      ...(tests.has(number) ? [] : [`RFC ${number} is cited in no test`]),
    ])
  assert.deepEqual(missing, [])
})

test('every RFC that the code cites is in docs/rfc/index.tsv, in order and once', () => {
  const numbers = readIndex().map(({ number }) => Number(number))
  assert.deepEqual(
    numbers,
    [...new Set(numbers)].sort((a, b) => a - b),
  )
  const cited = [...citationsIn('code').keys()].map(Number)
  assert.deepEqual(cited.filter((number) => !numbers.includes(number)).sort(), [])
})

test('every RFC that the README names is in docs/rfc/index.tsv', () => {
  const readme = readFileSync('README.md', 'utf8')
  const table = readme.slice(
    readme.indexOf('| protocol | RFC |'),
    readme.indexOf('## What it promises'),
  )
  const numbers = new Set(readIndex().map(({ number }) => number))
  const named = [...table.matchAll(/\b\d{4}\b/g)].map(([number]) => number)
  assert.ok(named.length > 20)
  assert.deepEqual(
    named.filter((number) => !numbers.has(number)),
    [],
  )
})

test('links between documents lead somewhere', () => {
  const broken: string[] = []
  for (const file of globSync(['*.md', 'docs/**/*.md', 'bench/*.md']))
    for (const [, target = ''] of readFileSync(file, 'utf8').matchAll(/\]\(([^)#\s]+)[^)]*\)/g))
      if (!target.includes(':') && !existsSync(join(dirname(file), target)))
        broken.push(`${file} → ${target}`)
  assert.deepEqual(broken, [])
})

test('every file that ARCHITECTURE.md names is there', () => {
  const text = readFileSync('ARCHITECTURE.md', 'utf8')
  const named = [...text.matchAll(/`((?:[\w-]+\/)*[\w-]+\.ts)`/g)].map(([, path = '']) => path)
  assert.ok(named.length > 10)
  const missing = named.filter(
    (path) =>
      !existsSync(path) &&
      !existsSync(join('src', path)) &&
      !IN_SENTENCE.has(path) &&
      !path.includes('/NNN-'),
  )
  assert.deepEqual(missing, [])
})

test('commands that findings, alerts and reasons tell to type are there, with their options', () => {
  const usage = new Map(
    [...readFileSync('docs/reference/commands.md', 'utf8').matchAll(USAGE)].map(
      ([block, name = '']) => [name, block] as const,
    ),
  )
  assert.ok(usage.size > 50)
  const unknown: string[] = []
  let seen = 0
  for (const file of globSync('src/{alerts,diagnosis,doctor,report}/**/*.ts')) {
    if (file.endsWith('.test.ts')) continue
    for (const [, command = ''] of readFileSync(file, 'utf8').matchAll(COMMAND)) {
      seen++
      const words =
        command
          .replace(/\$\{[^}]*\}/g, 'X')
          .split(/[;|&]/, 1)[0]
          ?.trim()
          .split(/ +/) ?? []
      let count = 1
      while (count < words.length && usage.has(words.slice(0, count + 1).join(' '))) count++
      const block = usage.get(words.slice(0, count).join(' ')) ?? ''
      const options = words.filter((word) => /^--?[a-z]/.test(word))
      const isThere =
        !(/^Usage: [^\n]*\[command\]/.test(block) && /^[a-z]/.test(words[count] ?? '')) &&
        options.every(
          (option) =>
            new RegExp(`^ +(?:-\\w, )?${option}\\b`, 'm').test(block) ||
            /^--(?:data|config|help)$/.test(option),
        )
      if (count === 1 || !isThere) unknown.push(`${file}: ${command}`)
    }
  }
  assert.ok(seen > 100)
  assert.deepEqual(unknown, [])
})

/** `Usage: waybill queue list [options]`, with what follows it. */
const USAGE = /^Usage: (waybill(?: [a-z][a-z-]*)*)[^\n]*\n.*?^```$/gms
/** A text of code that is such a command. */
const COMMAND = /['`](?:sudo )?(waybill [a-z][^'`\n]*)['`]/g

/** Named without their folder, where the sentence has just said it. */
const IN_SENTENCE: ReadonlySet<string> = new Set(['capability.ts', 'session.ts', 'limits.ts'])
