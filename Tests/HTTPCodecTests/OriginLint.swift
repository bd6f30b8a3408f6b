/// A second, naive reader of one forwarded request, which shares no code with the codec: splits at CRLF and looks.
/// Gives what an origin server could trip over.
func hazards(in message: [UInt8]) -> [String] {
    guard let headEnd = message.firstRange(of: bytes("\r\n\r\n")) else { return ["no end of head"] }
    var found: [String] = []
    let lines = splitLines(message[..<headEnd.lowerBound])
    let requestLine = lines[0].split(separator: 0x20, omittingEmptySubsequences: false)
    if requestLine.count != 3 || !requestLine[0].allSatisfy(isTokenOctet) || text(requestLine[2]) != "HTTP/1.1"
        || requestLine[1].contains(where: { $0 <= 0x20 || $0 >= 0x7f })
    {
        found.append("request line")
    }
    var values: [String: [String]] = [:]
    for line in lines.dropFirst() {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
            line[..<colon].allSatisfy(isTokenOctet)
        else {
            found.append("field name in \(text(line))")
            continue
        }
        if line.contains(where: { ($0 < 0x20 && $0 != 0x09) || $0 == 0x7f }) { found.append("control octet") }
        let value = text(line[(colon + 1)...]).split(whereSeparator: { $0 == " " || $0 == "\t" }).joined(separator: " ")
        values[text(line[..<colon]).lowercased(), default: []].append(value)
    }
    if values["host"]?.count != 1 { found.append("host count") }
    let lengths = values["content-length"] ?? []
    let codings = values["transfer-encoding"] ?? []
    if lengths.count + codings.count > 1 { found.append("framing twice") }
    if codings.contains(where: { $0 != "chunked" }) { found.append("odd coding") }
    let rest = message[headEnd.upperBound...]
    if codings.isEmpty && rest.count != (lengths.first.flatMap(Int.init) ?? 0) { found.append("content length") }
    if !codings.isEmpty && !rest.ends(with: bytes("0\r\n\r\n")) { found.append("no last chunk") }
    return found
}

private func isTokenOctet(_ octet: UInt8) -> Bool {
    bytes("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ").contains(octet)
}

private func splitLines(_ octets: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    var lines: [ArraySlice<UInt8>] = []
    var rest = octets
    while let end = rest.firstRange(of: bytes("\r\n")) {
        lines.append(rest[..<end.lowerBound])
        rest = rest[end.upperBound...]
    }
    return lines + [rest]
}

extension Collection<UInt8> where Self: BidirectionalCollection {
    fileprivate func ends(with suffix: [UInt8]) -> Bool { reversed().starts(with: suffix.reversed()) }
}
