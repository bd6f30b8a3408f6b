import NIOCore
import Testing

@testable import TLS

@Suite struct TicketKeysTests {
    @Test(arguments: [(0, 1, true), (3599, 1, true), (3600, 2, true), (7199, 2, true), (7200, 1, false)])
    func aKeyOpensAnHourLongerThanItSeals(_ seconds: Int64, _ count: Int, _ stillOpens: Bool) {
        let start = NIODeadline.now()
        let keys = TicketKeys(now: start)
        let first = keys.current(now: start).name
        let opening = keys.opening(now: start + .seconds(seconds))
        #expect(opening.count == count)
        #expect(opening.contains { $0.name === first } == stillOpens)
        #expect((opening[0].name === first) == (seconds < 3600))
    }
}
