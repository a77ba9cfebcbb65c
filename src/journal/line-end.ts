/** Where the line that `at` stands in ends: its newline, or the end of a text that has none. */
export function lineEnd(text: string, at: number): number {
  const newline = text.indexOf('\n', at)
  return newline < 0 ? text.length : newline
}
