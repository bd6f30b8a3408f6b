import AuditReading
import StrictCoding

/// Prints records as they are found: as a table for people, as their own lines, or as some of their members.
struct RecordPrinter {
    private(set) var printed = 0

    private let fields: [ByteString]?
    private let json: Bool
    private var table: RecordTable

    init(fields: [ByteString]?, json: Bool) {
        self.fields = fields
        self.json = json
        table = RecordTable(
            fields.map { $0.map { TerminalText.of($0) } } ?? RecordRow.headings,
            mostWidths: fields.map { $0.map { _ in 64 } } ?? RecordRow.mostWidths)
    }

    /// - Returns: whether anybody still takes it.
    mutating func print(_ bytes: [UInt8], _ lines: [Range<Int>]) -> Bool {
        printed += lines.count
        var output: [UInt8] = []
        for line in lines {
            if json, fields == nil {
                output += bytes[line]
                output.append(0x0A)
            } else {
                append(Array(bytes[line]), to: &output)
            }
        }
        return StandardOutput.write(output)
    }

    mutating func finish() {
        StandardOutput.write(lines: table.finish())
    }

    private mutating func append(_ line: [UInt8], to output: inout [UInt8]) {
        let text: [String]
        switch (fields, json) {
        case (let fields?, true): text = [Self.object(fields, of: line)]
        case (let fields?, false): text = table.add(Self.cells(fields, of: line))
        case (nil, _): text = table.add(RecordRow(line).cells)
        }
        for row in text { output += Array(row.utf8) + [0x0A] }
    }

    private static func object(_ fields: [ByteString], of line: [UInt8]) -> String {
        let members = AuditEntry(line)?.members ?? []
        var writer = JSONWriter()
        writer.object { object in
            for field in fields {
                guard let value = members.first(where: { $0.name == field })?.value else { continue }
                object.name(escaping: field)
                object.raw(value.source)
            }
        }
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private static func cells(_ fields: [ByteString], of line: [UInt8]) -> [String] {
        let members = AuditEntry(line)?.members ?? []
        return fields.map { field in
            guard let value = members.first(where: { $0.name == field })?.value else { return "-" }
            if let elements = value.elements {
                return elements.isEmpty ? "-" : elements.map(Self.word).joined(separator: " ")
            }
            return Self.word(value)
        }
    }

    private static func word(_ value: JSONValue) -> String {
        TerminalText.of(value.text ?? ByteString(Array(value.source)))
    }
}
