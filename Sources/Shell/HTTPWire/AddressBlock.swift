/// Addresses that share their first bits.
struct AddressBlock: Sendable {
    private let prefix: [UInt8]
    private let bits: Int
    let scope: AddressScope
    /// Where in the address an IPv4 address stands.
    let embedded: Int?

    /// What `bytes` leaves out is zero.
    private init(_ bytes: [UInt8], _ bits: Int, _ scope: AddressScope, embedded: Int? = nil) {
        prefix = bytes + [UInt8](repeating: 0, count: 16 - bytes.count)
        self.bits = bits
        self.scope = scope
        self.embedded = embedded
    }

    private init(groups: [UInt16], _ bits: Int, _ scope: AddressScope, embedded: Int? = nil) {
        self.init(groups.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }, bits, scope, embedded: embedded)
    }

    func contains(_ address: [UInt8]) -> Bool {
        let whole = bits / 8
        guard address[..<whole].elementsEqual(prefix[..<whole]) else { return false }
        let rest = bits % 8
        return rest == 0 || (address[whole] ^ prefix[whole]) >> (8 - rest) == 0
    }

    // The first block that contains an address decides.

    static let special4: [AddressBlock] = [
        AddressBlock([0], 8, .forbidden),  // this network; 0.0.0.0 connects to this machine
        AddressBlock([10], 8, .local),
        AddressBlock([100, 100, 100, 200], 32, .forbidden),  // instance metadata of Alibaba Cloud
        AddressBlock([100, 64], 10, .local),  // shared between providers and customers
        AddressBlock([127], 8, .local),
        AddressBlock([168, 63, 129, 16], 32, .forbidden),  // the virtual host of Azure
        AddressBlock([169, 254], 16, .forbidden),  // link-local, instance metadata of most clouds
        AddressBlock([172, 16], 12, .local),
        AddressBlock([192, 0, 0, 192], 32, .forbidden),  // instance metadata of Oracle Cloud
        AddressBlock([192, 0, 0], 24, .local),  // protocol assignments
        AddressBlock([192, 0, 2], 24, .local),  // documentation
        AddressBlock([192, 88, 99], 24, .local),  // 6to4 relays, deprecated
        AddressBlock([192, 168], 16, .local),
        AddressBlock([198, 18], 15, .local),  // benchmarks
        AddressBlock([198, 51, 100], 24, .local),  // documentation
        AddressBlock([203, 0, 113], 24, .local),  // documentation
        AddressBlock([224], 4, .forbidden),  // multicast
        AddressBlock([255, 255, 255, 255], 32, .forbidden),  // broadcast
        AddressBlock([240], 4, .local),  // reserved
    ]

    static let special6: [AddressBlock] = [
        AddressBlock(groups: [0, 0, 0, 0, 0, 0, 0, 0], 128, .forbidden),  // unspecified
        AddressBlock(groups: [0, 0, 0, 0, 0, 0, 0, 1], 128, .local),  // loopback
        AddressBlock(groups: [0, 0, 0, 0, 0, 0], 96, .local, embedded: 12),  // IPv4-compatible, deprecated
        AddressBlock(groups: [0, 0, 0, 0, 0, 0xFFFF], 96, .global, embedded: 12),  // IPv4-mapped
        AddressBlock(groups: [0, 0, 0, 0, 0xFFFF, 0], 96, .local, embedded: 12),  // IPv4-translated (SIIT)
        AddressBlock(groups: [0x64, 0xFF9B, 0, 0, 0, 0], 96, .global, embedded: 12),  // NAT64
        AddressBlock(groups: [0x64, 0xFF9B, 1], 48, .local, embedded: 12),  // NAT64 of one network
        AddressBlock(groups: [0x2001, 0], 32, .local),  // Teredo
        AddressBlock(groups: [0x2001], 23, .local),  // protocol assignments
        AddressBlock(groups: [0x2001, 0xDB8], 32, .local),  // documentation
        AddressBlock(groups: [0x2002], 16, .global, embedded: 2),  // 6to4
        AddressBlock(groups: [0x3FFF], 20, .local),  // documentation
        AddressBlock(groups: [0xFD00, 0xEC2], 32, .forbidden),  // instance metadata of Amazon EC2
        AddressBlock(groups: [0xFD20, 0xCE, 0, 0, 0, 0, 0, 0x254], 128, .forbidden),  // and of Google Cloud
        AddressBlock(groups: [0xFC00], 7, .local),  // unique local
        AddressBlock(groups: [0xFE80], 10, .forbidden),  // link-local
        AddressBlock(groups: [0xFF00], 8, .forbidden),  // multicast
    ]

    /// 2000::/3, all that IANA gives to registries.
    static let globalUnicast = AddressBlock(groups: [0x2000], 3, .global)
}
