import ArgumentParser
import AuditReading
import Gateway

/// A time on the command line: a moment, or how long ago.
struct AuditTime: ExpressibleByArgument {
    let moment: AuditMoment

    init?(argument: String) {
        self.init(argument, now: AuditMoment(microseconds: SystemClock.microseconds()))
    }

    /// `90s`, `30m`, `2h`, `7d` before `now`, or what ``AuditMoment`` reads.
    init?(_ text: String, now: AuditMoment) {
        if let moment = AuditMoment(text.utf8) {
            self.moment = moment
            return
        }
        guard let unit = text.utf8.last, let seconds = Self.units[unit], let amount = Int64(text.dropLast()),
            (0...Self.mostSeconds / seconds).contains(amount)
        else { return nil }
        moment = AuditMoment(microseconds: max(0, now.microseconds - amount * seconds * 1_000_000))
    }

    private static let mostSeconds: Int64 = 1_000 * 366 * 86_400
    private static let units: [UInt8: Int64] = [
        UInt8(ascii: "s"): 1, UInt8(ascii: "m"): 60, UInt8(ascii: "h"): 3_600, UInt8(ascii: "d"): 86_400,
    ]
}
