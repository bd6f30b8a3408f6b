import HTTPWire
import Identity
import Logging
import NIOCore
import Policy
import Stores
import TLS

/// What a gateway has before it listens: the first policy in force, and the TLS of the doors to come.
struct Start: Sendable {
    let began: UnixTime
    let tools: Regime.Tools
    let regimes: Regimes
    let doorTLS: DoorTLS

    /// - Parameter loop: of the requests to identity providers and authorization servers.
    init(_ gateway: Gateway, _ directory: KeyDirectory, loop: any EventLoop) throws {
        began = SystemClock.now()
        let epochs = Epochs(gateway.ready, directory: directory)
        tools = Regime.Tools(
            client: HTTPClient(eventLoop: loop), signer: Latest(epochs.assertionSigner(now: began)),
            notes: TrustNotes(logger: gateway.logger), logger: gateway.logger)
        do {
            let securities = try Securities(gateway.ready.policy, gateway.ready.secrets, notes: tools.notes)
            doorTLS = try DoorTLS(securities)
            regimes = Regimes(
                Regime(gateway.ready, epochs: epochs, securities: securities, known: nil, tools: tools))
        } catch {
            // With the places of all mistakes, which the fault alone does not know.
            let check = TLSCheck(
                policy: gateway.ready.policy, secrets: gateway.ready.secrets, file: gateway.policyPath, now: began)
            let errors = check.diagnostics.filter { $0.severity == .error }.map(\.rendered)
            throw GatewayFailure.tls(errors.isEmpty ? [error.explanation] : errors)
        }
    }
}
