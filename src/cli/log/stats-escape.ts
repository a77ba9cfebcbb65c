/** Text from a log is a stranger's: nothing in it is markup here. */
export function escaped(text: string): string {
  return text.replace(/[&<>"'\u0000-\u0008\u000b-\u001f\u007f]/g, (char) => {
    return ENTITIES[char] ?? '\ufffd'
  })
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
