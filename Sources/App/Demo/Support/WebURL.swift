internal import HTTPCodec
package import HTTPWire
package import StrictCoding

/// An `http` URL as it stands in a program's settings: host, port and path, without a query.
package struct WebURL: Sendable, Hashable {
    package let endpoint: Endpoint
    /// Without a slash at its end: empty, or begins with one.
    private let path: ByteString

    /// Nil for another scheme and for what is not visible ASCII.
    package init?(_ text: ByteString) {
        let scheme = Array("http://".utf8)
        guard text.count <= 2048, text.bytes.starts(with: scheme), text.bytes.allSatisfy(\.isVisibleASCII),
            !text.bytes.contains(UInt8(ascii: "?")), !text.bytes.contains(UInt8(ascii: "#"))
        else { return nil }
        let rest = text.bytes.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != UInt8(ascii: "/") }
        guard let parsed = try? Authority(parsing: authority) else { return nil }
        let host = parsed.host.bytes.filter { $0 != UInt8(ascii: "[") && $0 != UInt8(ascii: "]") }
        endpoint = Endpoint(host: ByteString(host), port: parsed.port ?? 80)
        var path = Array(rest.dropFirst(authority.count))
        while path.last == UInt8(ascii: "/") { path.removeLast() }
        self.path = ByteString(path)
    }

    /// What to ask for at the endpoint: `segments` below the path, each one segment whatever it holds, and a query.
    func target(_ segments: [ByteString], query: [(name: ByteString, value: ByteString)] = []) -> [UInt8] {
        let target = segments.reduce(path.bytes) { $0 + "/".utf8 + FormParameters.escaped($1) }
        let asked = query.isEmpty ? [] : Array("?".utf8) + FormParameters.encoded(query)
        return (target.isEmpty ? Array("/".utf8) : target) + asked
    }
}
