import Admission
import Delegation
import HTTPCodec
import Identity
import NIOCore
import NIOEmbedded
import Policy
import StrictCoding
import TestSupport

@testable import DataPlane
@testable import HTTPWire

/// The whole gateway on one loop without a socket: real connections, real drivers, real pools, the real table of
/// transactions; the identity provider, the authorization server, the MCP server, the services, the audit log and the
/// clock are the test's.
final class Stage {
    let loop = EmbeddedEventLoop()
    let gateway: TestGateway
    let issuer: TestIssuer
    let provider: ScriptedProvider
    let server: ScriptedServer
    /// All services, whatever their addresses.
    let services: ScriptedServer
    let egress: ScriptedEgress
    let audit = ScriptedAudit()
    let worker: Worker
    let limits: WireLimits
    /// To the latest call of which the outcome was asked.
    var lastAnswer = Answer([])

    /// - Parameters:
    ///   - keysKnown: whether the provider's keys were fetched before the story begins.
    ///   - keyID: another name for the envelope key than its own.
    ///   - isDurable: whether requests wait until their records are on disk.
    init(
        _ policy: TestPolicy = TestPolicy(), keysKnown: Bool = true, limits: WireLimits = WireLimits(),
        upstream: UpstreamLimits = UpstreamLimits(), keyID: ByteString? = nil, isDurable: Bool = false
    ) throws {
        let policy = try policy.compiled()
        self.limits = limits
        gateway = try TestGateway()
        issuer = try TestIssuer()
        provider = ScriptedProvider(standings: IssuerStandings(issuers: policy.issuers.map { _ in nil }))
        provider.standings.issuers[0] = try issuer.standing()
        server = ScriptedServer(loop: loop, limits: upstream)
        services = ScriptedServer(loop: loop, limits: upstream)
        egress = ScriptedEgress(policy, audit: audit)
        let unknown = IssuerStandings(issuers: policy.issuers.map { _ in nil })
        worker = Worker(
            loop: loop, epoch: gateway.epoch(policy, keyID: keyID), standings: keysKnown ? provider.standings : unknown,
            pool: server.pool, downstream: services.pool,
            effects: Self.effects(loop, provider, audit, egress, isDurable: isDurable))
        provider.worker = worker
    }

    private static func effects(
        _ loop: EmbeddedEventLoop, _ provider: ScriptedProvider, _ audit: ScriptedAudit, _ egress: ScriptedEgress,
        isDurable: Bool
    ) -> Effects {
        var drawn = 0
        return Effects(
            microseconds: { TestPolicy.now * 1_000_000 + Int64(loop.now.uptimeNanoseconds / 1_000) },
            random: { count in
                drawn += 1
                // The first 255 are the same byte again and again; none repeats another.
                let (round, byte) = drawn.quotientAndRemainder(dividingBy: 256)
                return (0..<count).map { UInt8(truncatingIfNeeded: $0 % 2 == 0 ? byte : byte ^ round) }
            },
            fetchKeys: provider.fetch, record: audit.take, recordDurably: isDurable ? audit.takeDurably : nil,
            transactions: egress.transactions, egress: egress.effects, lease: egress.lease)
    }

    var epoch: Epoch { worker.epoch }
    var now: Int64 { TestPolicy.now + Int64(loop.now.uptimeNanoseconds / 1_000_000_000) }

    /// A client's connection.
    func client() throws -> Client {
        try Client(self, IngressDriver(worker: worker))
    }

    /// A connection of an MCP server to egress.
    func caller() throws -> Client {
        try Client(self, EgressDriver(worker: worker))
    }

    func pass(_ time: TimeAmount) {
        loop.advanceTime(by: time)
        settle()
    }

    /// Lets everything happen that can happen now.
    func settle() {
        loop.run()
        while server.hear() || services.hear() { loop.run() }
    }

    /// A token of Alice, or of whoever the claims are about.
    func token(_ change: (Claims) -> Claims = { $0 }) throws -> String {
        String(decoding: try issuer.token(change(issuer.alice())), as: UTF8.self)
    }

    /// One request on a connection of its own, and everything that came of it.
    /// - Parameter then: what happens after the request was sent and before its answer is read.
    func outcome(of call: Call, then: (Client) throws -> Void = { _ in }) throws -> Outcome {
        let before = (audit.lines.count, worker.counters, server.heardBytes, provider.asked.count)
        let client = try client()
        try client.send(bytes: call.bytes)
        try then(client)
        let answer = Answer(try client.take())
        client.leave()
        return Outcome(
            status: answer.status, code: answer.code, audit: Array(audit.lines[before.0...]),
            counted: worker.counters.differences(from: before.1), reached: server.heardBytes != before.2,
            fetches: provider.asked.count - before.3)
    }
}

/// One connection to the gateway: a client's, or a server's to egress.
final class Client {
    let channel: EmbeddedChannel
    private let stage: Stage

    init(_ stage: Stage, _ handler: any RequestHandler) throws {
        self.stage = stage
        let registry = ConnectionRegistry(
            eventLoop: stage.loop, limits: stage.limits, budget: ConnectionBudget(limit: 10))
        registry.date = DateStamp { Int(stage.now) }
        channel = EmbeddedChannel(loop: stage.loop)
        try channel.pipeline.syncOperations.addHandler(
            ServerConnection(registry: registry, handler: handler))
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
    }

    /// Sends a request and takes what came back by now.
    @discardableResult
    func send(_ call: Call) throws -> Answer {
        try send(bytes: call.bytes)
        return Answer(try take())
    }

    func send(bytes: [UInt8]) throws {
        if channel.isActive { try channel.writeInbound(ByteBuffer(bytes: bytes)) }
        stage.settle()
    }

    /// The bytes that came since the last time.
    func take() throws -> [UInt8] {
        stage.settle()
        var bytes: [UInt8] = []
        while let buffer = try channel.readOutbound(as: ByteBuffer.self) { bytes += Array(buffer: buffer) }
        return bytes
    }

    func takeText() throws -> String { String(decoding: try take(), as: UTF8.self) }

    /// The output buffer is full, or has room again.
    func setWritable(_ isWritable: Bool) {
        channel.isWritable = isWritable
        channel.pipeline.fireChannelWritabilityChanged()
        stage.settle()
    }

    /// Says that nothing more will come, and still listens.
    func closeInput() {
        channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        stage.settle()
    }

    var isOpen: Bool { channel.isActive }

    /// Closes the connection.
    func leave() {
        if channel.isActive { channel.close(promise: nil) }
        stage.settle()
    }
}
