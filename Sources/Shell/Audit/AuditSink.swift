/// Where audit lines go: a file, or what stands for one. Used by the writer's thread only.
struct AuditSink {
    /// Appends whole lines, all or none; says why it could not, as an `errno`.
    let append: ([UInt8]) -> Int32?
    /// Comes back when everything appended so far would outlive the machine; says why it would not, as an `errno`.
    let sync: () -> Int32?
    /// Syncs and lets go. The last thing that is asked of it.
    let finish: () -> Void
}

extension AuditSink {
    init(_ file: AuditFile) {
        self.init(append: file.append, sync: file.sync, finish: file.finish)
    }
}
