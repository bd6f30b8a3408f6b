import NIOCore
import NIOEmbedded
import NIOPosix
import StrictCoding
import Synchronization
import Testing

@testable import HTTPWire

/// Which address is dialled, and when none is.
@Suite(.timeLimit(.minutes(1))) struct GuardedDialTests {
    /// Name servers and a network on a loop whose time the test owns.
    private final class World {
        let loop = EmbeddedEventLoop()
        let answers: NIOLoopBoundBox<[EventLoopPromise<[SocketAddress]>]>
        let dialled: NIOLoopBoundBox<[Attempt]>

        struct Attempt {
            let address: SocketAddress
            let timeout: TimeAmount
            let promise: EventLoopPromise<any Channel>
        }

        init() {
            answers = NIOLoopBoundBox([], eventLoop: loop)
            dialled = NIOLoopBoundBox([], eventLoop: loop)
        }

        /// What the connection became: nil while it is being made.
        final class Outcome: @unchecked Sendable {
            var failure: UpstreamFailure?
            var other: (any Error)?
            var isConnected = false
        }

        func connect(_ host: ByteString, _ reach: Endpoint.Reach = .global) -> Outcome {
            let outcome = Outcome()
            let (loop, answers, dialled) = (loop, answers, dialled)
            let dial = GuardedDial(
                endpoint: Endpoint(host: host, port: 443, reach: reach), eventLoop: loop, timeout: .seconds(5),
                lookup: AddressLookup { _, _, _, _ in
                    let promise = loop.makePromise(of: [SocketAddress].self)
                    answers.value.append(promise)
                    return promise.futureResult
                },
                dial: { address, timeout in
                    let promise = loop.makePromise(of: (any Channel).self)
                    dialled.value.append(Attempt(address: address, timeout: timeout, promise: promise))
                    return promise.futureResult
                })
            dial.connect().whenComplete { result in
                switch result {
                case .success: outcome.isConnected = true
                case .failure(let failure as UpstreamFailure): outcome.failure = failure
                case .failure(let error): outcome.other = error
                }
            }
            return outcome
        }

        func answer(_ addresses: [String]) throws {
            answers.value.removeFirst().succeed(try addresses.map { try SocketAddress(ipAddress: $0, port: 443) })
        }

        var attempts: [String] { dialled.value.map { $0.address.ipAddress ?? "?" } }

        func accept(_ index: Int) { dialled.value[index].promise.succeed(EmbeddedChannel(loop: loop)) }
        func refuse(_ index: Int) { dialled.value[index].promise.fail(ChannelError.connectTimeout(.seconds(1))) }

        func finish() {
            for promise in answers.value { promise.fail(ChannelError.ioOnClosedChannel) }
            for attempt in dialled.value { attempt.promise.fail(ChannelError.ioOnClosedChannel) }
        }
    }

    struct Answer: Sendable {
        let reach: Endpoint.Reach
        let addresses: [String]
        /// The first of them that is dialled.
        let dialled: String?
    }

    @Test(arguments: [
        Answer(reach: .global, addresses: ["8.8.8.8"], dialled: "8.8.8.8"),
        Answer(reach: .global, addresses: ["2606:4700::1111", "8.8.8.8"], dialled: "2606:4700::1111"),
        Answer(reach: .global, addresses: ["10.0.0.1", "8.8.8.8"], dialled: "8.8.8.8"),
        Answer(reach: .global, addresses: ["127.0.0.1"], dialled: nil),
        Answer(reach: .global, addresses: ["10.0.0.1", "::1", "fd00::1"], dialled: nil),
        Answer(reach: .global, addresses: ["169.254.169.254"], dialled: nil),
        Answer(reach: .global, addresses: ["::ffff:169.254.169.254"], dialled: nil),
        Answer(reach: .globalOrPrivate, addresses: ["10.0.0.1"], dialled: "10.0.0.1"),
        Answer(reach: .globalOrPrivate, addresses: ["127.0.0.1"], dialled: "127.0.0.1"),
        Answer(reach: .globalOrPrivate, addresses: ["169.254.169.254", "fe80::1", "0.0.0.0"], dialled: nil),
        Answer(reach: .globalOrPrivate, addresses: ["169.254.169.254", "10.0.0.1"], dialled: "10.0.0.1"),
    ]) func onlyAnAddressWithinReachIsDialled(_ answer: Answer) throws {
        let world = World()
        defer { world.finish() }
        let outcome = world.connect("api.example", answer.reach)
        try world.answer(answer.addresses)
        #expect(world.attempts == (answer.dialled.map { [$0] } ?? []))
        #expect(outcome.failure == (answer.dialled == nil ? .addressRefused : nil))
        guard answer.dialled != nil else { return }
        world.accept(0)
        #expect(outcome.isConnected)
    }

    /// A literal is looked at as well, and nobody is asked about it.
    @Test(arguments: [
        ("8.8.8.8", Endpoint.Reach.global, true), ("10.0.0.1", .global, false), ("10.0.0.1", .globalOrPrivate, true),
        ("127.0.0.1", .global, false), ("169.254.169.254", .globalOrPrivate, false), ("::1", .global, false),
        ("fe80::1", .globalOrPrivate, false), ("::ffff:169.254.169.254", .globalOrPrivate, false),
    ]) func aLiteralIsLookedAtToo(host: String, reach: Endpoint.Reach, isAllowed: Bool) {
        let world = World()
        defer { world.finish() }
        let outcome = world.connect(ByteString(host), reach)
        #expect(world.answers.value.isEmpty)
        #expect(world.attempts.count == (isAllowed ? 1 : 0))
        #expect(outcome.failure == (isAllowed ? nil : .addressRefused))
    }

    @Test func addressesAreTriedInOrderUntilOneConnects() throws {
        let world = World()
        defer { world.finish() }
        let outcome = world.connect("api.example")
        try world.answer(["1.1.1.1", "10.0.0.1", "8.8.8.8", "9.9.9.9"])
        #expect(world.attempts == ["1.1.1.1"])
        world.refuse(0)
        #expect(world.attempts == ["1.1.1.1", "8.8.8.8"])
        world.accept(1)
        #expect(outcome.isConnected)
        #expect(world.attempts.count == 2)
    }

    @Test func whereNoneConnectsTheLastSaysWhy() throws {
        let world = World()
        defer { world.finish() }
        let outcome = world.connect("api.example")
        try world.answer(["1.1.1.1", "8.8.8.8"])
        world.refuse(0)
        world.refuse(1)
        #expect(!outcome.isConnected && outcome.failure == nil)
        guard case .connectTimeout? = outcome.other as? ChannelError else {
            Issue.record("\(String(describing: outcome.other))")
            return
        }
    }

    @Test func allAttemptsTogetherHaveOneTimeout() throws {
        let world = World()
        defer { world.finish() }
        let outcome = world.connect("api.example")
        world.loop.advanceTime(by: .seconds(2))
        try world.answer(["1.1.1.1", "8.8.8.8", "9.9.9.9"])
        #expect(world.dialled.value[0].timeout == .seconds(1))
        world.loop.advanceTime(by: .seconds(1))
        world.refuse(0)
        #expect(world.dialled.value[1].timeout == .seconds(1))
        world.loop.advanceTime(by: .seconds(2))
        world.refuse(1)
        #expect(outcome.failure == .connectTimeout, "nothing is left for the third")
        #expect(world.attempts.count == 2)
    }

    @Test func aNameServerThatHangsIsNotWaitedForLonger() throws {
        let world = World()
        defer { world.finish() }
        let outcome = world.connect("api.example")
        world.loop.advanceTime(by: .milliseconds(4_999))
        #expect(outcome.failure == nil)
        world.loop.advanceTime(by: .milliseconds(1))
        #expect(outcome.failure == .connectTimeout)
        try world.answer(["8.8.8.8"])
        #expect(world.attempts.isEmpty, "an answer after that dials nobody")
    }

    @Test func aNameWithoutAddressIsNotReachable() throws {
        let world = World()
        defer { world.finish() }
        let outcome = world.connect("api.example")
        try world.answer([])
        #expect(outcome.failure == .connectFailed)
    }

    @Test func onlySoManyAddressesOfOneNameAreTried() throws {
        let world = World()
        defer { world.finish() }
        let outcome = world.connect("api.example")
        try world.answer((1...50).map { "8.8.8.\($0)" })
        for index in 0..<8 { world.refuse(index) }
        #expect(world.attempts.count == 8)
        #expect(outcome.other != nil)
    }

    // MARK: - A name that changes its mind

    /// Case 30: the first look finds a global address, the second the metadata service.
    @Test func aReboundNameIsRefused() throws {
        let world = World()
        defer { world.finish() }
        let first = world.connect("api.example")
        try world.answer(["8.8.8.8"])
        world.accept(0)
        #expect(first.isConnected)
        for rebound in ["10.0.0.1", "127.0.0.1", "169.254.169.254", "::1"] {
            let next = world.connect("api.example")
            try world.answer([rebound])
            #expect(next.failure == .addressRefused)
        }
        #expect(world.attempts == ["8.8.8.8"], "the address that was looked at is the one that was dialled")
    }

    @Test func whoMayReachMoreHasConnectionsOfTheirOwn() {
        let reaches: [Endpoint.Reach] = [.any, .global, .globalOrPrivate]
        #expect(Set(reaches.map { Endpoint(host: "api.example", port: 443, reach: $0) }).count == 3)
        #expect(Endpoint(host: "api.example", port: 443).reach == .any)
    }
}
