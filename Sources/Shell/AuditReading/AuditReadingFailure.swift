/// Why a log could not be looked at. It says nothing about whether the log is whole.
package enum AuditReadingFailure: Error, Equatable, CustomStringConvertible {
    case cannotOpen(path: String, why: String)
    case cannotRead(path: String, why: String)
    case notAFile(path: String)
    /// Neither the live file nor a rotated one is there.
    case noSegments(path: String)
    case tooLarge(path: String, limit: Int)
    /// A file of checkpoints that is no text.
    case notText(path: String)
    case noCheckpoint(path: String)
    /// None of its lines is a record.
    case noLog(path: String, why: String)
    /// Whenever the files were opened, others had come by then.
    case restless

    package var description: String {
        switch self {
        case .cannotOpen(let path, let why): "`\(path)` cannot be opened: \(why)"
        case .cannotRead(let path, let why): "`\(path)` cannot be read: \(why)"
        case .notAFile(let path): "`\(path)` is not a regular file"
        case .noSegments(let path):
            "there is no audit log at `\(path)`; name its files, their folder, or the policy of its gateway"
        case .notText(let path): "`\(path)` is no text; no checkpoint is in it"
        case .noCheckpoint(let path): "no checkpoint is in `\(path)`"
        case .noLog(let path, let why): "`\(path)` is no audit log of this version: \(why)"
        case .restless: "the files of the log change faster than they can be opened; try again"
        case .tooLarge(let path, let limit): "`\(path)` is longer than \(limit) bytes, which no such file is"
        }
    }
}
