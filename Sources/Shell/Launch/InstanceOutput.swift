import Glibc
import StrictCoding

/// What an instance writes, as notes for the log: whole lines, redacted, and not too many.
struct InstanceOutput {
    private struct Source {
        let descriptor: Descriptor
        let stream: LaunchNote.Stream
        var splitter = LineSplitter()
        var isOpen = true
    }

    private var sources: [Source]
    private var budget: LineBudget
    private let redaction: Redaction

    init(stdout: Descriptor, stderr: Descriptor, redaction: Redaction, now: Int64) {
        sources = [Source(descriptor: stdout, stream: .stdout), Source(descriptor: stderr, stream: .stderr)]
        budget = LineBudget(now: now)
        self.redaction = redaction
    }

    var interests: [pollfd] {
        guard budget.allowsReading else { return [] }
        return sources.filter(\.isOpen).map { pollfd(fd: $0.descriptor.raw, events: Int16(POLLIN), revents: 0) }
    }

    var deadline: Int64? { budget.deadline }

    mutating func step(readable: Set<Int32>, now: Int64, buffer: UnsafeMutableRawBufferPointer) -> [LaunchNote.What] {
        var notes: [LaunchNote.What] = []
        let dropped = budget.turn(now: now)
        if dropped > 0 { notes.append(.dropped(lines: dropped)) }
        for index in sources.indices where readable.contains(sources[index].descriptor.raw) {
            notes += read(index, buffer: buffer).notes
        }
        return notes
    }

    /// Reads what is left after the process's end, and no more: somebody who left its group may hold the pipes open.
    mutating func finish(buffer: UnsafeMutableRawBufferPointer, mostBytes: Int) -> [LaunchNote.What] {
        var notes: [LaunchNote.What] = []
        for index in sources.indices {
            var bytesLeft = mostBytes
            while sources[index].isOpen, bytesLeft > 0 {
                let (count, more) = read(index, buffer: buffer)
                notes += more
                guard count > 0 else { break }
                bytesLeft -= count
            }
            if let line = sources[index].splitter.rest() { notes += note(line, sources[index].stream) }
        }
        let dropped = budget.settle()
        return dropped > 0 ? notes + [.dropped(lines: dropped)] : notes
    }

    private mutating func read(
        _ index: Int, buffer: UnsafeMutableRawBufferPointer
    ) -> (count: Int, notes: [LaunchNote.What]) {
        guard let count = sources[index].descriptor.read(into: buffer) else { return (0, []) }
        guard count > 0 else {
            sources[index].isOpen = false
            return (0, [])
        }
        budget.read(count)
        let lines = sources[index].splitter.lines(in: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        return (count, lines.flatMap { note($0, sources[index].stream) })
    }

    private mutating func note(_ line: LineSplitter.Line, _ stream: LaunchNote.Stream) -> [LaunchNote.What] {
        guard !line.bytes.isEmpty, budget.takeLine() else { return [] }
        return [.output(stream, redaction.apply(to: line))]
    }
}
