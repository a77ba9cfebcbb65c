/** Words of commands that are copied into a shell, perhaps by root: others chose them. */

/** The word itself where a shell takes it as it is, else in quotes. */
export function quoted(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word) && !word.startsWith('-')) return word
  // What a terminal could take for something else has no place in a command.
  if (/[\u0000-\u001f\u007f-\u009f]/.test(word)) return 'NAME'
  return `'${word.replaceAll("'", "'\\''")}'`
}

/** An address of ASCII; another, or what looks like an option, becomes `ADDRESS`. */
export function addressInCommand(address: string): string {
  return /^[!-,.-~][!-~]*$/.test(address) ? quoted(address) : 'ADDRESS'
}

/** A name of DNS; anything else becomes `NAME`. */
export function nameInCommand(name: string): string {
  return /^[a-z0-9_][a-z0-9._-]*$/i.test(name) ? name : 'NAME'
}
