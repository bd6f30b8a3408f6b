import ArgumentParser
import AuditReading
import StrictCoding

struct AuditTailCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail",
        abstract: "Follow the log as it is written.",
        discussion: """
            Goes on in the next file when the log is rotated. Ends with Ctrl-C.

            Example:
              bulla audit tail policy.yaml -n 20
            """)

    @Argument(help: "The policy whose log is meant, or the file that is being written.")
    var place: String

    @Option(name: .customShort("n"), help: "How many of the records that are there already to begin with.")
    var last = 10

    @Flag(help: "Print the records' own lines, byte for byte.")
    var json = false

    private static let pause = Duration.milliseconds(200)
    /// A terminal is not known to be wide; what comes is not known yet.
    private static let widths = [8, 27, 40, 16, 36, 28, 6, 0]

    func validate() throws {
        guard (0...1_000_000).contains(last) else { throw ValidationError("-n takes a number up to 1000000") }
    }

    func run() async throws {
        do {
            var follower = try AuditFollower(path: try AuditPlaces.liveFile(place), last: last)
            show(follower.earlier)
            while true {
                let lines = try follower.next()
                if lines.isEmpty { try await Task.sleep(for: Self.pause) } else { show(lines) }
            }
        } catch let failure as AuditReadingFailure {
            throw AuditFailed.couldNotLook(failure)
        }
    }

    private func show(_ lines: [[UInt8]]) {
        for line in lines {
            StandardOutput.write(json ? line + [0x0A] : Array((row(line) + "\n").utf8))
        }
    }

    private func row(_ line: [UInt8]) -> String {
        zip(RecordRow(line).cells, Self.widths).map { $0.padded(to: $1) }.joined(separator: "  ")
    }
}
