// Sending: a block becomes the lines of an outgoing head.
extension FieldBlock {
    /// Appends every line with its CRLF, without the empty line that ends a head.
    package func appendLines(to output: inout [UInt8]) {
        if isWireForm { return output.append(contentsOf: bytes) }
        output.append(upTo: bytes.count + slots.count) { memory in
            var writer = HeadWriter(memory)
            writeLines(to: &writer) { _, _ in true }
            return writer.count
        }
    }

    /// As above without the fields that describe one connection and one framing, which are the sender's to state.
    func writeEndToEndLines(to output: inout HeadWriter) {
        writeLines(to: &output) { slot, source in !slot.isHopByHop(in: source) }
    }

    @inline(__always)
    private func writeLines(
        to output: inout HeadWriter, where isWanted: (Slot, UnsafeBufferPointer<UInt8>) -> Bool
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
                if !run.isEmpty { output.write(UnsafeBufferPointer(rebasing: source[run])) }
                run = line ?? 0..<0
                if line == nil { slot.writeAnew(from: source, to: &output) }
            }
            if !run.isEmpty { output.write(UnsafeBufferPointer(rebasing: source[run])) }
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
    fileprivate func writeAnew(from source: UnsafeBufferPointer<UInt8>, to output: inout HeadWriter) {
        output.write(name(in: source))
        output.write(": ")
        output.write(value(in: source))
        output.write("\r\n")
    }
}
