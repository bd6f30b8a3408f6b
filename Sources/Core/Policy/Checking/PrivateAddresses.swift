import StrictCoding

/// Addresses that are written down and that the gateway would refuse to connect to. What a name leads to is known only
/// when it is looked up.
extension Field {
    /// - Parameter allowPrivate: what the section says about it.
    func checkLeave(for url: HTTPURL?, allowPrivate: Bool, _ report: inout Report) {
        guard !allowPrivate, let url, case .address(let address) = url.host, address.isPrivate else { return }
        report.error(
            place, "\(quotedPath) is an address of a private network, to which nobody connects without leave",
            help: "write `allow_private: true` if it is of your own network")
    }
}

extension IPAddress {
    /// RFC 1918 and RFC 4193.
    fileprivate var isPrivate: Bool {
        switch self {
        case .v4(let bytes):
            bytes[0] == 10 || bytes[0] == 172 && bytes[1] & 0xF0 == 16 || bytes[0] == 192 && bytes[1] == 168
        case .v6(let bytes):
            bytes[0] & 0xFE == 0xFC
        }
    }
}
