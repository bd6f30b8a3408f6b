internal import StrictCoding

/// The sessions that `initialize` opened. One that is not used for an hour is over.
actor LegacySessions {
    static let idleSeconds: Int64 = 3600

    private let effects: DemoEffects
    private var live = ExpiringTable<Bool>(capacity: 1024)

    init(effects: DemoEffects) {
        self.effects = effects
    }

    func open() -> ByteString {
        let id = ByteString(Hex.encode(effects.random(16)))
        touch(id)
        return id
    }

    /// Whether the session is live; asking keeps it so.
    func use(_ id: ByteString) -> Bool {
        guard live.value(for: id, now: effects.now()) != nil else { return false }
        touch(id)
        return true
    }

    func end(_ id: ByteString) {
        _ = live.remove(id)
    }

    private func touch(_ id: ByteString) {
        let now = effects.now()
        live.set(true, for: id, until: now + Self.idleSeconds, now: now)
    }
}
