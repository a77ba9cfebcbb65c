/** Which of the words after `waybill log search` are patterns, and which are files. */
import { existsSync } from 'node:fs'

import { STANDARD_INPUT } from '../../trace/source/source.ts'

export interface SearchWords {
  readonly patterns: readonly string[]
  readonly files: readonly string[]
}

/**
 * As for grep and exigrep, patterns come first and files last. A word is a file when it is `-`, has
 * a slash, the ending of a log, or is the name of one that is there. The first word is a pattern whatever it looks like,
 * unless a filter says already what to look for.
 *
 * @param afterDashes  how many of the words stand after `--`: they are files, if a pattern or a
 *   filter stands before; else `--` only says that what follows is no option
 */
export function splitWords(
  words: readonly string[],
  afterDashes: number,
  isFiltered: boolean,
): SearchWords {
  const least = isFiltered ? 0 : 1
  const border = words.length - afterDashes
  if (afterDashes > 0 && border >= least)
    return { patterns: words.slice(0, border), files: words.slice(border) }
  let first = words.length
  while (first > least && isFile(words[first - 1] ?? '')) first--
  return { patterns: words.slice(0, first), files: words.slice(first) }
}

function isFile(word: string): boolean {
  return word === STANDARD_INPUT || word.includes('/') || LOG_NAME.test(word) || existsSync(word)
}

/** A word with such an ending is meant as a file, even when it is mistyped. */
const LOG_NAME = /^[^@]{1,255}\.(?:log|gz|xz|zst|bz2)$/
