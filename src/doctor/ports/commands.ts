/** Programs that say more, or only something, to root. */
export const SOCKETS = ['ss', '-H', '-ltnp'] as const
export const NFTABLES = ['nft', '-j', 'list', 'ruleset'] as const
export const IPTABLES = ['iptables-save'] as const
export const IP6TABLES = ['ip6tables-save'] as const
export const UFW = ['ufw', 'status', 'verbose'] as const
export const FIREWALLD = ['firewall-cmd', '--list-all'] as const

/** What root asks before it becomes the server's user. They only look. */
export const ROOT_COMMANDS: readonly (readonly string[])[] = [
  ...[SOCKETS, NFTABLES, IPTABLES, IP6TABLES, UFW, FIREWALLD],
]
