import { cellWidth } from '../table.ts'

/** A text in lines of at most so many cells, at its spaces; a longer word goes on in the next line. */
export function wrapped(text: string, cells: number): string[] {
  if (cellWidth(text) <= cells) return [text]
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (cellWidth(longer) <= cells) {
      line = longer
      continue
    }
    if (line !== '') lines.push(line)
    line = word
    if (cellWidth(word) <= cells) continue
    const pieces = piecesOf(word, cells)
    line = pieces.pop() ?? ''
    lines.push(...pieces)
  }
  return line === '' ? lines : [...lines, line]
}

function piecesOf(word: string, cells: number): string[] {
  const pieces: string[] = []
  let piece = ''
  let used = 0
  for (const char of word) {
    const width = cellWidth(char)
    if (used + width > cells && piece !== '') {
      pieces.push(piece)
      piece = ''
      used = 0
    }
    piece += char
    used += width
  }
  return [...pieces, piece]
}
