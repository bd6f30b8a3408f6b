/// Writes request heads (RFC 9112, section 3) in origin form.
package enum RequestSerializer {
    /// Appends a whole head, with the framing and connection fields that the arguments call for, to `output`.
    ///
    /// Of `fields` those that describe framing and connection are left out. `Host` is among them, first, or is `host`.
    /// `.none` writes no framing field. `target` is visible ASCII, as `Target` gives it.
    package static func appendHead(
        method: Method, target: some Collection<UInt8>, host: [UInt8]? = nil, fields: FieldBlock, framing: BodyFraming,
        close: Bool = false, to output: inout [UInt8]
    ) {
        precondition(framing != .untilClose, "a request does not end with its connection")
        method.append(to: &output)
        output.append(0x20)
        withOctets(of: target) { text in
            precondition(!text.isEmpty && text.allSatisfy { $0.isVisible }, "a target is visible ASCII")
            output.append(contentsOf: text)
        }
        output.append(" HTTP/1.1\r\n")
        if let host, !fields.contains("host") { MessageSerializer.appendLine("Host", host, to: &output) }
        MessageSerializer.appendFields(fields, framing: framing, connection: close ? .close : [], to: &output)
    }
}

/// What request and response heads have in common.
enum MessageSerializer {
    /// `value` comes from our own side and is known to hold no control octet.
    static func appendLine(_ name: StaticString, _ value: [UInt8], to output: inout [UInt8]) {
        precondition(value.allSatisfy { !$0.isForbiddenInValue }, "what the wire states is plain text")
        output.append(name)
        output.append(": ")
        output.append(contentsOf: value)
        output.append("\r\n")
    }

    static func appendFields(
        _ fields: FieldBlock, framing: BodyFraming, connection: ConnectionOptions, to output: inout [UInt8]
    ) {
        fields.appendEndToEndLines(to: &output)
        switch framing {
        case .none, .untilClose:
            break
        case .length(let length):
            output.append("Content-Length: ")
            output.append(decimal: length)
            output.append("\r\n")
        case .chunked:
            output.append("Transfer-Encoding: chunked\r\n")
        }
        if connection.contains(.close) {
            output.append("Connection: close\r\n")
        } else if connection.contains(.keepAlive) {
            output.append("Connection: keep-alive\r\n")
        }
        output.append("\r\n")
    }
}
