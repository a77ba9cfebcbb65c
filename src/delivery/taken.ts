/**
 * Mail that comes as a file, accepted once: the file's name is in the commit that accepts it, and
 * stays until the file is gone for certain. After a crash in between, a file with such a name is
 * only removed.
 */
import { Refusal } from '../base/faults.ts'
import { all, change, defineWrite, type Steps } from '../db/statement.ts'

/** Part of the write that accepts. @throws Refusal alreadyExists: it was accepted before */
export function* noteTaken(name: string): Steps<void> {
  const { rows } = yield* change('INSERT OR IGNORE INTO taken_file (name) VALUES (?)', name)
  if (rows === 0) throw new Refusal('alreadyExists', `${name} was accepted before`)
}

/** Names of files that were accepted, and may still be there. */
export function* readTaken(): Steps<ReadonlySet<string>> {
  const rows = yield* all<{ name: string }>('SELECT name FROM taken_file')
  return new Set(rows.map(({ name }) => name))
}

/** The files are gone, on stable storage. */
export const forgetTaken = defineWrite(
  'forgetTaken',
  function* (names: readonly string[]): Steps<void> {
    for (const name of names) yield* change('DELETE FROM taken_file WHERE name = ?', name)
  },
  { freesSpace: true },
)
