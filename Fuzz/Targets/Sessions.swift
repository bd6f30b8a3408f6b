import Admission
import Crypto
import Identity
import StrictCoding

/// Sealed session ids, sealed tokens and handles: a seal opens for the principal and the server that it was made for,
/// and for no other; nothing that was not sealed opens at all.
///
/// The input is a session id as a client might send it, and as a server might choose it.
enum Sessions {
    static func run(_ input: [UInt8]) throws(BrokenPromise) {
        let seal = World.shared.epoch.sessions
        let alice = principal("alice")
        try promise(seal.open(input, server: "orders", principal: alice) == nil, "opened what nobody sealed")
        try checkHandle(input)
        try checkToken(input)
        guard let sealed = seal.seal(input, server: "orders", principal: alice) else {
            let isOrdinary = (1...SessionSeal.longestID).contains(input.count) && input.allSatisfy(\.isVisibleASCII)
            return try promise(!isOrdinary, "an ordinary id is refused")
        }
        try promise(seal.open(sealed, server: "orders", principal: alice) == input, "opened, it is another id")
        try promise(seal.open(sealed, server: "other", principal: alice) == nil, "opened for another server")
        try promise(seal.open(sealed, server: "orders", principal: principal("bob")) == nil, "opened for Bob")
        var feed = ByteFeed(choosingBy: input)
        var changed = sealed
        changed[feed.below(changed.count)] ^= 1 << UInt8(feed.below(8))
        try promise(seal.open(changed, server: "orders", principal: alice) == nil, "a changed seal opens")
        let cut = Array(sealed.prefix(feed.below(sealed.count)))
        try promise(seal.open(cut, server: "orders", principal: alice) == nil, "a part of a seal opens")
    }

    private static func checkHandle(_ input: [UInt8]) throws(BrokenPromise) {
        guard let digest = Handle.digest(of: input[...]) else { return }
        try promise(input.count == Handle.textBytes && input.starts(with: Handle.prefix), "no handle has this form")
        guard let random = try? Base64URL.decode(Array(input.dropFirst(Handle.prefix.count))) else {
            throw BrokenPromise("a handle in another alphabet")
        }
        let handle = Handle(random: random)
        try promise(handle.digest == digest, "one handle, two digests")
        try promise(handle.authorization == Array("Bearer ".utf8) + input, "two spellings of one handle")
    }

    private static func checkToken(_ input: [UInt8]) throws(BrokenPromise) {
        let key = SecretBytes([UInt8](repeating: 8, count: 32))
        let sealed = SealedToken(SecretBytes(input), transaction: "txn-1", key: key)
        let opened = sealed.open(transaction: "txn-1", key: key)?.withBytes { Array($0) }
        try promise(opened == input, "opened, it is another token")
        try promise(sealed.open(transaction: "txn-2", key: key) == nil, "opened for another transaction")
    }

    private static func principal(_ subject: ByteString) -> Principal {
        Principal(
            issuer: World.issuer, tenant: "acme", subject: subject, kind: .user, clientID: "webapp",
            agentID: "agent_456")
    }
}
