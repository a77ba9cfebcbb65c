/** The configuration cannot be used; the message says where, what is wrong, and what would be right. */
export class ConfigFault extends Error {
  override readonly name = 'ConfigFault'
}
