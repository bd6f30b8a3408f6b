internal import StrictCoding

/// At most `capacity` values by key, each until its time (seconds since 1970). When the table is full, the value that
/// would expire first makes room: a demo that runs for weeks stays as small as on its first day.
struct ExpiringTable<Value: Sendable>: Sendable {
    private struct Entry: Sendable {
        var value: Value
        var expires: Int64
    }

    private let capacity: Int
    private var entries: [ByteString: Entry] = [:]

    init(capacity: Int) {
        self.capacity = capacity
    }

    func value(for key: ByteString, now: Int64) -> Value? {
        guard let entry = entries[key], now < entry.expires else { return nil }
        return entry.value
    }

    mutating func set(_ value: Value, for key: ByteString, until expires: Int64, now: Int64) {
        if entries[key] == nil, entries.count >= capacity { makeRoom(now: now) }
        entries[key] = Entry(value: value, expires: expires)
    }

    mutating func remove(_ key: ByteString) -> Value? {
        entries.removeValue(forKey: key)?.value
    }

    mutating func removeAll(where isUnwanted: (Value) -> Bool) {
        entries = entries.filter { !isUnwanted($0.value.value) }
    }

    private mutating func makeRoom(now: Int64) {
        entries = entries.filter { now < $0.value.expires }
        guard entries.count >= capacity, let first = entries.min(by: { $0.value.expires < $1.value.expires }) else {
            return
        }
        entries[first.key] = nil
    }
}
