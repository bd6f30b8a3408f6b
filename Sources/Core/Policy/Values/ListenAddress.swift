import StrictCoding

/// Where a listener stands: an IP literal and a port.
package struct ListenAddress: Hashable, Sendable {
    package let host: IPAddress
    /// 0 lets the system choose, as tests do.
    package let port: Int

    package init(host: IPAddress, port: Int) {
        self.host = host
        self.port = port
    }

    /// `127.0.0.1:8080` or `[::1]:8080`.
    package init?(parsing text: [UInt8]) {
        guard let colon = text.lastIndex(of: UInt8(ascii: ":")),
            let port = DecimalNumber.parse(text[(colon + 1)...], atMost: 65_535),
            case .address(let host)? = URLHost(text[..<colon])
        else { return nil }
        self.init(host: host, port: port)
    }

    /// As it is written in a policy.
    package var text: String {
        "\(URLHost.address(host).bracketed.string):\(port)"
    }

    /// Whether both would take the same port of the same interface.
    func collides(with other: ListenAddress) -> Bool {
        port != 0 && port == other.port && (host == other.host || host.isUnspecified || other.host.isUnspecified)
    }
}
