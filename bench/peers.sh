#!/bin/bash
# The servers we measure ourselves against: real Exim, Postfix and Dovecot, each in a Debian root of its
# own, listening on loopback only. Needs root and debootstrap. Nothing on the machine itself is changed.
#
#   bench/peers.sh install       makes the roots (about 90 s the first time; again: brings them up to date)
#   bench/peers.sh start         Exim 127.0.0.1:2601, Postfix 127.0.0.1:2602, Dovecot IMAP 127.0.0.1:2643
#                                and Postfix' submission 127.0.0.1:2603, with STARTTLS and AUTH
#   bench/peers.sh stop
#   bench/peers.sh source ARGS   Postfix' load generator, as a second opinion on ours
#   bench/peers.sh sink PORT     Postfix' server that throws mail away
#   bench/peers.sh run ROOT …    a command in the root exim or postfix
#
# All mail for user@bench.test and jörg@bench.test goes to one Maildir in each root; Dovecot serves Postfix' one to "user"
# with the password "pass", who may also log in at 2603. Exim and Postfix hand mail for a domain such as
# p10025.back.test to 127.0.0.1:10025, by TLS where that is offered. The roots are in $WAYBILL_PEERS, by
# default ~/.cache/waybill-anchors.
set -eu
peers=${WAYBILL_PEERS:-$HOME/.cache/waybill-anchors}

in_root() { # NAME COMMAND…
  local root=$peers/$1
  shift
  chroot "$root" "$@"
}

make_base() {
  local base=$peers/base mirror
  [ -e "$base/usr/sbin/policy-rc.d" ] && return
  command -v debootstrap >/dev/null || { echo 'peers: debootstrap is missing: apt-get install debootstrap' >&2; exit 2; }
  mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list 2>/dev/null |
    grep -oE 'https?://[^ ]+/debian/?( |$)' | head -1 | tr -d ' ')
  mkdir -p "$peers"
  debootstrap --variant=minbase bookworm "$base" "${mirror:?no Debian mirror in the apt sources of this machine}" >/dev/null
  if [ -f /etc/apt/sources.list.d/debian.sources ]; then
    cp /etc/apt/sources.list.d/debian.sources "$base/etc/apt/sources.list.d/"
    rm -f "$base/etc/apt/sources.list"
  fi
  cp -r /etc/apt/apt.conf.d/. "$base/etc/apt/apt.conf.d/"
  cp /etc/resolv.conf /etc/hosts "$base/etc/"
  # Packages must not start their own daemons.
  printf '#!/bin/sh\nexit 101\n' >"$base/usr/sbin/policy-rc.d"
  chmod +x "$base/usr/sbin/policy-rc.d"
  chroot "$base" apt-get update >/dev/null
}

install_packages() {
  local name
  for name in exim postfix; do
    [ -d "$peers/$name" ] || cp -a "$peers/base" "$peers/$name"
  done
  export DEBIAN_FRONTEND=noninteractive
  in_root exim apt-get install -y --no-install-recommends exim4-daemon-heavy exim4-base perl >/dev/null 2>&1
  in_root postfix apt-get install -y --no-install-recommends postfix dovecot-imapd perl >/dev/null 2>&1
  in_root postfix sh -c 'id user >/dev/null 2>&1 || useradd -m -u 2000 user'
  in_root postfix sh -c 'mkdir -p /home/user/Maildir/new /home/user/Maildir/cur /home/user/Maildir/tmp && chown -R user /home/user'
  in_root exim sh -c 'mkdir -p /srv/mail/user/new /srv/mail/user/cur /srv/mail/user/tmp && chown -R mail:mail /srv/mail'
}

configure_exim() {
  cat >"$peers/exim/etc/exim4/exim4.conf" <<'CONF'
primary_hostname = mail.bench.test
local_interfaces = 127.0.0.1
daemon_smtp_ports = 2601
log_selector = +all_parents +received_recipients +received_sender +sender_on_delivery +smtp_confirmation +subject +delivery_size +incoming_port
host_lookup =
rfc1413_query_timeout = 0s
never_users = root
keep_environment =
smtp_accept_max = 200
smtp_accept_max_per_connection = 100000
smtp_accept_queue_per_connection = 100000
domainlist local_domains = bench.test
acl_smtp_rcpt = acl_any
acl_smtp_data = acl_any
begin acl
acl_any:
  accept
begin routers
back:
  driver = manualroute
  domains = ^p[0-9]+\\.back\\.test\$
  route_data = 127.0.0.1
  self = send
  transport = to_port
here:
  driver = accept
  domains = +local_domains
  transport = to_maildir
begin transports
to_port:
  driver = smtp
  port = ${sg{$domain}{[^0-9]}{}}
  hosts_try_dane =
to_maildir:
  driver = appendfile
  directory = /srv/mail/user
  maildir_format
  delivery_date_add
  envelope_to_add
  return_path_add
  user = mail
  group = mail
begin retry
*  *  F,2h,15m; G,16h,1h,1.5; F,4d,6h
CONF
}

