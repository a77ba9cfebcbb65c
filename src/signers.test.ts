import assert from 'node:assert/strict'
import { test } from 'node:test'

import { signers } from './signers.ts'
import type { Signer } from './trust/dkim/signer.ts'

test('a key that cannot be opened is told of once, until that changes', () => {
  const said: string[] = []
  const signer: Signer = { domain: 'here.example', sign: async () => new Uint8Array(0) }
  let trouble: string | null = null
  const signerFor = signers({
    open: () => {
      if (trouble !== null) throw new Error(trouble)
      return signer
    },
    alarm: (text) => said.push(text),
  })
  assert.equal(signerFor('here.example'), signer)
  assert.deepEqual(said, [])
  trouble = 'the key file is missing'
  for (let message = 0; message < 3; message++) assert.equal(signerFor('here.example'), null)
  assert.equal(signerFor('other.example'), null)
  trouble = 'the key file is another one'
  assert.equal(signerFor('here.example'), null)
  trouble = null
  for (let message = 0; message < 3; message++) assert.equal(signerFor('here.example'), signer)
  assert.deepEqual(said, [
    'mail from here.example goes out unsigned, until this is mended: the key file is missing',
    'mail from other.example goes out unsigned, until this is mended: the key file is missing',
    'mail from here.example goes out unsigned, until this is mended: the key file is another one',
    'mail from here.example is signed again',
  ])
})
