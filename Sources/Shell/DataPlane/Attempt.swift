import Delegation
import HTTPCodec
import HTTPWire
import NIOCore
import Policy

/// One sending of an outbound call to its service. A call that is sent once more has another one, so that what comes of
/// the first is not taken for the second's.
final class Attempt: UpstreamDelegate {
    // The call gives up its attempt's connection before it goes.
    private unowned let outbound: Outbound

    init(_ outbound: Outbound) {
        self.outbound = outbound
    }

    func received(_ head: ResponseHead) { outbound.received(head) }
    func received(_ body: ByteBuffer) { outbound.receivedContent(body) }
    func receivedBurst() { outbound.receivedContentBurst() }
    func receivedEnd() { outbound.receivedContentEnd() }
    func failed(_ failure: UpstreamFailure) { outbound.failed(failure) }
    func uploadWritabilityChanged(_ isWritable: Bool) { outbound.uploadWritabilityChanged(isWritable) }
}

extension DownstreamService {
    /// Where its calls go. A loopback address in the policy, or `localhost`, is meant as it is written; other names may
    /// lead anywhere.
    var endpoint: Endpoint {
        let reach: Endpoint.Reach = url.host.isLoopback ? .any : allowPrivate ? .globalOrPrivate : .global
        return Endpoint(host: url.host.text, port: url.port, reach: reach)
    }
}

extension DownstreamFault {
    init(_ failure: UpstreamFailure) {
        self =
            switch failure {
            case .connectFailed: .unreachable
            case .addressRefused: .addressRefused
            case .connectTimeout, .firstByteTimeout, .idleTimeout: .timeout
            case .queueFull, .queueTimeout: .overloaded
            case .closedEarly, .badUpload, .shutdown: .closedEarly
            case .protocolError: .malformed
            }
    }
}
