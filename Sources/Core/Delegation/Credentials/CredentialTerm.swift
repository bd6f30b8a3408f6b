import Identity

/// How long a credential is used from memory, and when it is time for the next one.
struct CredentialTerm: Sendable, Equatable {
    /// However long a token lives: what an authorization server withdraws is used for this long at most.
    static let longestSeconds: Int64 = 300
    /// Before its end a token is no longer sent: the call takes time, and clocks differ.
    static let marginSeconds: Int64 = 30
    /// How long it is believed that an authorization server would say no again.
    static let refusalSeconds: Int64 = 5
    /// Between attempts to get the next token while the last one is still good.
    static let retrySeconds: Int64 = 5

    var refresh: UnixTime
    let end: UnixTime

    /// `nil` for a token that lives too briefly to be kept.
    init?(expires: UnixTime, notAfter: UnixTime?, now: UnixTime) {
        let last = min(expires, notAfter ?? expires, now + Self.longestSeconds)
        guard last > now else { return nil }
        let whole = last - now
        // Of a short life half is used: the margin alone could leave nothing of it.
        let used = whole < 2 * Self.marginSeconds ? whole / 2 : whole - Self.marginSeconds
        guard used > 0 else { return nil }
        end = now + used
        refresh = now + used * 4 / 5
    }
}
