/** An SMTP server that does nothing: what the load generator reaches against it is the measurable limit. */
import { createServer } from 'node:net'

const REPLY = { EHLO: '250 sink.test\r\n', DATA: '354 go on\r\n', QUIT: '221 bye\r\n' } as const
const END = Buffer.from('\r\n.\r\n')

const server = createServer({ noDelay: true }, (socket) => {
  let inMessage = false
  let tail = Buffer.alloc(0)
  socket.write('220 sink.test ESMTP\r\n')
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk) => {
    if (inMessage) {
      tail = Buffer.concat([tail, chunk]).subarray(-END.length)
      if (!tail.equals(END)) return
      inMessage = false
      socket.write('250 ok\r\n')
      return
    }
    const verb = chunk.toString('latin1', 0, 4).toUpperCase()
    socket.write(REPLY[verb as keyof typeof REPLY] ?? '250 ok\r\n')
    inMessage = verb === 'DATA'
    tail = Buffer.alloc(0)
    if (verb === 'QUIT') socket.end()
  })
})
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address !== 'string') process.stdout.write(`${address.port}\n`)
})
