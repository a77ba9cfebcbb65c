/** Events that are little more than a sentence. */
import type { Note, NoteTopic, Panic } from './event.ts'

/** A note of our own, about no message. */
export function noteOf(atMs: number, topic: NoteTopic, text: string): Note {
  return { type: 'note', atMs, id: null, topic, host: null, program: null, text }
}

/** An alarm of our own, about no message. */
export function panicOf(atMs: number, text: string): Panic {
  return { type: 'panic', atMs, id: null, severity: 'panic', program: null, text }
}
