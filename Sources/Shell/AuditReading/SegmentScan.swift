import Foundation
import Synchronization

/// Reads a part of a segment in blocks on all cores, and delivers what is made of them in their order.
package enum SegmentScan {
    /// Blocks in memory at a time, for each core.
    private static let blocksPerCore = 2
    package static var cores: Int { max(1, ProcessInfo.processInfo.activeProcessorCount) }

    /// - Parameters:
    ///   - range: lines that begin in it are read.
    ///   - make: on any thread, from one block.
    ///   - deliver: on the caller's thread, in order; `false` ends it.
    /// - Returns: whether everything was delivered.
    @discardableResult
    package static func run<Made: Sendable>(
        _ segment: Segment, _ range: Range<Int64>, make: @Sendable (LineBlock) -> Made,
        deliver: (Made) -> Bool
    ) throws(AuditReadingFailure) -> Bool {
        let file = segment.file
        let end = segment.wholeLinesEnd
        let block = Int64(LineBlock.blockBytes)
        let perRound = cores * blocksPerCore
        var start = range.lowerBound
        while start < range.upperBound {
            let count = min(perRound, Int((range.upperBound - start + block - 1) / block))
            let made = Mutex<[Result<Made, AuditReadingFailure>?]>(Array(repeating: nil, count: count))
            let first = start
            DispatchQueue.concurrentPerform(iterations: count) { index in
                let from = first + Int64(index) * block
                let result = Result<Made, AuditReadingFailure> { () throws(AuditReadingFailure) in
                    let own = from..<min(from + block, range.upperBound)
                    return make(try LineBlock(file, beginningIn: own, end: end))
                }
                made.withLock { $0[index] = result }
            }
            for result in made.withLock({ $0 }) {
                guard let result else { continue }
                guard deliver(try result.get()) else { return false }
            }
            start += Int64(count) * block
        }
        return true
    }
}
