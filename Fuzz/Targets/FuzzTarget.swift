/// One parser that takes bytes from strangers, with what it promises about any bytes whatever.
package struct FuzzTarget: Sendable {
    /// Names its folder of seeds too.
    package let name: String
    /// Throws where the parser breaks a promise; traps where it cannot stand the bytes at all.
    package let run: @Sendable ([UInt8]) throws(BrokenPromise) -> Void

    package static let all: [FuzzTarget] = [
        FuzzTarget(name: "http_request", run: HTTPRequests.run),
        FuzzTarget(name: "http_response", run: HTTPResponses.run),
        FuzzTarget(name: "chunked", run: ChunkedContent.run),
        FuzzTarget(name: "url", run: Places.run),
        FuzzTarget(name: "json", run: JSONTexts.run),
        FuzzTarget(name: "base64url", run: Base64Texts.run),
        FuzzTarget(name: "jws", run: SignedTokens.run),
        FuzzTarget(name: "key_set", run: KeySets.run),
        FuzzTarget(name: "access_token", run: AccessTokens.run),
        FuzzTarget(name: "envelope", run: Envelopes.run),
        FuzzTarget(name: "trace", run: TraceFields.run),
        FuzzTarget(name: "mcp_message", run: Messages.run),
        FuzzTarget(name: "event_stream", run: EventStreams.run),
        FuzzTarget(name: "policy", run: Policies.run),
        FuzzTarget(name: "ingress", run: IngressRequests.run),
        FuzzTarget(name: "server_answer", run: ServerAnswers.run),
        FuzzTarget(name: "egress", run: EgressCalls.run),
        FuzzTarget(name: "service_answer", run: ServiceAnswers.run),
        FuzzTarget(name: "token_answer", run: TokenAnswers.run),
        FuzzTarget(name: "introspection", run: Introspections.run),
        FuzzTarget(name: "session", run: Sessions.run),
        FuzzTarget(name: "issuer_metadata", run: IssuerDocuments.run),
        FuzzTarget(name: "certificates", run: Certificates.run),
        FuzzTarget(name: "tls_records", run: TLSRecords.run),
        FuzzTarget(name: "audit_log", run: AuditLogs.run),
        FuzzTarget(name: "signed_note", run: SignedNotes.run),
    ]

    package static func named(_ name: String) -> FuzzTarget? {
        all.first { $0.name == name }
    }
}

/// A parser did not do what it promises about every input.
package struct BrokenPromise: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Throws with these words where what was promised is not so.
func promise(_ isKept: Bool, _ words: @autoclosure () -> String) throws(BrokenPromise) {
    guard isKept else { throw BrokenPromise(words()) }
}
