internal import HTTPWire
internal import StrictCoding

/// Lets only requests through whose `Host`, and `Origin` if there is one, name this machine.
///
/// A page on the web can point a name of its own at 127.0.0.1 and so talk to a local server through the visitor's
/// browser; the names in these two fields give it away. MCP asks local servers for this check.
enum LoopbackGuard {
    static func around(_ service: @escaping Service) -> Service {
        { request in
            guard let host = request.fields.only("host"), isLoopback(authority: host) else {
                return .json(
                    Array(#"{"error":"this server is reached as 127.0.0.1 or localhost only"}"#.utf8), status: 421)
            }
            guard request.fields.all("origin").allSatisfy(isLoopback(origin:)) else {
                return .json(Array(#"{"error":"no requests from other sites"}"#.utf8), status: 403)
            }
            return await service(request)
        }
    }

    private static func isLoopback(origin: ArraySlice<UInt8>) -> Bool {
        for scheme in ["http://", "https://"] where origin.starts(with: scheme.utf8) {
            return isLoopback(authority: origin.dropFirst(scheme.utf8.count))
        }
        return false
    }

    private static func isLoopback(authority: ArraySlice<UInt8>) -> Bool {
        for host in ["127.0.0.1", "[::1]", "localhost"] {
            guard authority.prefix(host.utf8.count).map(\.asciiLowercased).elementsEqual(host.utf8) else { continue }
            let rest = authority.dropFirst(host.utf8.count)
            return rest.isEmpty || (rest.first == UInt8(ascii: ":") && rest.dropFirst().allSatisfy(\.isASCIIDigit))
        }
        return false
    }
}
