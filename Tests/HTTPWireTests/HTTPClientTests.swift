import HTTPCodec
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import HTTPWire

@Suite(.timeLimit(.minutes(1))) struct HTTPClientTests {
    private func fetch(
        _ path: String, from listener: Listener, body: [UInt8]? = nil, deadline: TimeAmount = .seconds(10),
        maxBytes: Int = 1_000
    ) async -> Result<FetchedResponse, FetchFailure> {
        await fetch(
            path, port: listener.localAddress.port ?? 0, body: body, deadline: deadline, maxBytes: maxBytes)
    }

    private func fetch(
        _ path: String, port: Int, body: [UInt8]? = nil, deadline: TimeAmount = .seconds(10), maxBytes: Int = 1_000
    ) async -> Result<FetchedResponse, FetchFailure> {
        let client = HTTPClient(eventLoop: MultiThreadedEventLoopGroup.singleton.next())
        let head = UpstreamHead(
            method: body == nil ? .get : .post, target: Array(path.utf8),
            endpoint: Endpoint(host: "127.0.0.1", port: port))
        let result: Result<FetchedResponse, FetchFailure>
        do throws(FetchFailure) {
            result = .success(try await client.fetch(head, body: body, deadline: deadline, maxBytes: maxBytes))
        } catch {
            result = .failure(error)
        }
        await client.shutdown()
        return result
    }

    @Test func aResponseIsCollected() async throws {
        try await withService(echo) { listener in
            let got = try await fetch("/jwks", from: listener).get()
            #expect(got.status == 200 && text(got.body) == "/jwks")
            let posted = try await fetch("/", from: listener, body: Array("hello".utf8)).get()
            #expect(text(posted.body) == "hello")
        }
    }

    @Test(arguments: [true, false]) func aResponseBeyondTheLimitFails(declared: Bool) async throws {
        let big = [UInt8](repeating: 0x78, count: 5_000)
        let service: Service = { _ in
            declared
                ? ServiceResponse(status: 200, body: big)
                : ServiceResponse(
                    status: 200,
                    stream: AsyncStream { continuation in
                        continuation.yield(big)
                        continuation.finish()
                    })
        }
        try await withService(service) { listener in
            #expect(await fetch("/", from: listener) == .failure(.tooLarge))
        }
    }

    @Test func aRedirectIsAnAnswer() async throws {
        let service: Service = { _ in ServiceResponse(status: 302, fields: [("Location", "http://169.254.169.254/")]) }
        try await withService(service) { listener in
            let got = try await fetch("/", from: listener).get()
            #expect(got.status == 302)
        }
    }

    @Test func theDeadlineIsForEverything() async throws {
        // One byte now and then keeps every other deadline content.
        let service: Service = { _ in
            ServiceResponse(
                status: 200,
                stream: AsyncStream {
                    try? await Task.sleep(for: .milliseconds(20))
                    return Task.isCancelled ? nil : [0x78]
                })
        }
        try await withService(service) { listener in
            #expect(await fetch("/", from: listener, deadline: .milliseconds(200)) == .failure(.deadlinePassed))
        }
    }

    @Test func aCancelledTaskCancelsItsFetch() async throws {
        let (stream, source) = AsyncStream.makeStream(of: [UInt8].self)
        source.yield(Array("a beginning".utf8))
        let service: Service = { _ in ServiceResponse(status: 200, stream: stream) }
        try await withService(service) { listener in
            let task = Task { await fetch("/", from: listener) }
            try await eventually("the request is there") { try await listener.counters().requests == 1 }
            task.cancel()
            #expect(await task.value == .failure(.cancelled))
            try await eventually("the connection is gone") { try await listener.counters().active == 0 }
        }
    }

    @Test func aServerThatIsNotThereFails() async throws {
        let nobody = try ReservedPort()
        defer { withExtendedLifetime(nobody) {} }
        #expect(await fetch("/", port: nobody.number) == .failure(.upstream(.connectFailed)))
    }
}
