/** Where `-o` writes: beside the file first, and never over a log or what else the server keeps. */
import {
  type BigIntStats,
  fstatSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'

import { systemCodeOf, systemReason } from '../../base/faults.ts'
import { STANDARD_INPUT } from '../../trace/source/source.ts'
import { UsageFault } from '../faults.ts'

/**
 * @param output  by whatever name: a link to a log is that log
 * @param files  the logs that are named; without any, the server's own are read
 * @param dataFolder  the server's; null when files are named
 * @throws UsageFault when the report would replace a log that is read, or a file of the server
 */
export function refuseToReplace(
  output: string,
  files: readonly string[],
  dataFolder: string | null,
): void {
  const target = statOf(output)
  const isSame = (file: BigIntStats | null) =>
    target !== null && file !== null && target.dev === file.dev && target.ino === file.ino
  const isRead = files.some(
    (file) =>
      resolve(file) === resolve(output) ||
      (isRegular(target) && isSame(file === STANDARD_INPUT ? standardInput() : statOf(file))),
  )
  if (isRead) throw new UsageFault(`${output} is a log to read: -o would overwrite it`)
  if (dataFolder === null) return
  const folders = [dataFolder, join(dataFolder, 'log')]
  const isKept = folders.some((folder) => namesIn(folder).some((name) => isSame(statOf(name))))
  if (isKept || folders.some((folder) => sameFolder(folder, dirname(output))))
    throw new UsageFault(`${output} is where the server keeps its own: name another file with -o`)
}

/**
 * Writes all or nothing; only its owner can read it, since addresses are in it. What is no plain
 * file, as `/dev/stdout` and pipes, is written as it is.
 * @throws UsageFault why it cannot be written
 */
export function replaceFile(output: string, text: string): void {
  let temporary: string | null = null
  try {
    const there = statOf(output)
    if (there !== null && !there.isFile() && !there.isDirectory()) {
      writeFileSync(output, text)
      return
    }
    // A link stays: the file it leads to is replaced.
    const target = there === null ? output : realpathSync(output)
    const beside = join(dirname(target), `.${basename(target).slice(0, 100)}.${process.pid}.new`)
    writeFileSync(beside, '', { flag: 'wx', mode: 0o600 })
    temporary = beside
    writeFileSync(beside, text)
    renameSync(beside, target)
    temporary = null
  } catch (error) {
    throw new UsageFault(`${output} cannot be written: ${systemReason(error)}`)
  } finally {
    if (temporary !== null) rmSync(temporary, { force: true })
  }
}

/** Null when there is nothing of the name; numbers of files can be above 2^53. */
function statOf(path: string): BigIntStats | null {
  try {
    return statSync(path, { bigint: true })
  } catch (error) {
    if (NOTHING_THERE.has(systemCodeOf(error) ?? '')) return null
    throw new UsageFault(`${path} cannot be used: ${systemReason(error)}`)
  }
}

const NOTHING_THERE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP'])

/** Two names of one terminal are no danger. */
function isRegular(file: BigIntStats | null): boolean {
  return file?.isFile() === true
}

function standardInput(): BigIntStats | null {
  try {
    return fstatSync(0, { bigint: true })
  } catch {
    return null
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name))
  } catch {
    // It is not there, or may not be read: the log that cannot be read is told of later.
    return []
  }
}

function sameFolder(one: string, other: string): boolean {
  try {
    return realpathSync(one) === realpathSync(other)
  } catch {
    return false
  }
}
