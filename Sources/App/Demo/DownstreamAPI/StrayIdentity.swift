internal import HTTPCodec
internal import HTTPWire
internal import StrictCoding

/// What must never reach an API, searched for in everything that did: the gateway's envelope for the server, the opaque
/// handle of a request, and browser state.
struct StrayIdentity: Sendable, Equatable {
    let envelope: Bool
    let handle: Bool
    let cookie: Bool

    init(in request: ServiceRequest) {
        let names = (0..<request.fields.count).map { request.fields.name(at: $0) }
        let texts =
            (0..<request.fields.count).map { request.fields.value(at: $0) }
            + [Array(request.path.utf8)[...], request.queryBytes[...], request.body[...]]
        envelope = names.contains(where: Self.isEnvelopeName) || texts.contains(where: Self.holdsEnvelope)
        handle = texts.contains(where: Self.holdsHandle)
        cookie = request.fields.contains("cookie") || request.fields.contains("cookie2")
    }

    /// `Txn-Token` in any of the spellings that servers take for one.
    private static func isEnvelopeName(_ name: ArraySlice<UInt8>) -> Bool {
        name.map { $0.isASCIILetter || $0.isASCIIDigit ? $0.asciiLowercased : UInt8(ascii: "-") }
            .elementsEqual("txn-token".utf8)
    }

    /// A JWS whose header says that it is a transaction token, anywhere in the text.
    private static func holdsEnvelope(_ text: ArraySlice<UInt8>) -> Bool {
        let words = text.split { !($0.isASCIILetter || $0.isASCIIDigit || "-_.".utf8.contains($0)) }
        return words.contains { word in
            let parts = word.split(separator: UInt8(ascii: "."))
            guard parts.count == 3, let header = try? Base64URL.decode(parts[0]),
                let type = (try? JSONDocument(parsing: header, limits: .header))?.root["typ"]?.text
            else { return false }
            return type.bytes.asciiLowercased().elementsEqual("txntoken+jwt".utf8)
        }
    }

    private static func holdsHandle(_ text: ArraySlice<UInt8>) -> Bool {
        var rest = text
        while let start = rest.firstIndex(of: UInt8(ascii: "e")) {
            if rest[start...].starts(with: "eieh_".utf8) { return true }
            rest = rest[(start + 1)...]
        }
        return false
    }
}
