package import StrictCoding

/// Vendors' trace state (W3C Trace Context, section 3.3), without ours: `eie` marks a transaction and is set by the
/// gateway alone.
package struct TraceState: Hashable, Sendable {
    /// More members than this are no trace state.
    package static let mostMembers = 32
    /// Bytes of the whole value; members are dropped from the right, where the oldest stand, until the rest fits.
    package static let mostBytes = 512

    private let members: [ArraySlice<UInt8>]

    package static let empty = TraceState(members: [])

    private init(members: [ArraySlice<UInt8>]) {
        self.members = members
    }

    /// Reads the values of all `tracestate` fields in order. One malformed or repeated member spoils the whole, as the
    /// specification asks.
    package init(_ fields: [ArraySlice<UInt8>]) {
        var members: [ArraySlice<UInt8>] = []
        var keys: Set<ByteString> = []
        for field in fields {
            for part in field.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
                let member = part.trimmingSpacesAndTabs()
                guard !member.isEmpty else { continue }
                guard let key = TraceState.key(of: member), keys.insert(key).inserted,
                    keys.count <= TraceState.mostMembers
                else {
                    self = .empty
                    return
                }
                if !TraceState.isOurs(key) { members.append(member) }
            }
        }
        self.init(members: members)
    }

    /// The value to send, with our own member in front when there is a `handle`; empty when there is nothing to send.
    package func value(handle: ByteString? = nil) -> ByteString {
        var bytes: [UInt8] = []
        var count = 0
        if let handle {
            bytes = Array("eie=".utf8) + handle.bytes
            count = 1
        }
        for member in members {
            let separator = bytes.isEmpty ? 0 : 1
            guard count < TraceState.mostMembers, bytes.count + separator + member.count <= TraceState.mostBytes else {
                break
            }
            if separator == 1 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(contentsOf: member)
            count += 1
        }
        return ByteString(bytes)
    }

    /// The key of a well-formed `key=value`, else nil.
    private static func key(of member: ArraySlice<UInt8>) -> ByteString? {
        guard let equals = member.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        let key = member[..<equals]
        let value = member[(equals + 1)...]
        guard isKey(key), (1...256).contains(value.count) else { return nil }
        guard value.allSatisfy({ (0x20...0x7E).contains($0) && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "=") })
        else {
            return nil
        }
        return ByteString(key)
    }

    /// A simple key, or `tenant@system`; Level 2's more generous beginnings are accepted.
    private static func isKey(_ key: ArraySlice<UInt8>) -> Bool {
        guard (1...256).contains(key.count) else { return false }
        let parts = key.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count <= 2 else { return false }
        return parts.allSatisfy { part in
            guard let first = part.first, first.isASCIILowercase || first.isASCIIDigit else { return false }
            return part.allSatisfy { $0.isASCIILowercase || $0.isASCIIDigit || [0x5F, 0x2D, 0x2A, 0x2F].contains($0) }
        }
    }

    private static func isOurs(_ key: ByteString) -> Bool {
        let system = key.bytes.split(separator: UInt8(ascii: "@")).last ?? []
        return system.elementsEqual("eie".utf8)
    }
}
