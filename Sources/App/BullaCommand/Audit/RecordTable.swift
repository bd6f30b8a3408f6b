/// A table whose rows come one by one. Its columns are as wide as its first rows need; later ones push.
struct RecordTable {
    /// So many rows decide how wide the columns are.
    private static let first = 200

    private let headings: [String]
    private let mostWidths: [Int]
    private var waiting: [[String]] = []
    private var widths: [Int]?

    init(_ headings: [String], mostWidths: [Int]) {
        self.headings = headings
        self.mostWidths = mostWidths
    }

    /// The lines that can be printed now that `row` has come.
    mutating func add(_ row: [String]) -> [String] {
        if let widths { return [Self.line(row, widths)] }
        waiting.append(row)
        return waiting.count == Self.first ? finish() : []
    }

    /// The lines that waited for the widths.
    mutating func finish() -> [String] {
        guard widths == nil, !waiting.isEmpty else { return [] }
        let rows = [headings] + waiting
        let widths = headings.indices.map { column in
            min(rows.map { $0[column].count }.max() ?? 0, mostWidths[column])
        }
        self.widths = widths
        waiting = []
        return rows.map { Self.line($0, widths) }
    }

    private static func line(_ row: [String], _ widths: [Int]) -> String {
        let padded = zip(row, widths).dropLast().map { $0.padded(to: $1) }
        return (padded + [row.last ?? ""]).joined(separator: "  ")
    }
}
