import Foundation
package import StrictCoding

/// What a member of a record must be. Compared as bytes, in the one spelling in which records are written.
package struct LineCondition: Sendable {
    package enum Extent: Sendable {
        /// The whole value.
        case whole
        /// The value, or what it says before a colon (as reasons with a detail do) or a dot (as events do).
        case leading(UInt8)
    }

    /// One of these members has the value.
    private let members: [StaticString]
    /// The value as it is written, with its opening quote and, where it must be whole, its closing one.
    private let spelling: [UInt8]
    private let extent: Extent

    package init(_ members: [StaticString], _ value: ByteString, _ extent: Extent = .whole) {
        self.members = members
        self.extent = extent
        var writer = JSONWriter(reserving: value.count + 8)
        writer.string(value)
        spelling =
            switch extent {
            case .whole: writer.bytes
            case .leading: writer.bytes.dropLast()
            }
    }

    /// Finds the places at which a line could meet the condition.
    ///
    /// Inside a string of JSON a quote has a backslash before it, so that in a record the quoted value is a whole string
    /// or none.
    func search(in bytes: UnsafeRawBufferPointer) -> ByteSearch { ByteSearch(for: spelling, in: bytes) }

    func holds(for line: UnsafeRawBufferPointer) -> Bool {
        members.contains { member in
            LineMembers.value(of: member, in: line).map { matches(line, $0) } ?? false
        }
    }

    private func matches(_ line: UnsafeRawBufferPointer, _ value: Range<Int>) -> Bool {
        guard value.count >= spelling.count,
            spelling.withUnsafeBytes({ memcmp(line.baseAddress! + value.lowerBound, $0.baseAddress!, $0.count) }) == 0
        else { return false }
        switch extent {
        case .whole: return value.count == spelling.count
        case .leading(let mark):
            let next = line[value.lowerBound + spelling.count]
            return next == UInt8(ascii: "\"") || next == mark
        }
    }
}
