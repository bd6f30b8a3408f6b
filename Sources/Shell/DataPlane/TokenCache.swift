import Admission
import Identity
import StrictCoding

/// A token that is believed, and what was found out about it for each server: both are forgotten together, when the
/// token expires, when any issuer's keys change and when the policy does.
final class KnownToken {
    /// Servers for which callers are kept. A token for more of them is rare, and the others only cost more.
    static let mostCallers = 4

    let token: AccessToken
    let until: UnixTime
    private var callers: [Caller] = []

    init(_ token: AccessToken, until: UnixTime) {
        self.token = token
        self.until = until
    }

    /// What an earlier request found out. Whoever uses it checks once more that it is this token's, and of this epoch.
    func caller(at server: Int) -> Caller? {
        for caller in callers where caller.server == server { return caller }
        return nil
    }

    func keep(_ caller: Caller) {
        guard caller.token === token, callers.count < Self.mostCallers else { return }
        callers.append(caller)
    }
}

/// A token's whole bytes, of which only the end is hashed: there the signature is, in which two verified tokens differ,
/// and none but verified ones are in a table.
struct TokenKey: Hashable {
    private static let hashedBytes = 64

    let bytes: ByteString

    init(_ bytes: [UInt8]) {
        self.bytes = ByteString(bytes)
    }

    func hash(into hasher: inout Hasher) {
        bytes.bytes.withUnsafeBytes {
            hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: $0.suffix(Self.hashedBytes)))
        }
    }
}

/// The verified tokens of one event loop, keyed by the token's whole bytes.
///
/// A token is forgotten when it expires, after `longestSeconds`, and at once when any issuer's keys or the policy
/// change, so that a withdrawn key stops being honoured. Two generations bound the size: when the young one is full it
/// becomes the old one and the old one is dropped, so that tokens in use stay and nothing is ever scanned.
struct TokenCache {
    /// How long a verification is believed, in seconds.
    static let longestSeconds: Int64 = 300

    private var young: [TokenKey: KnownToken] = [:]
    private var old: [TokenKey: KnownToken] = [:]
    private let generation: Int

    init(capacity: Int) {
        generation = max(1, capacity / 2)
    }

    var count: Int { young.count + old.count }

    mutating func token(_ bytes: [UInt8], now: UnixTime) -> KnownToken? {
        let key = TokenKey(bytes)
        if let known = young[key] { return known.until > now ? known : nil }
        guard let known = old[key], known.until > now else { return nil }
        insert(known, key)
        return known
    }

    @discardableResult
    mutating func keep(_ token: AccessToken, for bytes: [UInt8], now: UnixTime) -> KnownToken {
        let until = min(token.expires.seconds, now.seconds + Self.longestSeconds)
        let known = KnownToken(token, until: UnixTime(seconds: until))
        insert(known, TokenKey(bytes))
        return known
    }

    mutating func forgetAll() {
        young.removeAll(keepingCapacity: true)
        old.removeAll(keepingCapacity: true)
    }

    private mutating func insert(_ known: KnownToken, _ key: TokenKey) {
        if young.count >= generation && young[key] == nil {
            swap(&young, &old)
            young.removeAll(keepingCapacity: true)
        }
        young[key] = known
    }
}
