import Admission
import Identity
import StrictCoding

/// The verified tokens of one event loop, keyed by the token's whole bytes.
///
/// A token is forgotten when it expires, after `longestSeconds`, and at once when any issuer's keys or the policy
/// change, so that a withdrawn key stops being honoured. Two generations bound the size: when the young one is full it
/// becomes the old one and the old one is dropped, so that tokens in use stay and nothing is ever scanned.
struct TokenCache {
    /// How long a verification is believed, in seconds.
    static let longestSeconds: Int64 = 300

    private struct Entry {
        let token: AccessToken
        let until: UnixTime
    }

    private var young: [ByteString: Entry] = [:]
    private var old: [ByteString: Entry] = [:]
    private let generation: Int

    init(capacity: Int) {
        generation = max(1, capacity / 2)
    }

    var count: Int { young.count + old.count }

    mutating func token(_ bytes: [UInt8], now: UnixTime) -> AccessToken? {
        let key = ByteString(bytes)
        if let entry = young[key] { return entry.until > now ? entry.token : nil }
        guard let entry = old[key], entry.until > now else { return nil }
        insert(entry, key)
        return entry.token
    }

    mutating func keep(_ token: AccessToken, for bytes: [UInt8], now: UnixTime) {
        let until = min(token.expires.seconds, now.seconds + Self.longestSeconds)
        insert(Entry(token: token, until: UnixTime(seconds: until)), ByteString(bytes))
    }

    mutating func forgetAll() {
        young.removeAll(keepingCapacity: true)
        old.removeAll(keepingCapacity: true)
    }

    private mutating func insert(_ entry: Entry, _ key: ByteString) {
        if young.count >= generation && young[key] == nil {
            swap(&young, &old)
            young.removeAll(keepingCapacity: true)
        }
        young[key] = entry
    }
}
