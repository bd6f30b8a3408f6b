/// Records that are missing, and of which the log has to tell.
package struct AuditLoss: Sendable, Equatable {
    /// All of them.
    var records = 0
    /// Those that were refusals of somebody unknown. Refusals are answered in `required` mode too, where nothing can be
    /// written.
    var strangers = 0

    var isEmpty: Bool { records == 0 }
    /// Whether it is more than strangers, who may cause as much as they like.
    var isUrgent: Bool { records > strangers }

    static func += (loss: inout AuditLoss, more: AuditLoss) {
        loss.records += more.records
        loss.strangers += more.strangers
    }
}
