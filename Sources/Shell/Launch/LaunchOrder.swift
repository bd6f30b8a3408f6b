import StrictCoding

/// What one instance is started with, and who is told about it. All closures are called on the keeper's thread.
struct LaunchOrder: Sendable {
    let server: ByteString
    /// Unique in this process.
    let instance: ByteString
    let command: [ByteString]
    let environment: InstanceEnvironment
    /// As whom it runs; `nil` for the gateway's own user.
    let user: InstanceUser?
    let startMilliseconds: Int64
    let register: @Sendable (_ secretDigest: [UInt8], _ instance: ByteString) -> Void
    let unregister: @Sendable (_ secretDigest: [UInt8], _ instance: ByteString) -> Void
    let log: @Sendable (LaunchNote) -> Void
    let report: @Sendable (Report) -> Void

    /// `gone` is always the last, and always comes.
    enum Report: Sendable {
        case ready(PortClaim)
        /// It lives, cannot be used and is being ended; without a reason, it took too long.
        case unfit(reason: String?)
        case gone(reason: String)
    }

    func note(_ what: LaunchNote.What) {
        log(LaunchNote(server: server, instance: instance, what: what))
    }
}
