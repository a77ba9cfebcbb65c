/** `1 account`, `2 accounts`, `3 mailboxes`. */
export function counted(count: number, noun: string): string {
  const ending = count === 1 ? '' : /(s|x)$/.test(noun) ? 'es' : 's'
  return `${count} ${noun}${ending}`
}
