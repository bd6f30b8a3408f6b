import NIOCore

/// Connects to a host after a look at its addresses. What was found good is what is dialled: a name that answers
/// otherwise a moment later gains nothing.
struct GuardedDial: Sendable {
    typealias Dial =
        @Sendable (_ address: SocketAddress, _ timeout: TimeAmount) -> EventLoopFuture<any Channel>

    let endpoint: Endpoint
    let eventLoop: any EventLoop
    /// For everything together.
    let timeout: TimeAmount
    let lookup: AddressLookup
    let dial: Dial

    /// Of one name; more are not tried.
    private static let mostAddresses = 8

    func connect() -> EventLoopFuture<any Channel> {
        let deadline = eventLoop.now + timeout
        return addresses(before: deadline).flatMap { found in
            let allowed = found.filter(endpoint.reach.allows)
            guard !allowed.isEmpty || found.isEmpty else {
                return eventLoop.makeFailedFuture(UpstreamFailure.addressRefused)
            }
            return dial(allowed.prefix(Self.mostAddresses), before: deadline)
        }
    }

    private func addresses(before deadline: NIODeadline) -> EventLoopFuture<[SocketAddress]> {
        let host = endpoint.host.string
        if let literal = try? SocketAddress(ipAddress: host, port: endpoint.port) {
            return eventLoop.makeSucceededFuture([literal])
        }
        let answer = eventLoop.makePromise(of: [SocketAddress].self)
        let patience = eventLoop.scheduleTask(deadline: deadline) { answer.fail(UpstreamFailure.connectTimeout) }
        lookup.find(host, endpoint.port, eventLoop, deadline).hop(to: eventLoop).whenComplete { result in
            patience.cancel()
            answer.completeWith(result)
        }
        return answer.futureResult
    }

    /// One after the other, each with its share of the time that is left.
    private func dial(
        _ addresses: ArraySlice<SocketAddress>, before deadline: NIODeadline
    ) -> EventLoopFuture<any Channel> {
        guard let address = addresses.first else { return eventLoop.makeFailedFuture(UpstreamFailure.connectFailed) }
        let left = (deadline - eventLoop.now).nanoseconds
        guard left > 0 else { return eventLoop.makeFailedFuture(UpstreamFailure.connectTimeout) }
        let attempt = dial(address, .nanoseconds(left / Int64(addresses.count)))
        guard addresses.count > 1 else { return attempt }
        return attempt.flatMapError { _ in dial(addresses.dropFirst(), before: deadline) }
    }
}
