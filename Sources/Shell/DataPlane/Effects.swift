package import Admission
package import Identity

/// All that a request may ask of the world beyond its own connections. The Gateway fills it with the real things, tests
/// with literals. Called on the worker's loop; answers come back on it.
package struct Effects {
    /// Microseconds since 1970, by the wall clock.
    package var microseconds: () -> Int64
    /// Bytes from a cryptographic generator.
    package var random: (Int) -> [UInt8]
    /// Fetches these issuers' keys, if that may help and is due, and calls back when it is done or has failed. The new
    /// keys are installed before the call.
    package var fetchKeys: (_ issuers: [Int], _ done: @escaping () -> Void) -> Void
    /// Hands a record to the audit log; `false` means that it will not be written.
    package var record: (IngressRecord, _ microseconds: Int64) -> Bool

    package init(
        microseconds: @escaping () -> Int64, random: @escaping (Int) -> [UInt8],
        fetchKeys: @escaping ([Int], @escaping () -> Void) -> Void, record: @escaping (IngressRecord, Int64) -> Bool
    ) {
        self.microseconds = microseconds
        self.random = random
        self.fetchKeys = fetchKeys
        self.record = record
    }

    package func now() -> UnixTime { UnixTime(seconds: microseconds() / 1_000_000) }
}
