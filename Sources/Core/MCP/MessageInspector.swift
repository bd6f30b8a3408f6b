package import StrictCoding

/// Reads a POST body as one MCP message and checks that its mirrored header fields say the same.
///
/// The rule behind every check: whatever decides here (method, name, era, arguments) must be read the same way by the
/// server behind. Where two readers could differ, the message is refused.
///
/// Eras. A message is modern when `params._meta` has `io.modelcontextprotocol/protocolVersion`, else legacy;
/// `initialize` and responses exist in the legacy era only. Servers exist that choose by the header alone, so header
/// and body must name the same era; this holds for notifications too, for which 2026-07-28 leaves the header fields
/// undefined.
///
/// Mirrored fields. `Mcp-Method` and `Mcp-Name` are required of modern requests. Where they are not required (legacy,
/// notifications) they may be absent, but what is there must agree with the body: something on the way may route by it.
/// `Mcp-Name` is looked at for `tools/call`, `prompts/get` and `resources/read` only; extensions give it other meanings
/// elsewhere.
package enum MessageInspector {
    /// The body is not longer than its caller's limit; `limits` bound its shape.
    package static func inspect(
        _ body: [UInt8], headers: RoutingHeaders, limits: JSONLimits
    ) throws(MessageRefusal) -> Message {
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: body, limits: limits)
        } catch {
            throw MessageRefusal(.json(error))
        }
        let frame = try Frame(document.root)
        do {
            return try message(of: frame, document: document, headers: headers)
        } catch {
            throw MessageRefusal(error.fact, id: frame.requestID)
        }
    }

    private static func message(
        of frame: Frame, document: JSONDocument, headers: RoutingHeaders
    ) throws(MessageRefusal) -> Message {
        let parameters = try Parameters(frame)
        let era = try Agreement.era(of: frame, parameters, version: headers.protocolVersion)
        try Agreement.checkMethod(headers.method, of: frame, era: era)
        try Agreement.checkName(headers.name, of: frame, name: parameters.name, era: era)
        return Message(
            kind: frame.kind,
            era: era,
            method: frame.method,
            name: parameters.name,
            document: document,
            arguments: parameters.arguments,
            trace: parameters.trace)
    }
}
