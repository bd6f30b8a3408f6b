package import StrictCoding

/// The names in `_meta` that only this gateway may set.
///
/// A client that writes one is trying to be taken for the gateway by a server that reads identity from `_meta`, so the
/// message is refused rather than repaired. Compared in the canonical form used for header fields (ASCII lower case,
/// every byte outside `[a-z0-9]` read as `-`), because servers differ in how they fold names.
package enum ReservedMetadata {
    /// The prefix of every key of ours: `dev.bulla/envelope`.
    package static let prefix: StaticString = "dev.bulla"

    /// Beginnings in canonical form: our prefix, the header names of the envelope and of its audit companions.
    private static let beginnings: [[UInt8]] = [
        "\(prefix)", "txn-token", "eie-", "x-eie-", "x-actor-", "x-agent-", "x-delegation-", "workload-identity-token",
        "workload-proof-token",
    ].map { $0.utf8.map(canonical) }

    private static let firstBytes = Set(beginnings.compactMap(\.first))

    /// True when `key` claims to be ours.
    package static func claims(_ key: ByteString) -> Bool {
        // Nearly every key begins with `io.`, `com.` or `progressToken`.
        guard let first = key.bytes.first, firstBytes.contains(canonical(first)) else { return false }
        return beginnings.contains { beginning in
            key.count >= beginning.count && zip(beginning, key.bytes).allSatisfy { $0 == canonical($1) }
        }
    }

    private static func canonical(_ byte: UInt8) -> UInt8 {
        let lowercase = byte.asciiLowercased
        return lowercase.isASCIILowercase || lowercase.isASCIIDigit ? lowercase : UInt8(ascii: "-")
    }
}
