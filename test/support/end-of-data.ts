/** The matrix of sequences that some reader, somewhere, might take for the end of a message (A01). */
const PARTS = [
  '\r\n',
  '\n',
  '\r',
  '\r\r\n',
  '\n\n',
  '\r\n\r',
  '\r\n\0',
  '\0\r\n',
  '\x85',
  '\xe2\x80\xa8', // U+2028 in UTF-8
  '\x0b',
  '\x0c',
  '',
] as const

/** What follows the false end: a whole second message. Latin1. */
export const SMUGGLED =
  'MAIL FROM:<evil@ext.test>\r\nRCPT TO:<bob@ours.test>\r\nDATA\r\n' +
  'Subject: smuggled\r\n\r\nevil\r\n.\r\n'

/** Those that must never end a message, and those that must. */
export function endSequences(): { readonly never: string[]; readonly always: string[] } {
  const all = PARTS.flatMap((before) => PARTS.map((after) => `${before}.${after}`))
  return {
    never: all.filter((sequence) => !sequence.includes('\r\n.\r\n')),
    always: all.filter((sequence) => sequence.includes('\r\n.\r\n')),
  }
}
