/** What Postfix says of its own settings, tables and files. Each is said by this server to its own log. */
import type { ErrorFacts } from '../reasons/types.ts'
import type { Rule } from '../reasons/rule.ts'

const LOCAL: Partial<Omit<ErrorFacts, 'text'>> = { direction: 'local' }

const CHECK =
  'Check and look at what is set: `postfix check`, `postconf -n`, `postconf -M`; then `postfix reload`.'

const RULES: readonly Rule[] = [
  {
    id: 'postfix-restart-needed',
    category: 'configuration',
    title: 'Postfix: a change needs a stop and a start',
    meaning:
      'The addresses or protocols to listen on were changed. Postfix takes such a change only when it is started, not when it reloads.',
    actor: 'you',
    remedy: ['Run `postfix stop`, then `postfix start` (`systemctl restart postfix`).'],
    retry: 'afterFix',
    links: [],
    match: {
      direction: 'local',
      text: ['parameter value change', 'stop and start postfix'],
    },
    examples: [
      ['ignoring inet_interfaces parameter value change', LOCAL],
      ['to change inet_interfaces, stop and start Postfix', LOCAL],
    ],
  },
  {
    id: 'postfix-setting',
    category: 'configuration',
    title: 'Postfix: a setting is missing or has no valid value',
    meaning:
      'A line of main.cf or master.cf cannot be used as it stands. A daemon that needs it does not start, so mail that it should take or send waits.',
    actor: 'you',
    remedy: ['Mend the setting, or the line of the file, that the message names.', CHECK],
    retry: 'afterFix',
    links: ['https://www.postfix.org/postconf.5.html'],
    match: {
      direction: 'local',
      text: [
        'bad boolean configuration',
        'bad numerical configuration',
        'bad numeric configuration',
        'bad string length',
        'bad time value',
        'bad net/mask pattern',
        'non-null host address bits',
        'specify at least one working instance of',
        'specify at least one of',
        'unknown smtpd restriction',
        'ignored because of',
        'main.cf configuration error',
        'mailbox_size_limit is smaller than message_size_limit',
        "missing '=' after attribute name",
        "missing '=' after attribute value",
        'unused parameter:',
        'undefined parameter:',
        'overriding earlier entry',
        'parameter is not set',
        'bad transport type',
        'bad process limit',
        'main.cf, line',
        'main.cf: line',
        'master.cf, line',
        'master.cf: line',
        'no known tls version',
        'unexpected command-line argument',
        'bounce_template',
        'open dictionary: expecting',
        'execvp*no such file',
        'chdir(/var/spool',
        'specify a password table',
        'but no smtpd restriction list',
        'invalid tls level',
        'inet_interfaces',
        'my hostname*is not a fully qualified name',
        'bad parameter value syntax for mydomain',
        'macro name syntax error',

        'bad uid*in virtual_uid_maps',
        'bad gid*in virtual_gid_maps',
      ],
    },
    examples: [
      ['bad numerical configuration: message_size_limit = 20M', LOCAL],
      ['bad boolean configuration: smtpd_delay_reject = yess', LOCAL],
      [
        'in parameter smtpd_relay_restrictions or smtpd_recipient_restrictions, specify at least one working instance of: reject_unauth_destination, defer_unauth_destination, reject, defer, defer_if_permit or check_relay_domains',
        LOCAL,
      ],
      ['unknown smtpd restriction: "reject_unknwon_client"', LOCAL],
      ['/etc/postfix/main.cf, line 19: missing \'=\' after attribute name: "smtpd_banner"', LOCAL],
      ['/etc/postfix/master.cf: line 31: bad transport type: inett', LOCAL],
      ['the smtpd_tls_security_level parameter is not set', LOCAL],
      ['config variable inet_interfaces: host not found: eth9', LOCAL],
    ],
  },
  {
    id: 'postfix-user-unknown',
    category: 'configuration',
    title: 'Postfix: a user or group in master.cf does not exist',
    meaning:
      'A service of master.cf runs as a user that this system does not have, or that may not be used, so the service does not start.',
    actor: 'you',
    remedy: [
      'Look for `user=` in master.cf: does `id NAME` know that user? Create it, or name another.',
      'It must be neither root nor the owner of Postfix itself.',
      CHECK,
    ],
    retry: 'afterFix',
    links: ['https://www.postfix.org/pipe.8.html'],
    match: {
      direction: 'local',
      text: [
        'get_service_attr',
        'command-line attribute specifies',
        'missing user= command-line attribute',
        'unknown user name value',
        'unknown group name',
        'file /etc/postfix/main.cf: parameter mail_owner',
        'parameter mail_owner: user',
        'parameter default_privs',
      ],
    },
    examples: [
      ['get_service_attr: unknown username: vmail', LOCAL],
      ['user= command-line attribute specifies mail system owner postfix', LOCAL],
    ],
  },
  {
    id: 'postfix-table-type',
    category: 'configuration',
    title: 'Postfix: a type of table is not installed',
    meaning:
      'A table of main.cf has a type (mysql, pgsql, ldap, pcre, lmdb …) that this Postfix cannot read: the package for it is missing.',
    actor: 'you',
    remedy: [
      'See which types there are: `postconf -m`.',
      'Install the package: `postfix-mysql`, `postfix-pgsql`, `postfix-ldap`, `postfix-pcre`, `postfix-lmdb` and so on.',
      'Then `postfix reload`.',
    ],
    retry: 'afterFix',
    links: ['https://www.postfix.org/DATABASE_README.html'],
    match: {
      direction: 'local',
      text: ['unsupported dictionary type', 'unsupported table type', 'dictionary type*is not'],
    },
    examples: [
      ['unsupported dictionary type: mysql', LOCAL],
      ['unsupported dictionary type: pcre. Is the postfix-pcre package installed?', LOCAL],
    ],
  },
  {
    id: 'postfix-table-missing',
    category: 'configuration',
    title: 'Postfix: the file of a table is missing',
    meaning:
      'main.cf names a table whose file is not there, or was never compiled (`.db`, `.lmdb`). What needs it is put off.',
    actor: 'you',
    remedy: [
      'Does the text file exist? Compile it: `postmap FILE`, for aliases `newaliases`.',
      'Not needed? Take it out of main.cf (`postconf -n | grep FILE`).',
      'Then `postfix reload`.',
    ],
    retry: 'afterFix',
    links: ['https://www.postfix.org/DATABASE_README.html'],
    match: {
      direction: 'local',
      text: [
        'open database',
        'open /etc/postfix*no such file',
        'open /etc/aliases*no such file',
        'alias database unavailable',
      ],
      without: ['permission denied', 'sasldb', 'berkeley db bug'],
    },
    examples: [
      ['open database /etc/postfix/virtual.db: No such file or directory', LOCAL],
      [
        'hash:/etc/aliases is unavailable. open database /etc/aliases.db: No such file or directory',
        LOCAL,
      ],
      ['open /etc/postfix/vmail: No such file or directory', LOCAL],
    ],
  },
  {
    id: 'postfix-table-old',
    category: 'configuration',
    title: 'Postfix: a table is out of date or has a bad line',
    meaning:
      'The text of a table was changed and not compiled again, or one of its lines is twice there or not in the form that is read. Postfix goes on with what it could read.',
    actor: 'you',
    remedy: ['Mend the line that is named.', 'Compile the table: `postmap FILE`, or `newaliases`.'],
    retry: 'afterFix',
    links: [],
    match: {
      direction: 'local',
      text: [
        'is older than source file',
        'duplicate entry:',
        'expected format: key whitespace value',
        'name must be local',
        'need name:value pair',
        'is not a regular file',
      ],
    },
    examples: [
      ['database /etc/postfix/virtual.db is older than source file /etc/postfix/virtual', LOCAL],
      ['/etc/postfix/transport.db: duplicate entry: "example.com"', LOCAL],
      ['/etc/postfix/access, line 3: expected format: key whitespace value', LOCAL],
    ],
  },
  {
    id: 'postfix-database',
    category: 'serverFault',
    title: 'Postfix: a database with addresses does not answer',
    meaning:
      'A table in MySQL, PostgreSQL, LDAP or behind proxymap could not be asked. Postfix then puts mail off with “Temporary lookup failure”, so nothing is lost.',
    actor: 'you',
    remedy: [
      'Does the database run, and does it let this login in? Ask as Postfix does: `postmap -q ADDRESS mysql:/etc/postfix/FILE.cf`.',
      'Refused or denied: compare `hosts`, `user`, `password` and `dbname` of that file with the database’s own.',
      'In a chroot `localhost` has no socket: write `127.0.0.1`, or go through `proxy:`.',
      'Then `postqueue -f`.',
    ],
    retry: 'helps',
    links: ['https://www.postfix.org/DATABASE_README.html'],
    match: {
      direction: 'local',
      text: [
        'connect to mysql server',
        'connect to pgsql server',
        'mysql query failed',
        'pgsql query failed',
        'dict_mysql',
        'dict_pgsql',
        'dict_ldap',
        'dict_sqlite',
        'dict_proxy',
        'table lookup problem',
        'map lookup problem',
        'map lookup failure',
        'maps lookup failure',
        'maps lookup error',
        'domains lookup failure',
        'mydestination lookup failure',
        'mynetworks lookup failure',
        'cf lookup error for',
        'lookup error for "',
        ': lookup of*failed',
        'unable to look up tls policy',
        'address resolver failure',
      ],
      without: ['rbl lookup error', 'dns query', 'connect failed to database'],
    },
    examples: [
      [
        "connect to mysql server 127.0.0.1: Can't connect to MySQL server on '127.0.0.1' (111)",
        LOCAL,
      ],
      ['connect to pgsql server 10.0.0.5: FATAL: password authentication failed', LOCAL],
      ["dict_ldap_lookup: Search error -1: Can't contact LDAP server", LOCAL],
      ['proxy:mysql:/etc/postfix/domains.cf lookup error for "example.com"', LOCAL],
      [
        'virtual_alias_maps map lookup problem for jane@example.com -- message not accepted, try again later',
        LOCAL,
      ],
      ['transport_maps lookup failure', LOCAL],
    ],
  },
  {
    id: 'postfix-nis',
    category: 'configuration',
    title: 'Postfix looks for aliases in NIS, which is not there',
    meaning:
      'The built-in default of `alias_maps` asks NIS as well. On a system without NIS this does no harm but the line.',
    actor: 'you',
    remedy: ['Set it without NIS: `postconf -e "alias_maps = hash:/etc/aliases"`, then reload.'],
    retry: 'never',
    links: [],
    match: { text: ['nis domain name not set'] },
    examples: [['dict_nis_init: NIS domain name not set - NIS lookups disabled', LOCAL]],
  },
  {
    id: 'postfix-domain-twice',
    category: 'configuration',
    title: 'Postfix: a domain is in two classes at once',
    meaning:
      'A domain is local, virtual or relayed, and only one of them. Listed in two, some of its addresses are refused as unknown though they exist.',
    actor: 'you',
    remedy: [
      'Keep the domain in one of `mydestination`, `virtual_alias_domains`, `virtual_mailbox_domains`, `relay_domains`.',
      CHECK,
    ],
    retry: 'afterFix',
    links: ['https://www.postfix.org/ADDRESS_CLASS_README.html'],
    match: { text: ['do not list domain*in both', 'in both mydestination and'] },
    examples: [
      ['do not list domain example.com in BOTH mydestination and virtual_mailbox_domains', LOCAL],
    ],
  },
  {
    id: 'postfix-alias-nesting',
    category: 'loop',
    title: 'Postfix: aliases lead into each other without end',
    meaning:
      'One alias leads to the next more often, or to more addresses, than the limits allow. Mostly an alias leads back to itself.',
    actor: 'you',
    remedy: [
      'Follow the address through the map: `postmap -q ADDRESS TYPE:MAP`, and take the circle out.',
      'A list that is meant to be so long: raise `virtual_alias_expansion_limit`.',
    ],
    retry: 'afterFix',
    links: [],
    match: {
      text: ['map nesting for', 'map expansion size for', 'causes message loop'],
    },
    examples: [
      [
        'unreasonable virtual_alias_maps map nesting for jane@example.com -- message not accepted, try again later',
        LOCAL,
      ],
    ],
  },
  {
    id: 'postfix-own-host',
    category: 'loop',
    title: 'Postfix would send the message to itself',
    meaning:
      'The server that the mail would go to is this one, or calls itself by this one’s name, and Postfix does not take the domain as its own.',
    actor: 'you',
    remedy: [
      'Mail for the domain ends here? Add it to `mydestination`, or to the virtual or relay domains.',
      'It goes on from here? Then `relayhost` or `transport_maps` must not lead back here.',
      'Two servers with the same name: each needs a `myhostname` of its own.',
    ],
    retry: 'afterFix',
    links: [],
    match: {
      text: [
        'with my own hostname',
        'relayhost configuration problem',
        'mailer loop: best mx host',
        'best mx host for*is local',
      ],
    },
    examples: [
      ['host mx.example.com[192.0.2.1]:25 greeted me with my own hostname mx.example.com', LOCAL],
      ['relayhost configuration problem', LOCAL],
    ],
  },
  {
    id: 'postfix-files',
    category: 'permission',
    title: 'Postfix: its files have a wrong owner or mode',
    meaning:
      'Postfix trusts its directories only when owner, group and mode are as they were installed. With wrong ones it warns, or mail of local programs cannot be handed in.',
    actor: 'you',
    remedy: [
      'Let Postfix put them right: `postfix set-permissions`, then `postfix check`.',
      '`create file maildrop`: `postdrop` must belong to its group and have the set-gid bit; in a container it must not be lost.',
    ],
    retry: 'afterFix',
    links: [],
    match: {
      direction: 'local',
      text: [
        'not owned by root:',
        'not owned by postfix:',
        'not owned by group',
        'group or other writable:',
        'symlink leaves directory',
        'set-uid root file permissions',
        'not set-gid or not owner',
        'mail_queue_enter: create file',
        'scan_dir_push: open directory',
        'missing queue directories',
        'reserved for the superuser',
        'maildir access problem',
        'create the maildirs in advance',
        'open lock file pid/*permission denied',
      ],
    },
    examples: [
      ['not owned by root: /var/spool/postfix/.', LOCAL],
      ['symlink leaves directory: /etc/postfix/./makedefs.out', LOCAL],
      ['mail_queue_enter: create file maildrop/12.345: Permission denied', LOCAL],
    ],
  },
  {
    id: 'postfix-chroot-files',
    category: 'configuration',
    title: 'Postfix: a copy in its chroot is out of date',
    meaning:
      'Daemons that run in the chroot read their own copies of system files (resolv.conf, services, hosts, certificates). One of them differs from the file of the system.',
    actor: 'you',
    remedy: [
      'Copy the file anew: `cp /etc/resolv.conf /var/spool/postfix/etc/`, or restart Postfix where the system does it then.',
    ],
    retry: 'afterFix',
    links: [],
    match: {
      direction: 'local',
      text: ['resolv.conf differ', 'spool/postfix/*differ'],
    },
    examples: [
      ['/var/spool/postfix/etc/resolv.conf and /etc/resolv.conf differ', LOCAL],
      ['/var/spool/postfix/etc/services and /etc/services differ', LOCAL],
    ],
  },
  {
    id: 'postfix-tls-off',
    category: 'tls',
    title: 'Postfix runs without TLS, since it cannot set it up',
    meaning:
      'The certificate, its key or the library is not there or does not fit, so STARTTLS is not offered, or not used.',
    actor: 'you',
    remedy: [
      'See what is set: `postconf smtpd_tls_chain_files smtpd_tls_cert_file smtpd_tls_key_file`.',
      'Do certificate and key belong together, and may Postfix read them? `openssl x509 -noout -dates -in FILE`.',
      'Reload, and try: `openssl s_client -starttls smtp -connect HOST:25`.',
    ],
    retry: 'afterFix',
    links: ['https://www.postfix.org/TLS_README.html'],
    match: {
      direction: 'local',
      text: [
        'disabling tls support',
        'no server certs available',
        'tls support is not compiled in',
        "tls won't be enabled",
        'tls engine could not be initialized',
        'error initializing tls',
      ],
    },
    examples: [
      ["No server certs available. TLS won't be enabled", LOCAL],
      ['TLS has been selected, but TLS support is not compiled in', LOCAL],
    ],
  },
  {
    id: 'postfix-sasl-setup',
    category: 'configuration',
    title: 'Postfix: logins over SASL are not set up',
    meaning:
      'smtpd is told to let clients log in, and the library or service that checks passwords is not there, so nobody can, or smtpd does not start.',
    actor: 'you',
    remedy: [
      'With Dovecot: `smtpd_sasl_type = dovecot`, `smtpd_sasl_path = private/auth`, and that socket in Dovecot’s `service auth`.',
      'With Cyrus: see that `/etc/postfix/sasl/smtpd.conf` and the packages of its mechanisms are there, and saslauthd runs.',
    ],
    retry: 'afterFix',
    links: ['https://www.postfix.org/SASL_README.html'],
    match: {
      direction: 'local',
      text: [
        'sasl per-process initialization failed',
        'sasl authentication problem',
        'xsasl_cyrus_server',
        'unable to open berkeley db /etc/sasldb',
      ],
    },
    examples: [
      ['SASL per-process initialization failed: generic failure', LOCAL],
      [
        'SASL authentication problem: unable to open Berkeley db /etc/sasldb2: No such file or directory',
        LOCAL,
      ],
    ],
  },
  {
    id: 'postfix-local-setting',
    category: 'configuration',
    title: 'Postfix: its settings do not let it deliver here',
    meaning:
      'An alias or forward file leads to a program or file where the settings do not allow that, or the maps of virtual mailboxes give no valid user.',
    actor: 'you',
    remedy: [
      'Meant so? Allow it: `allow_mail_to_commands`, `allow_mail_to_files` (alias, forward, include).',
      'Else take it out of the alias or `.forward` file.',
      'A line with “warning” just before names the map or setting that is wrong (`virtual_uid_maps` …).',
    ],
    retry: 'afterFix',
    links: [],
    match: {
      text: [
        'mail to command is restricted',
        'mail to file is restricted',
        'mail system configuration error',
      ],
    },
    examples: ['mail to command is restricted'],
  },
]

/** The settings of no other server. */
export const POSTFIX_SETTINGS: readonly Rule[] = RULES.map((rule) => ({ ...rule, of: 'postfix' }))
