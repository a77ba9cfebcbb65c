import type { NoteTopic } from '../event.ts'

/**
 * What lines of a form are about. A form is how the text starts; `*` stands for anything, and `@`
 * for a host, `name (helo) [address]:port`, and whatever stands between it and what follows.
 */
export type NoteRule = readonly [form: string, topic: NoteTopic]

/** What matched: the topic, and where in the text the host stands; -1 when the form names none. */
export interface NoteMatch {
  readonly topic: NoteTopic
  readonly hostAt: number
}

/** Rules by the first two characters of their texts; the first that matches counts. */
export class NoteRules {
  readonly #byStart = new Map<string, Form[]>()
  readonly #anywhere: Form[] = []

  constructor(...tables: readonly (readonly NoteRule[])[]) {
    for (const rule of tables.flat()) {
      const form = compile(rule)
      if (form.start.length < KEY_CHARS) {
        this.#anywhere.push(form)
        continue
      }
      const key = form.start.slice(0, KEY_CHARS)
      const forms = this.#byStart.get(key)
      if (forms === undefined) this.#byStart.set(key, [form])
      else forms.push(form)
    }
  }

  /** Each form looks at each character at most once for each of its parts. */
  match(text: string): NoteMatch | undefined {
    for (const form of this.#byStart.get(text.slice(0, KEY_CHARS)) ?? NO_FORMS) {
      const found = matched(form, text)
      if (found !== undefined) return found
    }
    for (const form of this.#anywhere) {
      const found = matched(form, text)
      if (found !== undefined) return found
    }
    return undefined
  }
}

interface Form {
  readonly start: string
  /** Each stands somewhere after the one before. */
  readonly parts: readonly Part[]
  readonly topic: NoteTopic
}

interface Part {
  /** The host stands where the part before ended. */
  readonly isHost: boolean
  readonly text: string
}

function compile([form, topic]: NoteRule): Form {
  const pieces = form.split(/([*@])/)
  const parts: Part[] = []
  for (let index = 1; index < pieces.length; index += 2)
    parts.push({ isHost: pieces[index] === '@', text: pieces[index + 1] ?? '' })
  return { start: pieces[0] ?? '', parts, topic }
}

function matched({ start, parts, topic }: Form, text: string): NoteMatch | undefined {
  if (!text.startsWith(start)) return undefined
  let at = start.length
  let hostAt = -1
  for (const part of parts) {
    if (part.isHost) hostAt = at
    const found = text.indexOf(part.text, at)
    if (found < 0) return undefined
    at = found + part.text.length
  }
  return { topic, hostAt }
}

const KEY_CHARS = 2
const NO_FORMS: readonly Form[] = []
