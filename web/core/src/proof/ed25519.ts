/* Ed25519, verifying only (RFC 8032, 5.1.7), for browsers whose WebCrypto has none, or pages without TLS, which have no
 * WebCrypto at all. Strict: a key of small order and another way to write a signature are refused. */
import { etc, verify as check } from '@noble/ed25519'
import { sha512 } from '@noble/hashes/sha2.js'

etc.sha512Sync = (...parts) => sha512(etc.concatBytes(...parts))

export function verify(key: Uint8Array, text: Uint8Array, signature: Uint8Array): boolean {
  try {
    return check(signature, text, key, { zip215: false })
  } catch {
    return false // no key, or no signature, by its length
  }
}
