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
        withOctets(of: target) { target in
            let size = headSize(method: method, target: target, host: host, fields: fields)
            output.append(upTo: size) { memory in
                writeHead(
                    method: method, target: target, host: host, fields: fields, framing: framing, close: close,
                    to: memory)
            }
        }
    }

    /// Room enough for that head, whatever its framing.
    package static func headSize(
        method: Method, target: UnsafeBufferPointer<UInt8>, host: [UInt8]?, fields: FieldBlock
    ) -> Int {
        method.count + target.count + (host?.count ?? 0) + MessageSerializer.size(of: fields)
    }

    /// Writes a head as `appendHead` does to memory of `headSize`, and says how long it became.
    package static func writeHead(
        method: Method, target: UnsafeBufferPointer<UInt8>, host: [UInt8]? = nil, fields: FieldBlock,
        framing: BodyFraming, close: Bool = false, to memory: UnsafeMutableRawBufferPointer
    ) -> Int {
        precondition(framing != .untilClose, "a request does not end with its connection")
        precondition(target.isVisibleString, "a target is visible ASCII")
        var output = HeadWriter(memory)
        method.write(to: &output)
        output.write(0x20)
        output.write(target)
        output.write(" HTTP/1.1\r\n")
        if let host, !fields.contains("host") { MessageSerializer.writeLine("Host", host, to: &output) }
        MessageSerializer.write(fields, framing: framing, connection: close ? .close : .none, to: &output)
        return output.count
    }
}

/// What request and response heads have in common.
enum MessageSerializer {
    /// Room for the lines of `fields` and all that stands around them: start line without what varies, `Host` or `Date`,
    /// framing, connection.
    static func size(of fields: FieldBlock) -> Int {
        // A line that has to be written anew gains at most the space after its colon.
        fields.bytes.count + fields.slots.count + 256
    }

    /// `value` comes from our own side and is known to hold no control octet.
    static func writeLine(_ name: StaticString, _ value: [UInt8], to output: inout HeadWriter) {
        value.withUnsafeBufferPointer { value in
            precondition(value.isPlainValue, "what the wire states is plain text")
            output.write(name)
            output.write(": ")
            output.write(value)
            output.write("\r\n")
        }
    }

    static func write(
        _ fields: FieldBlock, framing: BodyFraming, connection: ConnectionOptions, to output: inout HeadWriter
    ) {
        fields.writeEndToEndLines(to: &output)
        switch framing {
        case .none, .untilClose:
            break
        case .length(let length):
            output.write("Content-Length: ")
            output.write(decimal: length)
            output.write("\r\n")
        case .chunked:
            output.write("Transfer-Encoding: chunked\r\n")
        }
        if connection.contains(.close) {
            output.write("Connection: close\r\n")
        } else if connection.contains(.keepAlive) {
            output.write("Connection: keep-alive\r\n")
        }
        output.write("\r\n")
    }
}
