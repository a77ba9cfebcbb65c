/** The table of errors, rule by rule: each example gets its own rule, so the order is right. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { explainError } from './explain.ts'
import { factsOf } from './facts.ts'
import { normalText } from './normal.ts'
import { isInText, patternOf } from './pattern.ts'
import type { Example } from './rule.ts'
import { stepsFor } from './steps.ts'
import { RULES } from './table.ts'
import { CATEGORIES } from './types.ts'

function explain(example: Example) {
  const [text, known] = typeof example === 'string' ? [example, {}] : example
  return explainError(factsOf(text, known))
}

for (const rule of RULES)
  test(`${rule.id}: its examples get this rule and no other`, () => {
    assert.ok(rule.examples.length > 0, 'no example')
    for (const example of rule.examples) {
      const { reason, isKnown, evidence } = explain(example)
      assert.equal(reason.id, rule.id, `${String(example)}\n${evidence.join(', ')}`)
      assert.equal(isKnown, rule.isFallback !== true)
    }
  })

test('there are at least 180 rules, and ids are unique and kebab-case', () => {
  assert.ok(RULES.length >= 180, String(RULES.length))
  const ids = RULES.map(({ id }) => id)
  assert.deepEqual(
    ids.filter((id, at) => ids.indexOf(id) !== at),
    [],
  )
  assert.deepEqual(
    ids.filter((id) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(id)),
    [],
  )
})

test('titles, meanings and remedies are short, whole and never empty', () => {
  const wrong: string[] = []
  for (const { id, title, meaning, remedy } of RULES) {
    if (title.length === 0 || title.length > 60 || title.endsWith('.')) wrong.push(`${id}: title`)
    if (meaning.length < 20 || meaning.length > 500) wrong.push(`${id}: meaning ${meaning.length}`)
    if (!/[.!?)]$/.test(meaning)) wrong.push(`${id}: meaning has no end`)
    const steps = stepsFor(remedy, null)
    if (steps.length === 0 || steps.length > 15) wrong.push(`${id}: remedy`)
    for (const step of steps) {
      if (step.length < 10 || step.length > 280) wrong.push(`${id}: step ${step.length}: ${step}`)
      if (!/[.!?]\)?$/.test(step)) wrong.push(`${id}: step has no end: ${step}`)
    }
  }
  assert.deepEqual(wrong, [])
})

test('titles are unique, so that a list of them can be read', () => {
  const titles = RULES.map(({ title }) => title)
  assert.deepEqual(
    titles.filter((title, at) => titles.indexOf(title) !== at),
    [],
  )
})

test('links are whole https addresses', () => {
  const wrong = RULES.flatMap(({ links }) => links).filter(
    (link) => !URL.canParse(link) || !/^https?:\/\//.test(link),
  )
  assert.deepEqual(wrong, [])
})

test('every category but unknown has a rule', () => {
  const used = new Set(RULES.map(({ category }) => category))
  assert.deepEqual(
    CATEGORIES.filter((category) => !used.has(category) && category !== 'unknown'),
    [],
  )
})

test('patterns are in the form of the texts they are compared with', () => {
  const wrong: string[] = []
  for (const { id, match } of RULES)
    for (const { text = [], without = [], enhanced = [], codes = [] } of [match].flat()) {
      if (text.length + enhanced.length + codes.length === 0) wrong.push(`${id}: found by nothing`)
      for (const words of [...text, ...without])
        if (
          !isInText(normalText(words.replaceAll('*', ' ').replaceAll('|', ' ')), patternOf(words))
        )
          wrong.push(`${id}: ${words}`)
    }
  assert.deepEqual(wrong, [])
})

test('no pattern is shadowed: each one, alone, finds its rule or one before it of another kind', () => {
  const twice: string[] = []
  const seen = new Map<string, string>()
  for (const { id, match } of RULES)
    for (const form of [match].flat()) {
      const { text = [], ...rest } = form
      if (Object.keys(rest).length > 0) continue
      for (const words of text) {
        const earlier = seen.get(words)
        if (earlier !== undefined && earlier !== id) twice.push(`${words}: ${earlier}, ${id}`)
        seen.set(words, id)
      }
    }
  assert.deepEqual(twice, [])
})
