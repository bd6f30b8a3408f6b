package import StrictCoding

/// Which of the two shapes of MCP a message speaks: with an `initialize` handshake, or self-describing per request.
package enum Era: Sendable, Hashable {
    /// 2024-11-05 to 2025-11-25: sessions opened by `initialize`.
    case legacy
    /// 2026-07-28 and later: version and capabilities travel in `params._meta` of every request.
    case modern
}

/// A protocol revision as it is written in `MCP-Protocol-Version` and in `_meta`.
package enum ProtocolVersion: Sendable, Hashable {
    /// A revision of the handshake era.
    case legacy
    /// The modern revision that this gateway speaks.
    case modern
    /// A date at or after the first modern revision that this gateway does not speak.
    case laterModern
    /// Anything else.
    case unknown

    package init(_ value: ArraySlice<UInt8>) {
        self.init(ByteString(value))
    }

    init(_ version: ByteString) {
        if version == ProtocolVersion.current {
            self = .modern
        } else if ProtocolVersion.handshake.contains(version) {
            self = .legacy
        } else if ProtocolVersion.isDate(version.bytes), ProtocolVersion.current < version {
            self = .laterModern
        } else {
            self = .unknown
        }
    }

    /// True for every revision whose requests describe themselves, spoken here or not.
    package var isModern: Bool { self == .modern || self == .laterModern }

    /// What `-32022` names in `data.supported`, newest first.
    package static let supported: [ByteString] = [current] + handshake

    private static let current: ByteString = "2026-07-28"
    private static let handshake: [ByteString] = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"]

    /// `YYYY-MM-DD` by shape; the order of such dates is the order of their bytes.
    private static func isDate(_ bytes: [UInt8]) -> Bool {
        guard bytes.count == 10 else { return false }
        return bytes.indices.allSatisfy { index in
            index == 4 || index == 7 ? bytes[index] == UInt8(ascii: "-") : (0x30...0x39).contains(bytes[index])
        }
    }
}
