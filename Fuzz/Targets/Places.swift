import HTTPCodec
import Policy
import StrictCoding

/// Targets, authorities, URLs and addresses: each has one reading, and written from it, the same again.
enum Places {
    static func run(_ input: [UInt8]) throws(BrokenPromise) {
        try checkTarget(input)
        try checkAuthority(input)
        try checkURL(input)
        try checkAddresses(input)
        if let pattern = PathPattern(ByteString(input)), !input.contains(UInt8(ascii: "*")) {
            try promise(pattern.matches(ByteString(input)), "a pattern without a star does not match itself")
        }
    }

    private static func checkTarget(_ input: [UInt8]) throws(BrokenPromise) {
        guard let target = try? Target(parsing: input, host: nil) else { return }
        let path = target.path.bytes
        guard path != [UInt8(ascii: "*")] else { return }
        try promise(isUnambiguous(path), "an ambiguous path: \(path.shown)")
        var text = path
        if let query = target.query {
            try promise(query.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "#") }, "an unclean query")
            text += [UInt8(ascii: "?")] + query
        }
        guard let again = try? Target(parsing: text, host: nil) else {
            throw BrokenPromise("refuses what it made: \(text.shown)")
        }
        try promise(again == target, "not its own normal form: \(text.shown)")
    }

    /// By RFC 3986, section 6.2.2, and nothing in it that any server takes for a separator, a dot segment or an end.
    static func isUnambiguous(_ path: [UInt8]) -> Bool {
        guard path.first == UInt8(ascii: "/"), path.allSatisfy({ (0x21...0x7E).contains($0) }) else { return false }
        let text = String(decoding: path, as: UTF8.self)
        let lower = text.lowercased()
        guard ["//", "\\", ";", "?", "#", "%2f", "%5c", "%2e", "%25", "%3b", "%00"].allSatisfy({ !lower.contains($0) })
        else { return false }
        return text.split(separator: "/").allSatisfy { $0 != "." && $0 != ".." }
    }

    private static func checkAuthority(_ input: [UInt8]) throws(BrokenPromise) {
        guard let authority = try? Authority(parsing: input) else { return }
        let text = authority.host.bytes + (authority.port.map { Array(":\($0)".utf8) } ?? [])
        guard let again = try? Authority(parsing: text) else { throw BrokenPromise("refuses its host: \(text.shown)") }
        try promise(again == authority && again.matches(authority, defaultPort: 80), "not its own form: \(text.shown)")
        try promise(
            !text.contains { "@/\\?#% \t,".utf8.contains($0) || $0 < 0x21 || $0 > 0x7E }, "unclean: \(text.shown)")
    }

    private static func checkURL(_ input: [UInt8]) throws(BrokenPromise) {
        guard let url = try? HTTPURL(parsing: ByteString(input)) else { return }
        try promise(url.text.bytes == input, "a URL is kept as it was written")
        let text = ByteString(url.origin.bytes + url.path.bytes)
        guard let again = try? HTTPURL(parsing: text) else { throw BrokenPromise("refuses what it made: \(text)") }
        try promise(
            again.scheme == url.scheme && again.host == url.host && again.port == url.port && again.path == url.path,
            "another place than \(text)")
        try promise(again.origin == url.origin && again.authority == url.authority, "another origin than \(text)")
        // The parser of requests must agree: it compares a Host with this.
        guard let authority = try? Authority(parsing: url.authority.bytes) else {
            throw BrokenPromise("no Host could name \(url.authority)")
        }
        try promise(authority.host == url.host.bracketed, "two readings of the host \(url.authority)")
        try promise((authority.port ?? url.scheme.defaultPort) == url.port, "two readings of the port")
        if let target = try? Target(parsing: input, host: authority) {
            try promise(target.path == url.path && target.query == nil, "two readings of the path \(url.path)")
        }
    }

    private static func checkAddresses(_ input: [UInt8]) throws(BrokenPromise) {
        if let address = IPAddress(v4: input) {
            try promise(address.text.bytes == input, "two spellings of \(address)")
        }
        if let address = IPAddress(v6: input) {
            try promise(address.text.bytes == input, "two spellings of \(address)")
        }
        if let listen = ListenAddress(parsing: input) {
            try promise(Array(listen.text.utf8) == input, "two spellings of \(listen.text)")
        }
    }
}
