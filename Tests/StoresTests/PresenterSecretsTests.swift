import Crypto
import Foundation
import Identity
import StrictCoding
import Synchronization
import Testing

@testable import Stores

@Suite(.timeLimit(.minutes(1))) struct PresenterSecretsTests {
    private static let now = KeyFolder.start
    private static let day: Int64 = 86_400

    private func text(_ secret: SecretBytes) -> String {
        secret.withBytes { String(decoding: $0, as: UTF8.self) }
    }

    @Test func aServerGetsASecretWhenItIsFirstWanted() throws {
        let folder = try KeyFolder()
        let directory = try folder.open()
        #expect(try !folder.names.contains("presenters.json"))
        let secrets = try directory.presenterSecrets(for: ["orders", "billing", "orders"], now: Self.now)
        #expect(Set(secrets.keys) == ["orders", "billing"])
        let texts = secrets.values.map { text($0.current) }
        #expect(Set(texts).count == 2)
        for text in texts {
            #expect(text.utf8.count == 43)
            #expect(try Base64URL.decode(Array(text.utf8)).count == 32)
        }
        #expect(secrets.values.allSatisfy { $0.previous == nil })
        #expect(try folder.mode("presenters.json") == 0o600)
        #expect(try directory.presenterSecrets(for: [], now: Self.now).isEmpty)
    }

    @Test func theSecretStays() throws {
        let folder = try KeyFolder()
        let first = try folder.open().presenterSecrets(for: ["orders"], now: Self.now)
        let bytes = try folder.bytes("presenters.json")
        let later = try folder.open(at: Self.now + 90 * Self.day)
        #expect(try later.presenterSecrets(for: ["orders"], now: Self.now + 90 * Self.day) == first)
        #expect(try folder.bytes("presenters.json") == bytes)
        // Another server changes nothing for the first, and one that is not asked for keeps its own.
        let both = try later.presenterSecrets(for: ["billing"], now: Self.now)
        #expect(Set(both.keys) == ["billing"])
        #expect(try later.presenterSecrets(for: ["orders"], now: Self.now) == first)
    }

    /// Names that Unicode takes for one are two servers.
    @Test func serversAreToldApartByTheirBytes() throws {
        let folder = try KeyFolder()
        let names: [ByteString] = [ByteString("caf\u{E9}"), ByteString("cafe\u{301}")]
        let secrets = try folder.open().presenterSecrets(for: names, now: Self.now)
        #expect(secrets.count == 2)
        #expect(try folder.open().presenterSecrets(for: names, now: Self.now) == secrets)
    }

    @Test func whoStartsAtOnceSharesOneSecret() throws {
        let folder = try KeyFolder()
        let directory = try folder.open()
        let found = Mutex<Set<String>>([])
        DispatchQueue.concurrentPerform(iterations: 16) { index in
            let opened = index.isMultiple(of: 2) ? directory : (try? folder.open())
            guard let secrets = try? opened?.presenterSecrets(for: ["orders"], now: Self.now)["orders"] else { return }
            found.withLock { _ = $0.insert(text(secrets.current)) }
        }
        #expect(found.withLock { $0.count } == 1)
    }

    // MARK: - Rotation

    @Test func theOldSecretIsAcceptedUntilTheOverlapIsOver() throws {
        let folder = try KeyFolder()
        let directory = try folder.open()
        let old = try #require(try directory.presenterSecrets(for: ["orders"], now: Self.now)["orders"])
        let rotated = try directory.rotatePresenter("orders", now: Self.now)
        #expect(text(rotated.current) != text(old.current))
        #expect(rotated.previous.map { text($0.secret) } == text(old.current))
        #expect(rotated.previous?.until == Self.now + Self.day)
        let digests = [rotated.current, old.current].map { $0.withBytes { SHA256.digest(Array($0)) } }
        #expect(rotated.digests(now: Self.now) == digests)
        #expect(rotated.digests(now: Self.now + (Self.day - 1)) == digests)
        #expect(rotated.digests(now: Self.now + Self.day) == Array(digests.prefix(1)))
        #expect(try directory.presenterSecrets(for: ["orders"], now: Self.now + 1)["orders"] == rotated)
        #expect(
            try directory.presenterSecrets(for: ["orders"], now: Self.now + Self.day)["orders"]
                == PresenterSecrets(current: rotated.current))
    }

    @Test func aSecretInWrongHandsEndsAtOnce() throws {
        let folder = try KeyFolder()
        let directory = try folder.open()
        let old = try #require(try directory.presenterSecrets(for: ["orders"], now: Self.now)["orders"])
        let rotated = try directory.rotatePresenter("orders", overlapSeconds: 0, now: Self.now)
        #expect(rotated.previous == nil)
        #expect(!rotated.digests(now: Self.now).contains(old.digests(now: Self.now)[0]))
    }

    @Test func aSecondRotationEndsTheOldestSecret() throws {
        let folder = try KeyFolder()
        let directory = try folder.open()
        let secrets = try (0..<3).map { try directory.rotatePresenter("orders", now: Self.now + Int64($0)) }
        #expect(Set(secrets.map { text($0.current) }).count == 3)
        #expect(secrets[0].previous == nil, "there was none before")
        #expect(secrets[2].previous.map { text($0.secret) } == text(secrets[1].current))
        #expect(secrets[2].digests(now: Self.now).count == 2)
    }

    // MARK: - Other processes

    @Test func aRunningGatewayLearnsOfARotationAtItsNextTurn() throws {
        let folder = try KeyFolder()
        let (gateway, command) = (try folder.open(), try folder.open())
        _ = try gateway.presenterSecrets(for: ["orders"], now: Self.now)
        #expect(try !gateway.turn(every: 30 * Self.day, last: Self.now, now: Self.now + 60))
        let rotated = try command.rotatePresenter("orders", now: Self.now + 70)
        #expect(try gateway.turn(every: 30 * Self.day, last: Self.now + 60, now: Self.now + 120))
        #expect(try gateway.presenterSecrets(for: ["orders"], now: Self.now + 120)["orders"] == rotated)
        #expect(try !gateway.turn(every: 30 * Self.day, last: Self.now + 120, now: Self.now + 180))
    }

    @Test func theEndOfAnOverlapIsNewsOnce() throws {
        let folder = try KeyFolder()
        let directory = try folder.open()
        let old = try #require(try directory.presenterSecrets(for: ["orders"], now: Self.now)["orders"])
        try directory.rotatePresenter("orders", overlapSeconds: 600, now: Self.now)
        #expect(try !directory.turn(every: 30 * Self.day, last: Self.now, now: Self.now + 599))
        #expect(try directory.turn(every: 30 * Self.day, last: Self.now + 599, now: Self.now + 600))
        #expect(try !directory.turn(every: 30 * Self.day, last: Self.now + 600, now: Self.now + 660))
        let stored = String(decoding: try folder.bytes("presenters.json"), as: UTF8.self)
        #expect(!stored.contains(text(old.current)), "what is not accepted is not kept")
    }

    @Test func aSecretIsShownByNobody() throws {
        let folder = try KeyFolder()
        let directory = try folder.open()
        let secrets = try directory.rotatePresenter("orders", now: Self.now)
        let rotated = try directory.rotatePresenter("orders", now: Self.now)
        for shown in ["\(rotated)", String(reflecting: rotated), "\(directory)"] {
            #expect(!shown.contains(text(secrets.current)) && !shown.contains(text(rotated.current)))
        }
    }

    @Test(arguments: [
        (String(repeating: "A", count: 43), true), (String(repeating: "A", count: 42), false),
        (String(repeating: "A", count: 44), false), (String(repeating: "A", count: 42) + "B", false),
        (String(repeating: "A", count: 42) + "=", false), (String(repeating: "/", count: 43), false), ("", false),
    ]) func aSecretHasOneForm(text: String, isSecret: Bool) {
        #expect(PresenterSecrets.isWellFormed(Array(text.utf8)) == isSecret)
    }
}