configure_postfix() {
  cat >"$peers/postfix/etc/postfix/main.cf" <<'CONF'
compatibility_level = 3.6
myhostname = mail.bench.test
mydestination = bench.test
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
home_mailbox = Maildir/
maillog_file = /var/log/postfix.log
default_process_limit = 100
smtpd_client_connection_count_limit = 0
smtpd_recipient_restrictions = permit_mynetworks, reject
in_flow_delay = 0
transport_maps = hash:/etc/postfix/back
virtual_alias_maps = inline:{ { jörg@bench.test = user@bench.test } }
smtp_tls_security_level = may
smtpd_tls_cert_file = /etc/ssl/certs/ssl-cert-snakeoil.pem
smtpd_tls_key_file = /etc/ssl/private/ssl-cert-snakeoil.key
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
CONF
  # Postfix takes no part of the domain into the transport: so every port has its line.
  if [ ! -e "$peers/postfix/etc/postfix/back.db" ]; then
    seq 1024 65535 | sed 's/.*/p&.back.test smtp:[127.0.0.1]:&/' >"$peers/postfix/etc/postfix/back"
    in_root postfix postmap hash:/etc/postfix/back
  fi
  local services=$peers/postfix/etc/postfix/master.cf
  sed -i -E -e 's/^(smtp|2602) +inet.*/2602 inet n - n - - smtpd/' -e '/^2603 /,/^  -o smtpd_recipient/d' "$services"
  cat >>"$services" <<'CONF'
2603 inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_recipient_restrictions=permit_sasl_authenticated,reject
CONF
  in_root postfix newaliases
}

configure_dovecot() {
  cat >"$peers/postfix/etc/dovecot/dovecot.conf" <<'CONF'
protocols = imap
listen = 127.0.0.1
log_path = /var/log/dovecot.log
ssl = no
disable_plaintext_auth = no
mail_location = maildir:/home/user/Maildir
mail_max_userip_connections = 20000
first_valid_uid = 1000
service imap-login {
  process_limit = 2000
  inet_listener imap {
    port = 2643
  }
  inet_listener imaps {
    port = 0
  }
}
service imap {
  process_limit = 2000
}
auth_mechanisms = plain login cram-md5 scram-sha-256
service auth {
  unix_listener /var/spool/postfix/private/auth {
    mode = 0666
  }
}
passdb {
  driver = static
  args = password=pass
}
userdb {
  driver = static
  args = uid=2000 gid=2000 home=/home/user
}
CONF
}

install() {
  make_base
  install_packages
}

start() {
  local name
  for name in exim postfix; do
    mountpoint -q "$peers/$name/proc" || mount -t proc proc "$peers/$name/proc"
    mountpoint -q "$peers/$name/dev" || mount --bind /dev "$peers/$name/dev"
  done
  configure_exim
  configure_postfix
  configure_dovecot
  in_root exim exim4 -bd -oX 127.0.0.1.2601 -oP /run/exim-anchor.pid
  in_root postfix postfix start >/dev/null 2>&1 || in_root postfix postfix reload >/dev/null 2>&1
  in_root postfix dovecot 2>/dev/null
}

stop() {
  local name mount pid_file=$peers/exim/run/exim-anchor.pid
  if [ -f "$pid_file" ]; then
    kill "$(cat "$pid_file")" 2>/dev/null || true
    rm -f "$pid_file"
  fi
  in_root postfix postfix stop >/dev/null 2>&1 || true
  in_root postfix doveadm stop >/dev/null 2>&1 || true
  for name in exim postfix; do
    for mount in proc dev; do
      if mountpoint -q "$peers/$name/$mount"; then umount "$peers/$name/$mount"; fi
    done
  done
}

case ${1:-} in
  install | start | stop) "$1" ;;
  source) shift && in_root postfix smtp-source "$@" ;;
  run) shift && in_root "$@" ;;
  sink) in_root postfix smtp-sink -u postfix -c "127.0.0.1:${2:?port}" 200 ;;
  *) sed -n '2,16p' "$0" >&2 && exit 2 ;;
esac
