import COpenSSL
import Crypto
import NIOCore
import Synchronization

/// The keys that session tickets are sealed with: one for all loops, replaced while in use, and never written down.
///
/// Whoever learns a key reads what was resumed with it, hence short lives: a key seals for an hour and opens for one
/// more, as long as a session may be resumed.
final class TicketKeys: Sendable {
    private static let sealing = TimeAmount.seconds(Int64(TLSContext.sessionSeconds))

    struct Key: Sendable {
        static let nameBytes = 16
        private static let keyBytes = 32

        let name: SecretBytes
        let since: NIODeadline
        private let cipher: SecretBytes
        private let mac: SecretBytes

        init(since: NIODeadline) {
            name = .random(Self.nameBytes)
            cipher = .random(Self.keyBytes)
            mac = .random(Self.keyBytes)
            self.since = since
        }

        fileprivate func prepare(
            _ cipherContext: OpaquePointer?, _ macContext: OpaquePointer?, _ vector: UnsafePointer<UInt8>?,
            _ mode: Int32
        ) -> Bool {
            cipher.withBytes { cipherKey in
                mac.withBytes { macKey in
                    bulla_ticket_prepare(
                        cipherContext, macContext, cipherKey.bindMemory(to: UInt8.self).baseAddress,
                        macKey.bindMemory(to: UInt8.self).baseAddress, vector, mode) == 1
                }
            }
        }

        fileprivate func isNamed(_ other: UnsafePointer<UInt8>) -> Bool {
            name.withBytes { $0.elementsEqual(UnsafeBufferPointer(start: other, count: Self.nameBytes)) }
        }
    }

    private struct Ring {
        var current: Key
        var previous: Key?
    }

    private let ring: Mutex<Ring>

    init(now: NIODeadline = .now()) {
        ring = Mutex(Ring(current: Key(since: now)))
    }

    /// The key to seal with.
    func current(now: NIODeadline = .now()) -> Key {
        ring.withLock { ring in
            Self.turn(&ring, now)
            return ring.current
        }
    }

    /// The keys that open tickets, the one that seals first.
    func opening(now: NIODeadline = .now()) -> [Key] {
        ring.withLock { ring in
            Self.turn(&ring, now)
            return [ring.current] + (ring.previous.map { [$0] } ?? [])
        }
    }

    private static func turn(_ ring: inout Ring, _ now: NIODeadline) {
        let age = now - ring.current.since
        guard age >= sealing else { return }
        // One that lay idle for long does not open any more either.
        ring.previous = age < sealing * 2 ? ring.current : nil
        ring.current = Key(since: now)
    }

    // MARK: OpenSSL

    /// The context must not outlive these keys.
    func install(in context: TLSContext) -> Bool {
        SSL_CTX_set_ex_data(context.pointer, Self.index, Unmanaged.passUnretained(self).toOpaque()) == 1
            && SSL_CTX_set_tlsext_ticket_key_evp_cb(context.pointer, Self.callback) == 1
    }

    private static let index = bulla_ctx_new_index()

    private static let callback:
        @convention(c) (
            OpaquePointer?, UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<UInt8>?, OpaquePointer?, OpaquePointer?,
            Int32
        ) -> Int32 = { ssl, name, vector, cipher, mac, isSealing in
            guard let name, let vector, let data = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), index) else { return -1 }
            let keys = Unmanaged<TicketKeys>.fromOpaque(data).takeUnretainedValue()
            if isSealing == 1 {
                let key = keys.current()
                key.name.withBytes { bytes in
                    UnsafeMutableRawBufferPointer(start: name, count: bytes.count).copyMemory(from: bytes)
                }
                guard RAND_bytes(vector, EVP_MAX_IV_LENGTH) == 1 else { return -1 }
                return key.prepare(cipher, mac, vector, 1) ? 1 : -1
            }
            let opening = keys.opening()
            guard let position = opening.firstIndex(where: { $0.isNamed(name) }) else { return 0 }
            guard opening[position].prepare(cipher, mac, vector, 0) else { return -1 }
            // 2: give a new ticket. In TLS 1.3 one is not to be used twice (RFC 8446, appendix C.4).
            return position > 0 || SSL_version(ssl) == TLS1_3_VERSION ? 2 : 1
        }
}
