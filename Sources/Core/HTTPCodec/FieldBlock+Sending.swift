// Sending: a block becomes the lines of an outgoing head.
extension FieldBlock {
    /// Appends every line with its CRLF, without the empty line that ends a head.
    package func appendLines(to output: inout [UInt8]) {
        if isWireForm { return output.append(contentsOf: bytes) }
        appendLines(to: &output) { _, _ in true }
    }

    /// As above without the fields that describe one connection and one framing, which are the sender's to state.
    func appendEndToEndLines(to output: inout [UInt8]) {
        appendLines(to: &output) { slot, source in !slot.isHopByHop(in: source) }
    }

    @inline(__always)
    private func appendLines(
        to output: inout [UInt8], where isWanted: (Slot, UnsafeBufferPointer<UInt8>) -> Bool
    ) {
        bytes.withUnsafeBufferPointer { source in
            // Lines that follow each other and are written as we write lines leave in one copy.
            var run = 0..<0
            for slot in slots where isWanted(slot, source) {
                let line = slot.lineRange(in: source)
                if let line, line.lowerBound == run.upperBound {
                    run = run.lowerBound..<line.upperBound
                    continue
                }
                if !run.isEmpty { output.append(contentsOf: UnsafeBufferPointer(rebasing: source[run])) }
                run = line ?? 0..<0
                if line == nil { slot.appendRewritten(from: source, to: &output) }
            }
            if !run.isEmpty { output.append(contentsOf: UnsafeBufferPointer(rebasing: source[run])) }
        }
    }
}

extension FieldBlock.Slot {
    /// Whether the field is about one connection or one framing: `Connection`, `Content-Length` and the like.
    @inline(__always)
    fileprivate func isHopByHop(in source: UnsafeBufferPointer<UInt8>) -> Bool {
        // By length first: of the names on the list few fields have one.
        switch nameEnd &- nameStart {
        case 7: name(in: source).equalsIgnoringCase("upgrade") || name(in: source).equalsIgnoringCase("trailer")
        case 10: name(in: source).equalsIgnoringCase("connection") || name(in: source).equalsIgnoringCase("keep-alive")
        case 14: name(in: source).equalsIgnoringCase("content-length")
        case 16: name(in: source).equalsIgnoringCase("proxy-connection")
        case 17: name(in: source).equalsIgnoringCase("transfer-encoding")
        default: false
        }
    }

    @inline(never)
    fileprivate func appendRewritten(from source: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]) {
        output.append(contentsOf: name(in: source))
        output.append(": ")
        output.append(contentsOf: value(in: source))
        output.append("\r\n")
    }
}
