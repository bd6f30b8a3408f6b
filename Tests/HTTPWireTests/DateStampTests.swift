import Testing

@testable import HTTPWire

@Suite struct DateStampTests {
    @Test(arguments: [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
        (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"),
        (1_795_392_000, "Mon, 23 Nov 2026 00:00:00 GMT"),
        (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
    ]) func secondsAreFormattedAsIMFFixdate(seconds: Int, expected: String) {
        #expect(text(DateStamp.format(secondsSince1970: seconds)) == expected)
    }

    @Test func theTextFollowsTheClock() {
        var second = 784_111_777
        var stamp = DateStamp { second }
        #expect(text(stamp.value()) == "Sun, 06 Nov 1994 08:49:37 GMT")
        second += 1
        #expect(text(stamp.value()) == "Sun, 06 Nov 1994 08:49:38 GMT")
    }
}
