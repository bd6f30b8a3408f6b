import Delegation
import HTTPCodec
import HTTPWire
import NIOCore

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

extension DownstreamFault {
    init(_ failure: UpstreamFailure) {
        self =
            switch failure {
            case .connectFailed: .unreachable
            case .addressRefused: .addressRefused
            case .tls(.handshakeTimeout): .timeout
            case .tls: .untrusted
            case .connectTimeout, .firstByteTimeout, .idleTimeout, .totalTimeout: .timeout
            case .queueFull, .queueTimeout: .overloaded
            case .closedEarly, .badUpload, .shutdown: .closedEarly
            case .protocolError: .malformed
            }
    }
}
