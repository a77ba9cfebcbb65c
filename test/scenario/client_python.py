"""What a Python program does with a mail server. Prints one line for each thing that worked."""
import imaplib
import json
import smtplib
import ssl
import sys
import threading

here = json.load(sys.stdin)
anyone = ssl._create_unverified_context()
alice, bob = here['alice'], here['bob']


def message(name, size=20):
    lines = ['.dot', 'grüße', 'From here', ''] + ['line %d' % n for n in range(size)] + ['.', 'end']
    head = ['From: <%s>' % bob, 'To: <%s>' % alice, 'Subject: %s' % name,
            'Message-ID: <%s@python.test>' % name, 'Date: Fri, 20 Nov 2026 09:00:00 +0000', '']
    return '\r\n'.join(head + lines + ['']).encode('utf-8')


def done(what):
    print(what)


first, second = message('first'), message('second', 5000)

with smtplib.SMTP('127.0.0.1', here['smtp'], local_hostname='client.test') as smtp:
    assert smtp.sendmail('x@client.test', [alice], first) == {}
done('smtplib: delivered from outside')

with smtplib.SMTP('127.0.0.1', here['submission'], local_hostname='client.test') as smtp:
    smtp.starttls(context=anyone)
    smtp.login(bob, here['bobPassword'])
    assert smtp.sendmail(bob, [alice], second, ['BODY=8BITMIME']) == {}
done('smtplib: submitted with STARTTLS and AUTH')

with smtplib.SMTP('127.0.0.1', here['smtp'], local_hostname='client.test') as smtp:
    refused = smtp.sendmail('x@client.test', [alice, 'nobody@example.test'], message('third'))
    assert refused['nobody@example.test'][0] == 550, refused
done('smtplib: refused an unknown recipient')

imap = imaplib.IMAP4_SSL('127.0.0.1', here['imaps'], ssl_context=anyone)
imap.login(alice, here['alicePassword'])
assert imap.select('INBOX') == ('OK', [b'3'])
for number, sent in ((1, first), (2, second)):
    status, data = imap.fetch(str(number), '(BODY.PEEK[] RFC822.SIZE)')
    octets = data[0][1]
    assert octets.endswith(sent), octets
    added = octets[:-len(sent)].decode()
    assert all(line.startswith(('Return-Path:', 'Delivered-To:', 'Received:', ' ', '\t'))
               for line in added.splitlines()), added
    assert b'RFC822.SIZE %d' % len(octets) in data[0][0] + data[1], data
done('imaplib: both are there, byte-exact')

draft = message('draft')
status, data = imap.append('Drafts', r'(\Draft)', None, draft)
assert status == 'OK' and b'APPENDUID' in data[0], data
imap.select('Drafts')
assert imap.fetch('1', '(BODY[])')[1][0][1] == draft
done('imaplib: appended a draft and read it back')

imap.store('1', '+FLAGS', r'(\Flagged work)')
flags = imaplib.ParseFlags(imap.fetch('1', '(FLAGS)')[1][0])
assert set(flags) >= {b'\\Flagged', b'\\Draft', b'work'}, flags
imap.store('1', '-FLAGS', r'(\Flagged)')
assert b'\\Flagged' not in imaplib.ParseFlags(imap.fetch('1', '(FLAGS)')[1][0])
done('imaplib: flags are kept')

imap.select('INBOX')
assert imap.search(None, 'SUBJECT', 'second')[1] == [b'2']
assert imap.uid('MOVE', '2', 'Archive')[0] == 'OK'
assert imap.search(None, 'SUBJECT', 'second')[1] == [b'']
imap.select('Archive')
assert imap.fetch('1', '(BODY.PEEK[])')[1][0][1].endswith(second)
done('imaplib: moved')

imap.store('1', '+FLAGS.SILENT', r'(\Deleted)')
assert imap.expunge()[1] == [b'1']
assert imap.search(None, 'ALL')[1] == [b'']
done('imaplib: deleted')

imap.select('INBOX')
tag = imap._new_tag()
imap.send(tag + b' IDLE\r\n')
assert imap.readline().startswith(b'+')


def send_later():
    with smtplib.SMTP('127.0.0.1', here['smtp'], local_hostname='client.test') as smtp:
        smtp.sendmail('x@client.test', [alice], message('fourth'))


sender = threading.Thread(target=send_later)
sender.start()
line = b''
while b'EXISTS' not in line:
    line = imap.readline()
    assert line, 'closed during IDLE'
sender.join()
imap.send(b'DONE\r\n')
while not line.startswith(tag):
    line = imap.readline()
assert b' OK' in line, line
done('imaplib: IDLE told of new mail')
imap.logout()

imap = imaplib.IMAP4('127.0.0.1', here['imap'])
assert 'LOGINDISABLED' in imap.capabilities, imap.capabilities
imap.starttls(anyone)
imap.login(bob, here['bobPassword'])
imap.logout()
done('imaplib: logged in over STARTTLS')
