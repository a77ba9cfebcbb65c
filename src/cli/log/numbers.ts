import { InvalidArgumentError } from 'commander'

/** A whole number from 1 to a million, as an option's value. */
export function count(text: string): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < 1 || value > 1_000_000)
    throw new InvalidArgumentError('it must be a whole number from 1 to 1000000.')
  return value
}
