/// Writes response heads (RFC 9112, section 4), always as HTTP/1.1.
package enum ResponseSerializer {
    /// Appends a whole head, with the framing and connection fields that the arguments call for, to `output`.
    ///
    /// Of `fields` those that describe framing and connection are left out. `.none` and `.untilClose` write no framing
    /// field. `connection`: `.close` for a last response, `.keepAlive` for a client of HTTP/1.0 that asked. `date` is
    /// for where the fields have no `Date`.
    package static func appendHead(
        status: Int, date: [UInt8]? = nil, fields: FieldBlock, framing: BodyFraming,
        connection: ConnectionOptions = .none, to output: inout [UInt8]
    ) {
        output.append(upTo: headSize(date: date, fields: fields)) { memory in
            writeHead(
                status: status, date: date, fields: fields, framing: framing, connection: connection, to: memory)
        }
    }

    /// Room enough for that head, whatever its status and framing.
    package static func headSize(date: [UInt8]?, fields: FieldBlock) -> Int {
        (date?.count ?? 0) + MessageSerializer.size(of: fields)
    }

    /// Writes a head as `appendHead` does to memory of `headSize`, and says how long it became.
    package static func writeHead(
        status: Int, date: [UInt8]? = nil, fields: FieldBlock, framing: BodyFraming,
        connection: ConnectionOptions = .none, to memory: UnsafeMutableRawBufferPointer
    ) -> Int {
        precondition((100...599).contains(status), "a status code has three digits")
        var output = HeadWriter(memory)
        if status == 200 {
            output.write("HTTP/1.1 200 OK\r\n")
        } else {
            output.write("HTTP/1.1 ")
            output.write(decimal: status)
            output.write(0x20)
            output.write(reason(status))
            output.write("\r\n")
        }
        if let date, !fields.contains("date") { MessageSerializer.writeLine("Date", date, to: &output) }
        MessageSerializer.write(fields, framing: framing, connection: connection, to: &output)
        return output.count
    }

    /// `HTTP/1.1 100 Continue` as a whole message.
    package static let continueMessage = [UInt8](staticBytes: "HTTP/1.1 100 Continue\r\n\r\n")

    /// The reason phrase of RFC 9110, section 15, for the codes that are likely here; else empty, as is allowed.
    private static func reason(_ status: Int) -> StaticString {
        switch status {
        case 100: "Continue"
        case 200: "OK"
        case 201: "Created"
        case 202: "Accepted"
        case 204: "No Content"
        case 206: "Partial Content"
        case 301: "Moved Permanently"
        case 302: "Found"
        case 303: "See Other"
        case 304: "Not Modified"
        case 307: "Temporary Redirect"
        case 308: "Permanent Redirect"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 406: "Not Acceptable"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 410: "Gone"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 417: "Expectation Failed"
        case 421: "Misdirected Request"
        case 422: "Unprocessable Content"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 505: "HTTP Version Not Supported"
        default: ""
        }
    }
}
