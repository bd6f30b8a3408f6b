package import StrictCoding

/// Why a body is not a message that may be judged, with the answer it gets.
package struct MessageRefusal: Error, Sendable, Equatable {
    /// The fact.
    package enum Fact: Sendable, Equatable {
        /// Not JSON, or JSON that two parsers may read differently.
        case json(JSONError)
        /// An array of messages (2025-03-26 only): each could name another tool.
        case batch
        /// Not an object, or one that is neither request, notification nor response.
        case notAMessage(StaticFact)
        /// A member that differs only in case from one that decides what happens.
        case lookalikeMember(ByteString)
        /// `params` or something inside it that the method needs is missing or of another type.
        case invalidParams(StaticFact)
        /// `_meta` lacks what the modern era requires.
        case missingMetadata(StaticFact)
        /// `_meta` carries a key that only this gateway may set.
        case reservedMetadata(ByteString)
        /// Header and body belong to different eras.
        case eraMismatch
        /// A mirrored field is absent although required.
        case missingField(RoutingField)
        /// A mirrored field occurs more than once.
        case duplicateField(RoutingField)
        /// A mirrored field has a value that encodes nothing.
        case malformedField(RoutingField)
        /// A mirrored field says something else than the body.
        case fieldMismatch(RoutingField)
        /// A legacy request with an `MCP-Protocol-Version` that no revision has.
        case unknownLegacyVersion
        /// A modern request of a revision that is not spoken here.
        case unsupportedVersion(ByteString)
    }

    package let fact: Fact
    /// The raw JSON id of the request, when it could be read.
    package let id: [UInt8]?

    init(_ fact: Fact, id: ArraySlice<UInt8>? = nil) {
        self.fact = fact
        self.id = id.map { Array($0) }
    }

    /// The name under which metrics and audit count this refusal.
    package var code: StaticString {
        switch fact {
        case .json: "json"
        case .batch: "batch"
        case .notAMessage: "not_a_message"
        case .lookalikeMember: "lookalike_member"
        case .invalidParams: "invalid_params"
        case .missingMetadata: "missing_metadata"
        case .reservedMetadata: "reserved_metadata"
        case .eraMismatch: "era_mismatch"
        case .missingField: "missing_field"
        case .duplicateField: "duplicate_field"
        case .malformedField: "malformed_field"
        case .fieldMismatch: "field_mismatch"
        case .unknownLegacyVersion: "unknown_legacy_version"
        case .unsupportedVersion: "unsupported_version"
        }
    }

    /// The JSON-RPC error code (2026-07-28, "Error Codes").
    package var errorCode: Int {
        switch fact {
        case .json: JSONRPC.parseError
        case .batch, .notAMessage, .lookalikeMember, .reservedMetadata, .unknownLegacyVersion: JSONRPC.invalidRequest
        case .invalidParams, .missingMetadata: JSONRPC.invalidParams
        case .eraMismatch, .missingField, .duplicateField, .malformedField, .fieldMismatch: JSONRPC.headerMismatch
        case .unsupportedVersion: JSONRPC.unsupportedProtocolVersion
        }
    }

    /// The HTTP status of the answer.
    package var status: Int {
        if case .json(let error) = fact, error.kind == .tooLarge { return 413 }
        return 400
    }

    /// One sentence for the client's developer; contains nothing the client sent except names.
    package var message: String {
        switch fact {
        case .json(let error): "the body is not strict JSON: \(error.kind) at byte \(error.offset)"
        case .batch: "JSON-RPC batches are not accepted"
        case .notAMessage(let fact): "not a JSON-RPC 2.0 message: \(fact)"
        case .lookalikeMember(let name): "member `\(Self.shown(name))` differs only in case from one that MCP defines"
        case .invalidParams(let fact): "invalid params: \(fact)"
        case .missingMetadata(let fact): "invalid params: \(fact)"
        case .reservedMetadata(let key): "`_meta` key `\(Self.shown(key))` is reserved for the gateway"
        case .eraMismatch: "Header mismatch: `MCP-Protocol-Version` and `_meta` belong to different protocol eras"
        case .missingField(let field): "Header mismatch: `\(field.name)` is required"
        case .duplicateField(let field): "Header mismatch: `\(field.name)` occurs more than once"
        case .malformedField(let field): "Header mismatch: `\(field.name)` is malformed"
        case .fieldMismatch(let field): "Header mismatch: `\(field.name)` does not match the body"
        case .unknownLegacyVersion: "unsupported `MCP-Protocol-Version`"
        case .unsupportedVersion: "Unsupported protocol version"
        }
    }

    /// As much of a client's name as identifies it: the whole may be megabytes, and escaping makes more of them.
    private static func shown(_ name: ByteString) -> String {
        name.count <= 64 ? name.string : ByteString(name.bytes.prefix(64)).string + "…"
    }

    /// The JSON-RPC error that goes out as the answer's body.
    package var body: [UInt8] {
        switch fact {
        case .unsupportedVersion(let requested):
            JSONRPC.error(id: id?[...], code: errorCode, message: message) { data in
                data.member("supported", array: ProtocolVersion.supported)
                data.member("requested", requested)
            }
        case .json, .batch, .notAMessage, .lookalikeMember, .invalidParams, .missingMetadata, .reservedMetadata,
            .eraMismatch, .missingField, .duplicateField, .malformedField, .fieldMismatch, .unknownLegacyVersion:
            JSONRPC.error(id: id?[...], code: errorCode, message: message)
        }
    }
}

/// A fact written in our own words: text from the source code, never from the client.
package struct StaticFact: Sendable, Equatable, ExpressibleByStringLiteral, CustomStringConvertible {
    private let text: StaticString

    package init(stringLiteral text: StaticString) { self.text = text }

    package var description: String { "\(text)" }

    package static func == (left: StaticFact, right: StaticFact) -> Bool { left.description == right.description }
}
