import Admission
import Delegation
package import HTTPCodec
package import HTTPWire
package import NIOCore

/// Takes the outbound calls of one connection of an MCP server through their `EgressExchange`, one after the other:
/// asks, obeys, and does nothing more. What happens once a call is allowed is `Outbound`'s.
package final class EgressDriver: RequestHandler {
    private let worker: Worker
    private var current: Outbound?

    package init(worker: Worker) {
        self.worker = worker
    }

    package func received(_ head: RequestHead, from exchange: ServerExchange) {
        let footing = worker.footing
        var egress = EgressExchange(plan: footing.egress)
        worker.egress.active += 1
        do {
            let call = try attribute(head, &egress)
            let outbound = Outbound(
                worker: worker, footing: footing, egress: egress, call: call, caller: exchange,
                hasBody: head.framing.allowsContent
            ) { [weak self] in
                guard let self, current?.caller === exchange else { return }
                current = nil
            }
            current = outbound
            outbound.start()
        } catch {
            worker.egress.active -= 1
            exchange.respond(whole: worker.refuse(error, trail: egress.trail, epoch: egress.epoch))
        }
    }

    /// Who calls, and for which request.
    private func attribute(_ head: RequestHead, _ egress: inout EgressExchange) throws(EgressRefusal) -> AttributedCall
    {
        let digest = try egress.received(head)
        let presenter = worker.effects.egress.presenter(digest)
        let proofs = try egress.presented(
            by: presenter, now: worker.effects.now(), forwarded: worker.effects.transactions.forwarded)
        guard let presenter else { preconditionFailure("an unknown presenter is refused") }
        switch worker.effects.transactions.begin(proofs, presenter, worker.effects.milliseconds()) {
        case .success(let call): return call
        case .failure(let refusal): throw egress.notAttributed(refusal)
        }
    }

    package func received(_ body: ByteBuffer, exchange: ServerExchange) {
        guard let current, current.caller === exchange else { return }
        current.received(body)
    }

    package func receivedBurst(exchange: ServerExchange) {
        guard let current, current.caller === exchange else { return }
        current.receivedBurst()
    }

    package func receivedEnd(exchange: ServerExchange) {
        guard let current, current.caller === exchange else { return }
        current.receivedEnd()
    }

    package func clientClosed(exchange: ServerExchange) {
        guard let over = current, over.caller === exchange else { return }
        current = nil
        over.callerClosed()
    }

    package func writabilityChanged(exchange: ServerExchange, isWritable: Bool) {
        guard let current, current.caller === exchange else { return }
        current.callerWritabilityChanged(isWritable)
    }

    /// A caller that shuts down its sending side has, for all anybody can tell, gone: an HTTP client of a server that
    /// gave up its call just closes.
    package func toleratesHalfClose(exchange: ServerExchange) -> Bool { false }

    package func refused(_ error: WireError, exchange: ServerExchange?) -> WholeResponse {
        if let over = current, let exchange, over.caller === exchange {
            current = nil
            return over.broken(by: error)
        }
        return worker.refuse(.wire(error), trail: EgressTrail(), epoch: worker.epoch)
    }
}
