/// The two spellings of an ECDSA signature: r‖s of fixed width, as JOSE has it, and the DER sequence that libcrypto
/// speaks.
enum ECDSASignature {
    /// The DER form of r‖s; `raw` must have an even number of bytes, at most 132.
    static func der(_ raw: [UInt8]) -> [UInt8] {
        let half = raw.count / 2
        let body = integer(raw[..<half]) + integer(raw[half...])
        let header: [UInt8] = body.count < 0x80 ? [0x30, UInt8(body.count)] : [0x30, 0x81, UInt8(body.count)]
        return header + body
    }

    /// r‖s with `width` bytes each, or nil when `der` is not a sequence of two such integers.
    static func raw(_ der: ArraySlice<UInt8>, width: Int) -> [UInt8]? {
        var rest = der
        guard let body = content(0x30, &rest), rest.isEmpty else { return nil }
        rest = body
        guard let r = content(0x02, &rest), let s = content(0x02, &rest), rest.isEmpty,
            let r = padded(r, to: width), let s = padded(s, to: width)
        else { return nil }
        return r + s
    }

    private static func integer(_ number: ArraySlice<UInt8>) -> [UInt8] {
        let digits = number.drop { $0 == 0 }
        // A leading zero keeps a set top bit from meaning minus; zero itself is one zero byte.
        let prefix: [UInt8] = digits.first.map { $0 < 0x80 } ?? false ? [] : [0]
        return [0x02, UInt8(prefix.count + digits.count)] + prefix + digits
    }

    /// The content of the element with this tag at the start of `rest`, which is moved behind it.
    private static func content(_ tag: UInt8, _ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard rest.popFirst() == tag, var length = rest.popFirst() else { return nil }
        if length == 0x81 {
            guard let long = rest.popFirst(), long >= 0x80 else { return nil }
            length = long
        } else if length >= 0x80 {
            return nil
        }
        guard rest.count >= Int(length) else { return nil }
        defer { rest = rest.dropFirst(Int(length)) }
        return rest.prefix(Int(length))
    }

    private static func padded(_ integer: ArraySlice<UInt8>, to width: Int) -> [UInt8]? {
        let digits = integer.drop { $0 == 0 }
        guard digits.count <= width else { return nil }
        return [UInt8](repeating: 0, count: width - digits.count) + digits
    }
}
