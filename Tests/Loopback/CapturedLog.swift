import Logging
import TestSupport

/// Every line that was logged, with its metadata.
final class CapturedLog: Sendable {
    private let content = Shared<[String]>([])

    var lines: [String] { content.value }

    fileprivate func add(_ line: String) {
        content.change { $0.append(line) }
    }
}

struct CapturingHandler: LogHandler {
    let log: CapturedLog
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    init(log: CapturedLog) {
        self.log = log
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let fields = metadata.merging(event.metadata ?? [:]) { _, new in new }.sorted { $0.key < $1.key }
        log.add((["\(event.level): \(event.message)"] + fields.map { "\($0.key)=\($0.value)" }).joined(separator: " "))
    }
}
