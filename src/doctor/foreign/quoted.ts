/** A word of a command that is copied into a shell: users choose names of folders, and root copies. */
export function quoted(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word) && !word.startsWith('-')) return word
  // What a terminal could take for something else has no place in a command.
  if (/[\u0000-\u001f\u007f-\u009f]/.test(word)) return 'NAME'
  return `'${word.replaceAll("'", "'\\''")}'`
}
