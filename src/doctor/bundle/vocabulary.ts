/**
 * What may stay in a support bundle: words that sentences of this program, lines of mail logs and
 * replies of mail servers consist of, in lower case. No names of people, firms or hosts; whatever is
 * missing here becomes a pseudonym, so that a forgotten word costs some sense and no secret.
 */
export const VOCABULARY: ReadonlySet<string> = new Set(
  `
abandon abandoned able abort aborted aborting about above abs absolute abuse accents accept
acceptable accepted accepting accepts access accessing account accountdisabled accounts acct
accusation acknowledged acl act action activate activated activating active actively activity actor
acts add added additional addr address addressed addressee addresses addrtype adds adduser adkim adm
admin administrative administratively administrativley administrator adresat adressat adresse
advance advertis advertise advertised aes affected afford after afterwards again against age agency
agent aggregator ago agree agreed ahbl ahead ailed aim aimed aisp alarms alert alerts algorithm
alias aliases aliasing align aligned alignment all allocate allocation allotted allow allowed
allowlist allowlisted allows alone already alreadyexists also alternate although altname always
amavis amavisd ambiguous among amount amp an anchor and anew announced anon anonmails anonymous
another answer answered answering answers anti antispam antispamow antispoofing antivirus antyspam
anv anvil any anybody anyone anything anywhere apart app appears append appended appendfile
appenduid appliance appliances applicable application approval approved apr apt arc archive archivee
archives are arg args argument arguments aria arked around array arrest arrival arrive arrived
arrives as ascii asciified aside ask asked asking asks asleep aspf assertion assign assigned
assistance assumed async at atrn att attached attachment attachments attack attacker attacks attempt
attempts attention attr attrbl attribute attribution audit aug aup ausearch ausgesch auth
authdaemond authenti authenticat authenticate authenticated authenticating authentication
authenticationfailed authenticator authenticators authlib authlog author authorised authority
authorization authorizationfailed authorized authors auto autocheckpoint autoconfig autocreate
autodetection autodiscover autoexpunge autoincrement autologout automatic automatically autoreply
autv auxprop auxpropfunc available avc ave aved average avoid away axis back backend background
backscatterer backslashes backtrace backup backups backwards bad badcharset badcredentials badly
badmailfrom balancer ballast banned banner bare bars based basic bayes bcc bdat be bearer became
because become becomes been before began begin beginning begins begun behalf behind being bekannt
believe believed believes belong belongs below bench benutzer benutzerkonto berlin beside besides
best bestaat better between beyond bfolder big bin binaries binary bind binding bit bits bizsmtp
bkmgt black blackhole blacklist blacklisted blackspider bli blob blobs bloccato block blocked
blockedmessage blocker blocking blocklist blocklisted blocklists blocks bloquee blu bodies body
bodystructure bogons bogus boite bold bomb book books boolean border bot both botnet bots bottom
bounce bounced bounces bouncing boundaries boundary box boxtrapper bpc brackets branch branded brbl
break breaking breaks bring broadcom broke broken brought browser browsing bruger bruker buckets
budget buffer bug build built bulk bulkmail bulunamad bulunamadi burl busy but buy buz buzon by bye
byte bytes ca cache cached caches caixa calivent call callback called calling callout callouts calls
came can cancelled cannot canonical capability capable careful carriage carried carries carry case
casella casilla cat catch catches category caught cause causes cbl cbpolicyd cc ccert ccl cdrbl cel
cell center cert certain certbot certificate certificates certification certonly certs cet chain
challenge change changed changes changing channel char character characters charge chars charset
charter chat chdir check checked checking checkpassword checks cheia chgrp child childinfo children
chmod choice choose chooses chosen chown chrony chronyc chroot chunk chunking chunks cipher ciphers
circle circles cisco claimed claims clam clamav clamd clamsmtp clamsmtpd clarify class classes
classified clean cleanly cleanup clear cleartext click client clients clock clog close closed closes
closing cloud cluebringer cmd cmdline cn cname coalesce code codes collaboration collapse collected
collects colon color com come comes comm command commander commands commas comment commit commits
committed committing common community companies company compare compared compares comparison
compatible compile compiled complain complained complains complaint complaints complete completed
completes compliance compliant compose compress compressed compresses compte computer con concerned
concurrency concurrent condition conditional condstore config configuration configure configured
confirm confirmation conflict conflicting congested congestion conn connect connected connecting
connection connections connectivity connector connectors connects connexions connmark conntrack
consider considered consists console const cont conta contact contactadmin contain container
contains content contents continuation continue continued contract control conversation conversion
converted converting converts copied copies copy copyuid core correct corrects corresponding corrupt
corrupted corruption cost costs cota could couldn count counted counting country counts courier
couriertcpd cpanel cram crash crashed create created creating creation credential credentials
credits criminals crit crlf cron cross crowded crt crypt crypto cryptographic csi css ctasd cte ctl
ctrl ctstate ctx cuenta cuota cur curl current currently cursor custom customer customers cut cuts
cutthrough cv cwd cxbl cxmxrt cxsndr cymru cyren cyrmaster cyrus cyrusdb daddr daemon daemons daily
damaged dane daneinvalid dangerous dark data database databases datablock date dates daum day days
dbl dbm dbname dbox dcc de deactivated dead deaktiviert dealt debian debug debugger dec december
decided decides declared declined decode decoder decrypt decrypted decrypting decryption deep deeper
default defaults defect defender defer deferral deferrals deferred deferring defers defined del
delay delayed delays delegation delete deleted deletes deleting deletion delist deliver deliverable
delivered deliveries delivering delivers delivery delv demand demanded demands demime denied deny
denylist denylisted depasse deprecated depth der desactivada desactive desactivee desativada desc
desconhecido desconocido description designated dest destin destinat destinataire destinatario
destination destinations detail details detected detection dev device devices dh dhparam dial
dialogue dialup dict dictionary did didn died dies differ different differs diffie dig digest digits
dim dir direct direction directions directly director directories directory disabilitata disable
disabled disableduser disabling disagree disallowed disat disattivata discard discarded discarding
disclaimers disconnect disconnected disconnection discontinued disk diskspace dislikes display
disposing disposition distinct distinguished distribution distrust div dkim dkimpy dlopen dma dmarc
dmarcts dmc dmesg dn dns dnsbl dnsblog dnslist dnslists dnslookup dnssec do docker doctor doctype
does doesn doing domain domaine domainkey domainkeys domains dominio domino done dot dotlock dots
doubled doubtful doubts doveadm doveconf dovecot down dpkg dport dports dqs drafts drain draws drc
drd drive driver drop dropped drops dry dsn dst dsync dt due dul dumped dunno duplicate duplicated
duplicates duration during dyn dyna dynamic dynamically eacces each eaddrinuse eaddrnotavail eai
earlier early eatmydata ec ecdsa econnrefused econnreset edge edirected edit edited editor edquot
eexist effect effective eft efused egd egid ehlo ehostunreach eicar eight eio eisdir either ejected
elements elliptic eloop else elsewhere email emails emailsrvr empf empfaenger employed employee
empty en enable enabled enabling encode encoded encoding encontrado encrypt encrypted encryption end
ended endpoint ends enetunreach enforce engine enhanced enhancedstatuscodes enodev enoent enospc
enotdir enough ent enter entering entities entries entropy entry envelope envid environ environment
enxio eof eoh eperm epipe epln equal err errato errcode errmsg errno error errors errs ers esaurito
esc escaped esearch esiste esmtp esmtpa esmtps esmtpsa essayer establish established estado etc
etimedout etrn eu euid europe eval evaluation even event events ever every everybody everything
everywhere evidence exact exactly examine examined excedida exceed exceeded exceeding exceeds
exception exceptions excess excessive excessively exchange exchanged exchanger excludes exclusions
exclusive exe exec executable execute execution execv execvp exhausted exigrep exim exinext exiqsumm
exist existant existe existent existiert exists exit exiting exits exiwhat exp expan expand expanded
expansion expected expecting expects experience expirado expire expired expires expiry explain
explained explains explanation explicitly expn expr expression expressions expunge expunged
expungeissued extended extension external extprograms extract extracted facts fail failed failing
fails failure failures fake fakemail fakereject fallback falls false falta family fangfrisch faqs
far fast faster fatal fate fates fault faults fcntl fcrdns fdatasync feature features feb fed feed
feedback fell fence fenced fetch fetched fetches fetchnews few fewer fff fffd ffff field fields
fifths figcaption figure figures file filed fileinto filename files filesystem fill fills filter
filtered filtering filters final find finding findings findmnt finds fine fingerprint finish
finished finishes fired firewall firewalld firewalls firing first fit fits five fix fixed fixup flag
flags flatcurve flood flooding flow flush flushing folded folder folders follow followed following
follows font footers for forbid forbidden forbids force forced forcepoint foreign forged forges
forget forgotten fork form format formatted formed forms forward forwarded forwarder forwarders
forwarding forwards found four fqdn framework free freelist freeze frequency frequently fresh
freshclam from front froze frozen fs fsspace fsync fts fulfilled full fully function funds further
fuse fuser future fuzzy garbage gateway gateways gathers gave gb gbudb gcdp gcm gebruiker gefunden
generate generated generating generation generic gesperrt get getent getpeername getpwnam getrlimit
gets getsockname gfw gid gigabytes gim gimu give given gives giving gld global gmt gnutls go goes
going gone good goodbye got goto grant gray graylist green greet greeted greeting greetings greets
grep grew grey greyd greyfix greylist greylisted greylisting greylists greylst group groups grow
grows gsmtp gssapi gtube guard guess guessed guesses guessing guide guidelines gzip ha hacked had
half halves hand handed handful handle handled hands handshak handshake handshakes handshaking
hanging hangs hangup happen happened happens haproxy haraka hard harder hardfail hardly hardware
harm harmless harvest harvesters harvesting has haschildren hash hashes hat have having hdrs head
header headers health healthz hear hears height held hellman hello helo help helps here heuristics
hex hexadecimal hhmm hibernat hibernate hidden high higher highestmodseq hint hints hintsdb history
hitching hmac hold holding holds hole home homes honest hook hop hops host hostaddr hosted hosting
hostkarma hostname hostnames hosts hour hourly hours how however ht html http https hub huge human
hung hvu icc icmp iconv id ident identification identified identifier identify identities identity
idle idled idling ids if ifc ifnull ifs ignore ignored ignoring ihr ihu iif iifname illegal imap
imapc imapd imaps imapsieve imf img immediate immutable impersonat implemented implicit import
imported imposed imposes impossible imprint improper improperly in inactive inactivity inactivo
inbound inbox incident include includes incoming incompatible incomplete inconnu inconnue
inconsistent incorrect incorrectly increase incremental index indexed indexer indexes indexid
indexing indicated inesistente inet inetd inett inexistant inexistante inexistente infected infinite
infinity info information init initgroups initial initialization initialize initialized initializing
ink inline inode inodes inotify input ins insecure insert inside insists inspect inspection install
installations installed instance instances instead instr insufficient int integer integrity
intelligence interface interfaces intermediate intermediates internal internaldate international
internationalized internet interpret interrupted interserver into introspection inuse inutilizzo
invalid invalide invalidsecondfactor ionos iostat ip ipb ipbl ipc ipcheck iped ips iptables ipts
iredapd is iscarded ismeretlen isn issue issuer issues issuing istnieje it itc item items iterate
its itself ivatel ivm january jmap job join joined journal journalctl journeys json judge judged
jump jumped june junk junkemailfilter junkmail just karma kb keep keeps kein kept key keys keyword
keywords kill killed killing kilobytes kind kinds kisa kisarbl know knowing known knows konto kullan
kullanici label lack lacks lang large larger largest last lasts late latency later launched layer
lda ldap lead leads leap learn learning learns lease leased leases least leave leaves leaving left
leisure length less let letezik lets letter letters level levels lf lhlo lib libexec library licence
license lies lifetime lift light like likely limit limite limited limits line linear linefeed
linefeeds linelength lines link linked links lip list listed listen listener listeners listening
listens listing lists literal literals little live llena lleno lmdb lmtp load loaded loading loads
local localhost locally localpart location lock locked lockfile locking locks log logfile logged
logging logic login logindisabled logins loglevel logout logs logwrite lone long longer longest look
looked looking looks lookup lookups loop loopback looping loops loses lost lots low lower lowest lpn
ls lsblk lsearch lsof lstat lsub ltnp lxtnp mac machine machines macro macros maddy made mail
mailauth mailbox mailboxes maildir maildirlock maildirs maildrop mailer mailfolder mailfrom
mailindex mailing mailings maillog mailloop mailman mailmax mailnull mailpolicy mailq mails
mailscanner mailshell mailto main mainlog maintenance make maker makes making malformed malfunction
malloc malware manager managesieve manitu manually many map mapiexception mapping maps mar margin
mariadb markdown marked mask masquerade master match matched matches matching matter maximal maximum
maxproc maxsize maxsizeerror may mb mbox mcafee mcspamsignature mcvirus mda mdaemon me mean meaning
means meant meanwhile measure mechanism mechanisms mechs medusa meet megabytes member members memory
mend mended mends mentioned mep message messages met meta method methods metric metrics mfrom mgmt
micro microsoft middle midnight miib mildly millions milter milters mime mimedefang min
minfree minute minutes misbehaves mismatch mismatched mismatches misses missing mistake mistakes
mistyped misused misuses mixed mixes mkdir mm mmap mod mode model modemask moderation modes modified
modify modseq module moment moments monday money monitoring monotonic more most mostly mottagare
mount mounted mountinfo move moved moves mox mrm ms msec msgid msgs mt mta mtu mua much multicast
multipart multiple multiplexor multiport munge mupdate must mv mvh mvl mx mxrate mxs my
mydestination mydomain myfree myhostname mymalloc mynetworks myorigin myrealloc myself mysql mzett
nachrichten nagios naliases name named namei names nameserver namespace nao nat nature nav ndare
nearly need needed needs neexistuje negative negotiate negotiates negotiation neighbours neither
neko nem nemesis nested nesting net nets netstring network networks neutral never new newaliases
newer newest newline news newsletters newspaper next nexthdr nezn neznamy nfails nfc nfkc nflog nfor
nfproto nfrom nfs nft nftables nger nicht nie nieaktywne niet nieznany nil niona nis nits nix
nixspam njabl nlarge nnobody no nobarrier nobody node nof nologin non none nonexistent
nonexistentdomain nonmail noop noout noperm noqueue nor nordspam normal noselect nosuchuser nosuid
not notauthorizederror note noted notes nothing notice noticeable noticed notices notification
notified notifier notify notquit notrack nov november now nowhere nown nowrap npm nr nrate nrcpt
nsection nshape nstill nszones ntfy nthe nthis ntlm nto ntp ntpq nul null nullmailer nullmx num
number numbered numbers numeric numerical nums nurl nuser nwhose nwith nxdomain oauth oauthbearer
object obsolete obtain occurred ocsp oct octet octets october odd of off offer offered offers office
offset ofr often oif oifname ok old older oldest on onbekend onbekende once one ones online only
ontvanger oom ooo opaque open openarc opendkim opendmarc opened opening opens openspf openssl
operate operation operator opportunistic opposite option optional options oqmgr or orange order
orderly ordinary organisation organization orig origin original originating orwarded os other others
otherwise otp our ours ourselves out outages outbound outbox outbreak outcome outcomes outform
outgoing output outside outwards over overdrawn overdue overflow overloaded overlong overquota
override overriding overwrite own owned owner owners owns pack package packages packed packet
packets padding page pager paid paint pair pam panel panic paniclog panics paper parallel param
parameter parameters params parent parentheses parents parse part partial partition partner parts
pass passdb passdbs passed passes passing passive passl passphrase passv passwd password passwords
past path paths patience pattern patterns paused pauses payload pbl pcre pct pdf pdkim pdr pe peak
peek peer peername pelna pem pen pending people per percent perdition performance performing perhaps
period perl perm permanent permanentflags permanently permerror permission permissions permit
permitted person pfa pft pgsql phase phishing phone photos physical pickup picture pictures pid
piece pieces piena ping pinned pino pipe piped pipelined pipelining pix pkey place placed plain
plaintext plan platform please pleased pleine plots plugin plugins plus pod point points pol
policies policy policyd polite polw pool poor pop por port portal ports positive possible possibly
post postal postalias postcat postconf postdrop poste posted postfach postfix postfwd postgres
postgresql postgrey posting postkick postlock postlog postlogd postmap postmark postmaster postmulti
postqueue posts postscreen postsrsd postsuper postvak potential potentially pour power pppp pra
pragma prdr pre precede predata preference preferences prefetch prefix pregreet premature prepend
present presented presents pretend pretended pretty prevents previous previously primary print
printable printed printer printing prints priority priv privacyrequired private privatekey privilege
privileges privs probability probable probably problem problems proc process processes processing
processname procmail production profile program programs progress prohibit prohibited prohibition
prohibits project prometheus promises propagation proper property protect protected protects proto
protocol protocols proton prov prove proved proven proves provider providers proxied proxy proxying
proxymap proxywrite przepe ps psbl ptr pubin pubkey public publication publish published publishes
pubout purging purpose push put puts pwd pyspf qff qil qmail qmgr qmqp qmqpd qrc qshape qt qualified
qualifier qualify quarantine queries query question questions queue queued queues quick quickly
quiet quit quot quota quotaexceeded quotas quote quoted quotes race radius raise raised ran random
range ranges rank ransomware rarer rate ratelimit rates rather rating rats raw rawlog rbl rbls rcl
rcp rcpt rcpthosts rcptmax rcpts rda rdn rdns reach reachable reached reaches read readable reader
reading readline readme readonly reads ready real realloc really realm realtime reappeared reason
reasons rebuild rebuilding rebuilds recalc receipient receive received receives receiving
receivingrate recent reception recipient recipientnotfound recipients recipnotfound recipsizelimit
recogni recognised recognized reconfigure reconnecting record records recovers rect recursivematch
recv red redirect redirection redirects redis reduce ref refer reference references refers
refreshing refus refusal refusals refuse refused refuses refusing regarding regex region register
registered regular rehearsal reject rejected rejecting rejection rejections rejectlog related
relation relationship relative relax relaxed relay relayed relayhost relaying relays release
released releases relevant reload reloaded reloading reloads rely remedy remember remembered
remembers remote remount removal remove removed removes rename renamed render renew renewal renewed
rents reopen rep repair repeat repeatable repeated replace replaced replacing replicat replicate
replication replicator replied replies reply report reported reports reputation req request
requested requests requeued require required requires requiretls reroute rerouted rescan resend
resent reserve reserved reset resident residential resolution resolve resolved resolver resolvers
resolves resource resources resp respond responder responding response responsible rest restart
restarted restarts restore restricted restriction restrictions result results resync ret retire
retired retiring retr retried retries retrieval retrieve retro retry retrying return returned
returning returnpath reuseaddr reused reusing reverse reversed review revoked rewrite rewrites
rewritten rfc rhawdbfpsimt rhost rhsbl rid ridiculously right rights rio rip rly rm rmilter role
rollback room root rotate rotated rotates rotating rotation round routable route routed router
routers routes routines routing row rowid rows rp rpt rr rsa rsearching rset rspamc rspamd rsync
rsyslog rtr rua ruf rule rules ruleset run running runs rwsr rwx sactiv saddr safe safely said salt
same sample sandbox sans sasl saslauthd sasldb save saved savepoint saving saw say sayings says sbin
sbl sbrs scache scale scan scanner scanners scanning schannel schema scheme sconosciuto scope score
scored scores scram screening script scripts scroll scrypt sda search searched searches searching
searchres second seconds secret secrets secs section sections secure secured security see seeking
seem seems seen sees seldom select selected selector selectors self sem send sendable sendasdenied
sender senderfilterconfig senders sendersizelimit sending sendmail sends sense sensitive sent sep
separate separator seq sequence sequences serialize serif serve served server serverbug servername
servers serves servfail service services serving ses session sessions set setegid setgid setitimer
setrlimit sets setsockopt setting settings settle setuid setup several severity sfq sfr sh sha
shadow share shared shell shm short shortage shorteners shorter shortest should show showcerts
showing shown showq shows shut shutdown shutting side sides sieve sievec sigchld sighup sigint
sigkill sign signal signature signatures signed signing signs sigsegv sigterm silence silent
silently simultaneous since single site sites size sizelimit sizes sizing skeleton skew skip skipped
skipping skrzynka slapd slash slip slog slot slow slowed slower slowly slows sm small smaller smart
smartctl smarthost smarthosts smf smfi smfic smol smtp smtpd smtps smuggling snd snds sni snip
snooze snoozed so soa socket sockets soft softbounce softfail software solid solr some somebody
something sometime sometimes somewhere soon sooner sorry sort sorted sospeso source sources sp space
spaces spam spamarrest spamass spamassassin spamblock spambot spamc spamd spameatingmonkey
spamexperts spamfilter spammer spammers spamming spampd spams spamsources spamtrap span spawn spazio
spb speak speaking speaks special specific specification specified specifies specify speicherplatz
spelled spent spf spfbl spfd spfgrey sphrbl spki split spm spoof spoofed spoofing spool sport sports
spread spurious spyware sql sqlgrey sqlite srs srv ss sshd ssl sss sssd st stale stalwart stand
standalone standard stands start started starting starts starttls starttlsnotsupported startup stat
state statement statfs statistics stats status stay stays stc stderr stdin stdout steals steer
steers step steps still stolen stood stop stopped stopping stops storage store stored storedrv
storing story straight stranger strangers stratum stray stream stress strict strictly string strip
stroke struct structure structured sts stuck style su sua subdirectory subdomains subject submission
submissions submit submitted subprocess subscribe subscribed subscribers subscription subscriptions
substr subsystem succeed succeeded succeeds success successes successful successfully such sudo
suite sum summary superuser support supported suppressed suppression surbl sure surely survive
suspect suspected suspended suspendida suspendu suspensa suspension suspicion suspicious svbin svg
swaks switch switched symbolic symbols symlink syn sync synced synchronise synchronised
synchronization synchronous syntactically syntax sys syscall sysctl syslog system systemctl systemd
systems tab table tables tabular tag tags tail taint tainted take taken takes takiego taking talk
talked talker talking talks tard target targets tarted task tb tbody tcp tcpmss tcpwrap td technical
tell telling tells temp temperror tempfail template temporar temporarily temporary ten tenant
tenantattribution tenth term terminal terminated terminating terms test tested testing tests text
texts tezik tfo th than that thaw thawed thaws the thead their theirs them themselves then there
these they thing things think third this those though thread threads threat three threshold throttle
throttled throttling through throw thrown throws thunderbird ticket tidydb tile tiles time timed
timedatectl timeout timeouted timer timers times timestamp timesyncd timezone timsieved title tls
tlsa tlsmgr tlspol tlsproxy tlsrpt tmp tn to today todo together token told toml too toobig took
tool tools top topic topics tored tossed total totals touching trace traceroute traces tracking
traffic trailer tran transaction transfer transferring transient transit transition translated
transmission transmit transport transportrules transports trap traps trash trc treat treated trend
trial tried tries trigger triggered trivial trojan trop trouble troubleshooting trovato true
truncate truncated trust trusted trusts try trycreate trying tss ttl turn turned tweak twice two txt
type types ube uce udfff udp ufeff ufw uid uidlist uidnext uidplus uids uidvalidity ukendt ukjent
ulimit unable unacceptable unasked unauth unauthenticated unauthenticatedemail unauthorized
unavailable unbalanced unbekannt unbekannter unblock unblockme unbound unchanged unchangedsince
unchecked undecodable undefined undelete undeliverable undelivered under underflow underscore
understand understands understood underway undisclosed unencrypted unequal unexpected unexpectedly
unfortunately unfrozen unharmed unheard unicode unimplemented union unit unix unknown unknowns
unknwon unless unlimited unlink unlisted unlock unmatched unpacked unpaid unproved unqualified
unreachable unreadable unreasonable unrecognised unrecognized unregistered unresolvable unroutable
unrouteable unsafe unsaid unseen unselect unset unshare unsigned unsnooze unsolicited unspecified
unspool unsubscribe unsubscribed unsuccessful unsupported unsuspend until untrusted unusable unused
unusual unusually unverifiable unverified unverifyable unwanted up update upgrade upgraded ups
upstream uptime urgent uri uribl url urlauth urls us usable usage use useattr usec used useful user
useradd userdb userdbs userid userip username users userunknown uses using uso usr usu usual usually
usuario utc utente utf util utilisateur utm uzivatel uzytkownik vacation vacuum vaguely vain valid
validate validation validity valido value values vanished var variable variant vdelivermail verbose
verdict verif verification verified verifier verifies verify verifying version versions vertical
very veto veuillez via viele view viewport violat violates violation violations virtual virus
viruses visit visitor vmail vmap void vol voll volume votre vouch vouches vrfy vsize vsz wait waited
waiting waits wake wakeup wal want wantautherror wanted wants warmed warn warned warning warnings
warns was wash watch watchdog watched watches way waybill ways we weak weaker web webhook webhooks
week weeks weight welcome well went were weren west what whatever when whenever where wherever
whether which while white whitelist whitelisted whitespace whm who whoever whole wholly whom whose
why wide width wildcard wildcards will windows wishes with withdrawn within without word words work
worked worker working works workspace world worm worse worthy would wpbl wrap wrapper wrappermode
wrappers writable write writer writes writethrough writing written wrong wrongly wrote www xapian
xaps xbf xbl xclient xdf xec xed xee xef xff xfinity xoauth xsasl xxxa xxxx xxxxxxxx year yellow yes
yess yesterday yet yield ylmf you young younger your yours yourself ytkownik yun yyyy zablokowane
zapbl zcat zen zero zlib zone zstd zuviele
actions arrivals blackholed bounds crashes deps df du example examples fatals fix grown
ham ir median reinjected shape statem timeline unjoined
alarm await base battery btree chose export holders hellos homographs leftovers max speed typed deploy
`
    .trim()
    .split(/\s+/),
)
