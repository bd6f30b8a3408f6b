/// The field names that the gateway treats specially, matched so that no spelling slips through.
///
/// Names are compared in canonical form: A-Z as a-z, and every octet that is no letter or digit as `-`. `X_Actor.Sub`
/// is `x-actor-sub`, because servers behind CGI-style interfaces would read the two as one. The caller asks once per
/// field; a name is told apart by its first letters, so most names cost two comparisons.
package enum FieldNames {
    /// What becomes of a request field with this name.
    package static func requestFate(of name: UnsafeBufferPointer<UInt8>) -> FieldFate {
        switch name.first?.canonical {
        case UInt8(ascii: "a"): name.isLike("authorization") ? .consume : .forward
        case UInt8(ascii: "c"): fateOfC(name)
        case UInt8(ascii: "d"): name.isLike("dpop") ? .consume : .forward
        case UInt8(ascii: "e"):
            name.isLike("expect") ? .consume : name.beginsLike("eie-") ? .strip : .forward
        case UInt8(ascii: "f"): name.isLike("forwarded") ? .regenerate : .forward
        case UInt8(ascii: "h"):
            name.isLike("host") ? .regenerate : name.isLike("http2-settings") ? .hopByHop : .forward
        case UInt8(ascii: "k"): name.isLike("keep-alive") ? .hopByHop : .forward
        case UInt8(ascii: "p"):
            name.beginsLike("proxy-authorization")
                ? .strip
                : name.isLike("proxy-connection") || name.isLike("proxy-authenticate")
                    || name.isLike("proxy-authentication-info") ? .hopByHop : .forward
        case UInt8(ascii: "r"): name.beginsLike("remote-user") ? .strip : .forward
        case UInt8(ascii: "t"): fateOfT(name)
        case UInt8(ascii: "u"): name.isLike("upgrade") ? .hopByHop : .forward
        case UInt8(ascii: "v"): name.isLike("via") ? .regenerate : .forward
        case UInt8(ascii: "w"):
            name.beginsLike("workload-identity-token") || name.beginsLike("workload-proof-token") ? .strip : .forward
        case UInt8(ascii: "x"): fateOfX(name)
        // No name begins with a separator in good faith: `-Host`, `_Txn-Token`.
        case UInt8(ascii: "-"): .strip
        default: .forward
        }
    }

    /// As above for any run of bytes.
    package static func requestFate(of name: some Collection<UInt8>) -> FieldFate {
        withOctets(of: name) { requestFate(of: $0) }
    }

    /// Whether a request field with this name is on the strip list.
    package static func isStripped(_ name: some Collection<UInt8>) -> Bool {
        requestFate(of: name) == .strip
    }

    /// Whether a request field with this name is bound to one connection.
    package static func isHopByHop(_ name: some Collection<UInt8>) -> Bool {
        requestFate(of: name) == .hopByHop
    }

    /// What becomes of an upstream's response field with this name: our identity fields never travel back, and neither
    /// do challenges and browser state that would speak for the gateway's own origin.
    package static func responseFate(of name: UnsafeBufferPointer<UInt8>) -> FieldFate {
        switch name.first?.canonical {
        case UInt8(ascii: "a"):
            name.beginsLike("access-control-") || name.isLike("alt-svc") ? .consume : .forward
        case UInt8(ascii: "c"):
            name.isLike("connection") ? .hopByHop : name.isLike("content-length") ? .regenerate : .forward
        case UInt8(ascii: "d"):
            name.isLike("dpop-nonce") ? .consume : name.isLike("date") ? .regenerate : .forward
        case UInt8(ascii: "e"): name.beginsLike("eie-") ? .strip : .forward
        case UInt8(ascii: "k"): name.isLike("keep-alive") ? .hopByHop : .forward
        case UInt8(ascii: "p"): name.beginsLike("proxy-") ? .hopByHop : .forward
        case UInt8(ascii: "s"): name.beginsLike("set-cookie") ? .consume : .forward
        case UInt8(ascii: "t"): fateOfT(name)
        case UInt8(ascii: "u"): name.isLike("upgrade") ? .hopByHop : .forward
        case UInt8(ascii: "w"): name.isLike("www-authenticate") ? .consume : .forward
        case UInt8(ascii: "x"):
            if name.begins(likeAnyOf: "x-actor-", "x-agent-", "x-delegation-", "x-eie-") {
                .strip
            } else {
                // Orders to a web server in front of us: serve this file of yours instead.
                name.isLike("x-accel-redirect") || name.isLike("x-sendfile") ? .consume : .forward
            }
        case UInt8(ascii: "-"): .strip
        default: .forward
        }
    }

    /// As above for any run of bytes.
    package static func responseFate(of name: some Collection<UInt8>) -> FieldFate {
        withOctets(of: name) { responseFate(of: $0) }
    }

    /// Whether a name would be read as `other` by a server that folds case and separators.
    package static func isLookAlike(_ name: UnsafeBufferPointer<UInt8>, of other: UnsafeBufferPointer<UInt8>) -> Bool {
        // By length first: most names tell by theirs.
        guard name.count == other.count else { return false }
        for index in 0..<name.count where name[index].canonical != other[index].canonical { return false }
        return true
    }

    /// As above for any runs of bytes.
    package static func isLookAlike(_ name: some Collection<UInt8>, of other: some Collection<UInt8>) -> Bool {
        withOctets(of: name) { name in withOctets(of: other) { isLookAlike(name, of: $0) } }
    }

    /// Whether a client that names this field in `Connection` tries to remove what the gateway relies on or will state
    /// itself: such a request is refused (`.connectionNominatesProtected`).
    package static func isProtectedFromNomination(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
        switch requestFate(of: name) {
        case .strip, .regenerate, .consume, .optIn:
            true
        case .hopByHop:
            name.isLike("transfer-encoding")
        case .forward:
            name.beginsLike("mcp-") || name.beginsLike("content-") || name.isLike("origin")
                || name.isLike("traceparent") || name.isLike("tracestate") || name.isLike("baggage")
        }
    }

    /// As above for any run of bytes.
    package static func isProtectedFromNomination(_ name: some Collection<UInt8>) -> Bool {
        withOctets(of: name) { isProtectedFromNomination($0) }
    }

    // MARK: By first letter

    private static func fateOfC(_ name: UnsafeBufferPointer<UInt8>) -> FieldFate {
        if name.isLike("connection") { return .hopByHop }
        if name.isLike("content-length") { return .regenerate }
        if name.isLike("cookie") || name.isLike("cookie2") { return .optIn }
        return name.beginsLike("cf-access-") || name.beginsLike("client-cert") ? .strip : .forward
    }

    private static func fateOfT(_ name: UnsafeBufferPointer<UInt8>) -> FieldFate {
        if name.isLike("te") || name.isLike("trailer") || name.isLike("trailers") || name.isLike("transfer-encoding") {
            return .hopByHop
        }
        return name.beginsLike("txn-token") || name.beginsLike("teleport-jwt-assertion") ? .strip : .forward
    }

    private static func fateOfX(_ name: UnsafeBufferPointer<UInt8>) -> FieldFate {
        guard name.count > 2, name[1].canonical == UInt8(ascii: "-") else { return .forward }
        switch name[2].canonical {
        case UInt8(ascii: "a"):
            return name.begins(
                likeAnyOf: "x-actor-", "x-agent-", "x-auth-request-", "x-amzn-oidc-") ? .strip : .forward
        case UInt8(ascii: "d"): return name.beginsLike("x-delegation-") ? .strip : .forward
        case UInt8(ascii: "e"):
            return name.begins(likeAnyOf: "x-eie-", "x-endpoint-api-userinfo") ? .strip : .forward
        case UInt8(ascii: "f"): return fateOfXForwarded(name)
        case UInt8(ascii: "g"):
            return name.begins(likeAnyOf: "x-goog-iap-", "x-goog-authenticated-user-") ? .strip : .forward
        case UInt8(ascii: "h"): return name.beginsLike("x-http-method") ? .strip : .forward
        case UInt8(ascii: "m"):
            return name.begins(likeAnyOf: "x-ms-client-principal", "x-ms-token-", "x-method-override")
                ? .strip : .forward
        case UInt8(ascii: "o"): return name.beginsLike("x-original-url") ? .strip : .forward
        case UInt8(ascii: "p"): return name.beginsLike("x-pomerium-") ? .strip : .forward
        case UInt8(ascii: "r"): return name.begins(likeAnyOf: "x-remote-", "x-rewrite-url") ? .strip : .forward
        case UInt8(ascii: "s"): return name.beginsLike("x-ssl-client-") ? .strip : .forward
        case UInt8(ascii: "t"): return name.beginsLike("x-trace-id") ? .strip : .forward
        case UInt8(ascii: "u"): return name.begins(likeAnyOf: "x-user-", "x-userinfo") ? .strip : .forward
        default: return .forward
        }
    }

    private static func fateOfXForwarded(_ name: UnsafeBufferPointer<UInt8>) -> FieldFate {
        guard name.beginsLike("x-forwarded-") else { return .forward }
        if name.isLike("x-forwarded-for") || name.isLike("x-forwarded-host") || name.isLike("x-forwarded-proto")
            || name.isLike("x-forwarded-port") || name.isLike("x-forwarded-prefix") || name.isLike("x-forwarded-uri")
        {
            return .regenerate
        }
        return name.begins(
            likeAnyOf: "x-forwarded-user", "x-forwarded-email", "x-forwarded-groups",
            "x-forwarded-preferred-username", "x-forwarded-access-token", "x-forwarded-client-cert")
            ? .strip : .forward
    }
}

