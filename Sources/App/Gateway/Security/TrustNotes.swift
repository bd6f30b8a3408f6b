import HTTPWire
import Logging
import NIOCore
import StrictCoding
import Synchronization

/// Writes into the log who could not be trusted and why: once for each peer and reason, and again when it has been so
/// for a while. Requests come by the thousand, and the reason is the same for all of them.
final class TrustNotes: Sendable {
    private static let silence = Duration.seconds(600)

    private struct Note: Hashable {
        let party: Securities.Party
        /// Two alerts are one reason: a peer could think of many.
        let code: String
    }

    private let written = Mutex<[Note: ContinuousClock.Instant]>([:])
    private let logger: Logger

    init(logger: Logger) {
        self.logger = logger
    }

    /// The same security, whose failures are noted.
    func watching(_ security: UpstreamSecurity, _ party: Securities.Party) -> UpstreamSecurity {
        UpstreamSecurity { channel, name in
            let secured = security.secure(channel, name)
            secured.whenFailure { failure in
                if case UpstreamFailure.tls(let fault) = failure { self.note(fault, of: party, name) }
            }
            return secured
        }
    }

    private func note(_ fault: TLSFault, of party: Securities.Party, _ name: ByteString) {
        let now = ContinuousClock.now
        let note = Note(party: party, code: "\(fault.code)")
        let isDue = written.withLock { written in
            if let last = written[note], now - last < Self.silence { return false }
            written[note] = now
            return true
        }
        guard isDue else { return }
        logger.error(
            "no trusted TLS connection",
            metadata: [
                party.kind: "\(party.name)", "host": "\(name)", "code": "\(fault.code)",
                "reason": "\(fault.explanation)",
            ])
    }
}

extension Securities.Party {
    var kind: String {
        switch self {
        case .server: "server"
        case .service: "service"
        case .issuer: "issuer"
        }
    }

    var name: ByteString {
        switch self {
        case .server(let name), .service(let name), .issuer(let name): name
        }
    }
}
