import assert from 'node:assert/strict'
import { test } from 'node:test'

import { step } from '../findings.ts'
import { stepInRoot } from './steps.ts'

const IN_ROOT = { root: '/srv/old', hostPath: (path: string) => `/srv/old${path}` }

for (const [command, wanted] of [
  [
    'mv /var/log/exim4/paniclog /var/log/exim4/paniclog.seen',
    'chroot /srv/old mv /var/log/exim4/paniclog /var/log/exim4/paniclog.seen',
  ],
  ['chown -R vmail: /home/v', 'chroot /srv/old chown -R vmail: /home/v'],
  [
    'postconf -X soft_bounce && postfix reload',
    'chroot /srv/old postconf -X soft_bounce && chroot /srv/old postfix reload',
  ],
  ["mv '/home/a && b' '/home/a && b.old'", "chroot /srv/old mv '/home/a && b' '/home/a && b.old'"],
  [
    "chgrp mail '/etc/a; b' && chmod 0640 '/etc/a'\\'' && b'",
    "chroot /srv/old chgrp mail '/etc/a; b' && chroot /srv/old chmod 0640 '/etc/a'\\'' && b'",
  ],
  ['/usr/sbin/exim4 -bp | grep frozen', 'chroot /srv/old /usr/sbin/exim4 -bp | grep frozen'],
  ['editor /etc/postfix/virtual', 'editor /srv/old/etc/postfix/virtual'],
  [
    'openssl x509 -noout -pubkey -in /etc/c.pem; openssl pkey -pubout -in /etc/k.pem',
    'openssl x509 -noout -pubkey -in /srv/old/etc/c.pem; openssl pkey -pubout -in /srv/old/etc/k.pem',
  ],
  ['systemctl list-timers', 'systemctl --root=/srv/old list-unit-files --type=timer'],
  ['journalctl -u exim4 -n 50', 'journalctl --root=/srv/old -u exim4 -n 50'],
  ['ss -ltnp', 'ss -ltnp'],
  ['sudo waybill doctor', 'sudo waybill doctor'],
  [
    'waybill log explain /srv/old/var/log/exim4/paniclog',
    'waybill log explain /srv/old/var/log/exim4/paniclog',
  ],
] as const)
  test(`in another root: ${command}`, () => {
    assert.equal(stepInRoot(step('do it', command), IN_ROOT).command, wanted)
    const here = { root: '/', hostPath: (path: string) => path }
    assert.equal(stepInRoot(step('do it', command), here).command, command)
  })

test('where to write is named as it is on this machine; what to write is not changed', () => {
  const text =
    'Write into /etc/dovecot/conf.d/10-master.conf: unix_listener /var/spool/auth { mode = 0660 }'
  assert.equal(
    stepInRoot(step(text), IN_ROOT).text,
    text.replace('/etc/', () => '/srv/old/etc/'),
  )
})

test('a folder with a space is one word', () => {
  const { command } = stepInRoot(step('x', 'postfix reload'), { ...IN_ROOT, root: '/srv/old one' })
  assert.equal(command, "chroot '/srv/old one' postfix reload")
})
