import AuditProof

/// The number and the time of a record.
package struct RecordStamp: Hashable, Sendable {
    package let seq: Int
    package let moment: AuditMoment

    /// Nil for a line that does not begin as records do, to the byte.
    package init?(_ line: [UInt8]) {
        guard let head = try? RecordHead(line), let moment = AuditMoment(record: line[head.timestamp]) else {
            return nil
        }
        seq = head.seq
        self.moment = moment
    }
}