extension UInt8 {
    /// The octet in canonical form: a-z and 0-9 as they are, A-Z in lower case, all else `-`.
    @inline(__always)
    fileprivate var canonical: UInt8 {
        if isLetter { return self | 0x20 }
        return isDigit ? self : UInt8(ascii: "-")
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether the canonical form of this name is `pattern`.
    @inline(__always)
    fileprivate func isLike(_ pattern: StaticString) -> Bool {
        count == pattern.utf8CodeUnitCount && beginsLike(pattern)
    }

    /// Whether the canonical form of this name begins with `pattern`.
    @inline(__always)
    fileprivate func beginsLike(_ pattern: StaticString) -> Bool {
        guard count >= pattern.utf8CodeUnitCount else { return false }
        let text = pattern.utf8Start
        for index in 0..<pattern.utf8CodeUnitCount where self[index].canonical != text[index] { return false }
        return true
    }

    /// The same for two to six patterns.
    @inline(__always)
    fileprivate func begins(
        likeAnyOf first: StaticString, _ second: StaticString, _ third: StaticString? = nil,
        _ fourth: StaticString? = nil, _ fifth: StaticString? = nil, _ sixth: StaticString? = nil
    ) -> Bool {
        if beginsLike(first) || beginsLike(second) { return true }
        if let third, beginsLike(third) { return true }
        if let fourth, beginsLike(fourth) { return true }
        if let fifth, beginsLike(fifth) { return true }
        if let sixth, beginsLike(sixth) { return true }
        return false
    }
}
