/** Archives as `tar` reads them: POSIX.1-1988, "ustar". Only what a bundle needs: short plain files. */
import { gzipSync } from 'node:zlib'

export interface TarFile {
  /** With `/` between folders; at most 100 octets of ASCII. */
  readonly name: string
  readonly octets: Uint8Array
}

/** A .tar.gz. Every file is its owner's to read alone, and of the same time. */
export function tarGz(files: readonly TarFile[], modifiedMs: number): Uint8Array {
  const blocks = files.flatMap(({ name, octets }) => [
    header(name, octets.length, modifiedMs),
    octets,
    new Uint8Array((BLOCK - (octets.length % BLOCK)) % BLOCK),
  ])
  return gzipSync(Buffer.concat([...blocks, new Uint8Array(2 * BLOCK)]), { level: 9 })
}

function header(name: string, sizeOctets: number, modifiedMs: number): Uint8Array {
  if (name.length > NAME_OCTETS || /[^ -~]/.test(name)) throw new RangeError(`no name: ${name}`)
  const block = Buffer.alloc(BLOCK)
  const octal = (value: number, at: number, digits: number) =>
    block.write(`${Math.floor(value).toString(8).padStart(digits, '0')}\0`, at, 'latin1')
  block.write(name, 0, 'latin1')
  octal(0o600, 100, 7)
  octal(0, 108, 7) // Owner and group are whoever unpacks it.
  octal(0, 116, 7)
  octal(sizeOctets, 124, 11)
  octal(modifiedMs / 1000, 136, 11)
  block.write(' '.repeat(8), 148, 'latin1') // The checksum counts as spaces.
  block.write('0', 156, 'latin1') // A plain file.
  block.write('ustar\x0000', 257, 'latin1')
  const sum = block.reduce((total, octet) => total + octet, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return block
}

const BLOCK = 512
const NAME_OCTETS = 100
