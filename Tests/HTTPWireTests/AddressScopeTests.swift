import NIOCore
import Testing

@testable import HTTPWire

/// Case 30: which addresses count as what.
@Suite struct AddressScopeTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let scope: AddressScope
        let addresses: [String]
        let why: String
        var testDescription: String { "\(why): \(addresses)" }

        init(_ scope: AddressScope, _ addresses: [String], _ why: String) {
            self.scope = scope
            self.addresses = addresses
            self.why = why
        }
    }

    /// First, last and neighbours of each block: IANA's IPv4 Special-Purpose Address Registry, multicast, and where
    /// clouds keep credentials.
    static let rows4 = [
        Row(.forbidden, ["0.0.0.0", "0.0.0.1", "0.255.255.255"], "this network"),
        Row(.global, ["1.0.0.0", "9.255.255.255"], "around 10/8"),
        Row(.local, ["10.0.0.0", "10.1.2.3", "10.255.255.255"], "private"),
        Row(.global, ["11.0.0.0", "100.63.255.255"], "around 10/8 and 100.64/10"),
        Row(.local, ["100.64.0.0", "100.100.100.199", "100.127.255.255"], "shared"),
        Row(.forbidden, ["100.100.100.200"], "metadata, Alibaba Cloud"),
        Row(.global, ["100.128.0.0", "126.255.255.255"], "around 100.64/10 and 127/8"),
        Row(.local, ["127.0.0.0", "127.0.0.1", "127.1.2.3", "127.255.255.255"], "loopback"),
        Row(.global, ["128.0.0.0", "168.63.129.15", "168.63.129.17", "169.253.255.255"], "around 169.254/16"),
        Row(.forbidden, ["168.63.129.16"], "virtual host, Azure"),
        Row(.forbidden, ["169.254.0.0", "169.254.169.254", "169.254.170.2", "169.254.255.255"], "link-local"),
        Row(.global, ["169.255.0.0", "172.15.255.255"], "around 172.16/12"),
        Row(.local, ["172.16.0.0", "172.31.255.255"], "private"),
        Row(.global, ["172.32.0.0", "191.255.255.255"], "around 172.16/12 and 192.0.0/24"),
        Row(.local, ["192.0.0.0", "192.0.0.8", "192.0.0.9", "192.0.0.170", "192.0.0.255"], "protocol assignments"),
        Row(.forbidden, ["192.0.0.192"], "metadata, Oracle Cloud"),
        Row(.global, ["192.0.1.0"], "between 192.0.0/24 and 192.0.2/24"),
        Row(.local, ["192.0.2.0", "192.0.2.255"], "documentation"),
        Row(.global, ["192.0.3.0", "192.31.196.1", "192.52.193.1", "192.88.98.255", "192.88.100.0"], "routed"),
        Row(.local, ["192.88.99.0", "192.88.99.1", "192.88.99.2", "192.88.99.255"], "6to4 relays"),
        Row(.local, ["192.168.0.0", "192.168.255.255"], "private"),
        Row(.global, ["192.167.255.255", "192.169.0.0", "192.175.48.1", "198.17.255.255"], "around 192.168/16"),
        Row(.local, ["198.18.0.0", "198.19.255.255"], "benchmarks"),
        Row(.global, ["198.20.0.0", "198.51.99.255", "198.51.101.0"], "around 198.51.100/24"),
        Row(.local, ["198.51.100.0", "198.51.100.255"], "documentation"),
        Row(.local, ["203.0.113.0", "203.0.113.255"], "documentation"),
        Row(.global, ["203.0.112.255", "203.0.114.0", "223.255.255.255"], "around 203.0.113/24"),
        Row(.forbidden, ["224.0.0.0", "224.0.0.251", "232.1.1.1", "239.255.255.255"], "multicast"),
        Row(.local, ["240.0.0.0", "255.255.255.254"], "reserved"),
        Row(.forbidden, ["255.255.255.255"], "broadcast"),
    ]

    /// IANA's IPv6 Special-Purpose Address Registry, and what lies inside addresses that are translated.
    static let rows6 = [
        Row(.forbidden, ["::"], "unspecified"),
        Row(.local, ["::1"], "loopback"),
        Row(.local, ["::8.8.8.8", "::127.0.0.1"], "IPv4-compatible"),
        Row(.forbidden, ["::2", "::169.254.169.254"], "IPv4-compatible, never"),
        Row(.global, ["::ffff:8.8.8.8"], "IPv4-mapped"),
        Row(.local, ["::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:100.64.0.1"], "IPv4-mapped, local"),
        Row(.forbidden, ["::ffff:169.254.169.254", "::ffff:0.0.0.0", "::ffff:255.255.255.255"], "IPv4-mapped, never"),
        Row(.local, ["::ffff:0:8.8.8.8", "::ffff:0:10.0.0.1"], "IPv4-translated"),
        Row(.forbidden, ["::ffff:0:169.254.169.254"], "IPv4-translated, link-local"),
        Row(.global, ["64:ff9b::8.8.8.8", "64:ff9b::101:101"], "NAT64"),
        Row(.local, ["64:ff9b::10.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::192.168.1.1"], "NAT64, local"),
        Row(.forbidden, ["64:ff9b::169.254.169.254", "64:ff9b::0.0.0.0", "64:ff9b::224.0.0.1"], "NAT64, never"),
        Row(.local, ["64:ff9b:1::a00:1", "64:ff9b:1::8.8.8.8", "64:ff9b:1:ffff:ffff:ffff:808:808"], "local NAT64"),
        Row(.forbidden, ["64:ff9b:1::", "64:ff9b:1::169.254.169.254"], "local NAT64, never"),
        Row(.local, ["64:ff9b:2::1", "64:ff9c::1", "64:ff9b::1:0:0"], "reserved, around NAT64"),
        Row(.local, ["100::", "100::1", "100:0:0:1::1"], "discard, dummy"),
        Row(.local, ["1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"], "reserved, before 2000::/3"),
        Row(.global, ["2000::1", "2000:ffff::1"], "before 2001::/23"),
        Row(.local, ["2001::", "2001:0:4136:e378:8000:63bf:3fff:fdd2"], "Teredo"),
        Row(.local, ["2001:1::1", "2001:2::1", "2001:3::1", "2001:4:112::1", "2001:20::1"], "protocol assignments"),
        Row(.local, ["2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff"], "the last protocol assignment"),
        Row(.global, ["2001:200::", "2001:4860:4860::8888", "2001:db7:ffff::1", "2001:db9::1"], "routed"),
        Row(.local, ["2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"], "documentation"),
        Row(.global, ["2002:808:808::1"], "6to4"),
        Row(.local, ["2002:7f00:1::1", "2002:a00:1::1", "2002:c0a8:101::1"], "6to4, local"),
        Row(.forbidden, ["2002:a9fe:a9fe::1", "2002::1", "2002:e000:1::1"], "6to4, never"),
        Row(.global, ["2003::1", "2606:4700::1111", "2620:4f:8000::1", "2a00:1450:4001::1"], "routed"),
        Row(.global, ["3ffe:ffff::1", "3fff:1000::1"], "around 3fff::/20"),
        Row(.local, ["3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff"], "documentation"),
        Row(.local, ["4000::1", "5f00::1", "8000::1", "fbff::1"], "reserved, segment routing"),
        Row(.local, ["fc00::1", "fd00::1", "fdff:ffff::1"], "unique local"),
        Row(.forbidden, ["fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254"], "metadata, EC2 and Google Cloud"),
        Row(.local, ["fd00:ec1::254", "fd00:ec3::1", "fd20:ce::253"], "around them"),
        Row(.local, ["fe00::1", "fe7f:ffff::1"], "reserved, before link-local"),
        Row(.forbidden, ["fe80::", "fe80::1", "febf:ffff::1"], "link-local"),
        Row(.local, ["fec0::1", "feff::1"], "site-local, deprecated"),
        Row(.forbidden, ["ff00::", "ff02::1", "ff0e::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"], "multicast"),
    ]

    @Test(arguments: rows4 + rows6) func anAddressHasTheScopeOfItsBlock(_ row: Row) throws {
        for text in row.addresses {
            let address = try SocketAddress(ipAddress: text, port: 443)
            #expect(AddressScope(address) == row.scope, "\(text)")
        }
    }

    @Test(arguments: rows4) func whatIsTranslatedIsNeverMoreThanWhatIsWithin(_ row: Row) throws {
        for text in row.addresses {
            for prefix in ["::ffff:", "64:ff9b::"] {
                #expect(AddressScope(try SocketAddress(ipAddress: prefix + text, port: 1)) == row.scope, "\(text)")
            }
            for prefix in ["::ffff:0:", "64:ff9b:1::"] {
                let scope = AddressScope(try SocketAddress(ipAddress: prefix + text, port: 1))
                #expect(scope == max(row.scope, .local), "\(prefix)\(text)")
            }
        }
    }

    /// Blocks are prefixes: a bit behind the prefix changes nothing, whatever the address.
    @Test func anyAddressOfAPrivateNetworkIsLocal() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            let tail = (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }
            #expect(AddressScope(v4: [10] + tail[..<3]) == .local)
            #expect(AddressScope(v4: [192, 168] + tail[..<2]) == .local)
            #expect(AddressScope(v4: [172, 16 + tail[0] % 16] + tail[1..<3]) == .local)
            #expect(AddressScope(v4: [169, 254] + tail[..<2]) == .forbidden)
            #expect(AddressScope(v4: [224 + tail[0] % 16] + tail[1..<4]) == .forbidden)
            #expect(AddressScope(v6: [0xFE, 0x80 | tail[0] & 0x3F] + tail[..<14]) == .forbidden)
            #expect(AddressScope(v6: [0xFF] + tail[..<15]) == .forbidden)
            #expect(AddressScope(v6: [0xFC | tail[0] & 1] + tail[..<15]) >= .local)
            if !(0x20...0x3F).contains(tail[0]) { #expect(AddressScope(v6: tail) != .global || tail.isTranslated) }
        }
    }

    @Test func aSocketInTheFileSystemIsNobodysService() throws {
        #expect(AddressScope(try SocketAddress(unixDomainSocketPath: "/run/x.sock")) == .forbidden)
    }

    @Test(arguments: [
        (Endpoint.Reach.any, [true, true, true]),
        (.global, [true, false, false]),
        (.globalOrPrivate, [true, true, false]),
    ]) func aReachIsAListOfScopes(reach: Endpoint.Reach, allowed: [Bool]) throws {
        for (text, isAllowed) in zip(["8.8.8.8", "10.0.0.1", "169.254.169.254"], allowed) {
            #expect(reach.allows(try SocketAddress(ipAddress: text, port: 80)) == isAllowed, "\(text)")
        }
    }
}

private extension [UInt8] {
    /// IPv4-mapped, or NAT64.
    var isTranslated: Bool {
        starts(with: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF])
            || starts(with: [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0])
    }
}
