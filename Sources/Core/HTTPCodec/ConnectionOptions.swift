/// What the `Connection` fields of a message say (RFC 9110, section 7.6.1).
package struct ConnectionOptions: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Nothing is said. An empty literal would be built by generic code, a field of a set at a time.
    package static var none: ConnectionOptions { ConnectionOptions(rawValue: 0) }
    package static let close = ConnectionOptions(rawValue: 1)
    package static let keepAlive = ConnectionOptions(rawValue: 2)
    /// Some other field is nominated to be removed before forwarding; `FieldBlock.nominates` knows which.
    package static let nominatesFields = ConnectionOptions(rawValue: 4)

    /// Adds the options of one `Connection` field; a nominated field on the protected list is refused where
    /// `protecting`.
    mutating func read(_ value: UnsafeBufferPointer<UInt8>, protecting: Bool) throws(WireError) {
        var found = self
        try value.forEachListElement { (option) throws(WireError) in
            guard option.isTokenString else { throw .malformedConnection }
            if option.equalsIgnoringCase("close") {
                found.insert(.close)
            } else if option.equalsIgnoringCase("keep-alive") {
                found.insert(.keepAlive)
            } else {
                if protecting && FieldNames.isProtectedFromNomination(option) { throw .connectionNominatesProtected }
                found.insert(.nominatesFields)
            }
        }
        self = found
    }

    /// Whether the connection persists after the message (RFC 9112, section 9.3); `close` wins over `keep-alive`.
    func persists(in version: HTTPVersion) -> Bool {
        if contains(.close) { return false }
        return version == .http11 || contains(.keepAlive)
    }
}

extension FieldBlock {
    /// Whether a `Connection` field of this block names the field at `index`, which then must not be forwarded.
    /// Only worth asking where `ConnectionOptions.nominatesFields` is set.
    package func nominates(at index: Int) -> Bool {
        withName(at: index) { nominates($0) }
    }

    /// As above for any name.
    package func nominates(_ name: some Collection<UInt8>) -> Bool {
        slots.indices.contains { index in
            isNamed("connection", at: index) && withValue(at: index) { $0.hasListElement(name) }
        }
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether this comma-separated list has that element, A-Z counting as a-z.
    fileprivate func hasListElement(_ name: some Collection<UInt8>) -> Bool {
        var found = false
        forEachListElement { element in
            if element.count == name.count && zip(element, name).allSatisfy({ $0.lowercased == $1.lowercased }) {
                found = true
            }
        }
        return found
    }
}
