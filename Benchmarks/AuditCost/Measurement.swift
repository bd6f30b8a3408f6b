import Audit
import Foundation

/// What a record costs, as one JSON object: the processor time of the whole process while records are offered, less that of the same loop
/// without a log, by record.
struct Measurement {
    let arguments: Arguments

    func run(_ cast: inout Cast, _ log: AuditLog) {
        // Made before, so that only what the log does is measured.
        let records = (0..<10_000).map { cast.accepted($0) }
        let empty = measure(records) { _, _ in true }
        let emptyCost = processorMicroseconds() - empty.began
        let full = measure(records) { record, time in
            if arguments.isDurable {
                log.queues[0].offerDurably(record, microseconds: time) { _ in }
                return true
            }
            return log.queues[0].offer(record, microseconds: time)
        }
        while log.queues[0].depth > 0 || log.recordsWritten < full.taken { usleep(1_000) }
        let cost = (processorMicroseconds() - full.began - emptyCost) / Double(full.taken)
        let counters = log.counters
        print(
            """
            {"offered":\(arguments.records),"taken":\(full.taken),"per_second":\(Int(Double(full.taken) / full.seconds)),\
            "processor_us":\(rounded(cost)),"bytes_each":\(counters.bytes / max(1, counters.lines)),\
            "syncs":\(counters.syncs),\
            "sync_us":\(rounded(counters.syncSeconds / Double(max(1, counters.syncs)) * 1e6))}
            """)
    }

    private struct Sample {
        let taken: Int
        let seconds: Double
        /// The processor time before, in µs.
        let began: Double
    }

    private func measure(_ records: [AuditRecord], _ offer: (AuditRecord, Int64) -> Bool) -> Sample {
        let began = processorMicroseconds()
        let start = ContinuousClock.now
        var taken = 0
        for number in 0..<arguments.records {
            if let rate = arguments.rate {
                // In the bursts of an event loop's turn.
                if number % 16 == 0 {
                    let due = start + .seconds(Double(number) / Double(rate))
                    while ContinuousClock.now < due { usleep(50) }
                }
                if offer(records[number % records.count], clock()) { taken += 1 }
            } else {
                // Full queues are waited for.
                while !offer(records[number % records.count], clock()) { usleep(500) }
                taken += 1
            }
        }
        let took = (ContinuousClock.now - start) / .seconds(1)
        return Sample(taken: taken, seconds: took, began: began)
    }

    private func clock() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
    }

    private func processorMicroseconds() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func microseconds(_ time: timeval) -> Double { Double(time.tv_sec) * 1e6 + Double(time.tv_usec) }
        return microseconds(usage.ru_utime) + microseconds(usage.ru_stime)
    }

    private func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}
