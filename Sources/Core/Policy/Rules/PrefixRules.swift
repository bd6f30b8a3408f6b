package import StrictCoding

/// Rules by URI prefix; of those that fit, the longest decides.
package struct PrefixRules: Sendable {
    /// Longest prefix first.
    private let rules: [(prefix: ByteString, rule: Rule)]

    init(_ rules: [(prefix: ByteString, rule: Rule)]) {
        self.rules = rules.sorted { ($1.prefix.count, $0.prefix) < ($0.prefix.count, $1.prefix) }
    }

    /// The rule for `uri`. A URI that could be read in two ways has none: `file:///public/../secret` begins with
    /// `file:///public/` but is not under it, and a prefix compares bytes.
    package func rule(for uri: ByteString) -> Rule? {
        guard let match = rules.first(where: { uri.hasPrefix($0.prefix) }), ResourceURI.fault(in: uri) == nil else {
            return nil
        }
        return match.rule
    }
}

/// The URIs about which a policy decides.
enum ResourceURI {
    /// Why `uri` is not in the one spelling that a prefix can speak about, as the end of a sentence; nil when it is.
    static func fault(in uri: ByteString) -> String? {
        guard let colon = uri.bytes.firstIndex(of: UInt8(ascii: ":")), isScheme(uri.bytes[..<colon]) else {
            return "does not begin with a lower-case scheme such as `file:`"
        }
        let rest = uri.bytes[(colon + 1)...]
        let end = rest.firstIndex { "?#".utf8.contains($0) } ?? rest.endIndex
        guard rest[end...].allSatisfy(\.isVisibleASCII) else { return "has a character that a URI does not allow" }
        guard rest.starts(with: "//".utf8) else { return PathForm.fault(in: rest[..<end]) }
        let authorityStart = colon + 3
        let pathStart = rest[authorityStart..<max(end, authorityStart)].firstIndex(of: UInt8(ascii: "/")) ?? end
        // Hosts of these schemes mean the same in either case; the authority of a server's own scheme is its own
        // affair.
        let foldsHost = ["file", "http", "https"].contains { uri.bytes[..<colon].elementsEqual($0.utf8) }
        if foldsHost, uri.bytes[authorityStart..<pathStart].contains(where: \.isASCIIUppercase) {
            return "has a host in upper case"
        }
        return PathForm.fault(in: uri.bytes[authorityStart..<end])
    }

    private static func isScheme(_ text: ArraySlice<UInt8>) -> Bool {
        guard let first = text.first, first.isASCIILowercase else { return false }
        return text.allSatisfy { $0.isASCIILowercase || $0.isASCIIDigit || "+-.".utf8.contains($0) }
    }
}
