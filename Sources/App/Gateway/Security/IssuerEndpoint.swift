import DataPlane
import HTTPCodec
import HTTPWire
import Policy

extension Endpoint {
    /// Where an issuer's documents and tokens come from. Names may lead anywhere, and `allow_private` says whether into
    /// networks of one's own.
    ///
    /// - Parameter isWritten: the policy itself names the place; loopback is then meant as it is written, and is not
    ///   where somebody else's metadata says so.
    /// - Throws: for an https URL that nobody judges: it is never spoken to in the clear.
    init(_ url: HTTPURL, of issuer: Issuer, isWritten: Bool, security: UpstreamSecurity?) throws(UntrustedIssuer) {
        let beyond: Reach = issuer.allowPrivate ? .globalOrPrivate : .global
        let reach: Reach = url.host.isLoopback && isWritten ? .any : beyond
        guard let endpoint = Endpoint(url, reach: reach, security: security) else { throw UntrustedIssuer() }
        self = endpoint
    }
}

struct UntrustedIssuer: Error {
    static let explanation = "nobody vouches for its certificate"
}

extension HTTPURL {
    /// As in a request line.
    var target: [UInt8] { path.isEmpty ? [UInt8(ascii: "/")] : path.bytes }
}

extension FetchFailure {
    /// A few words, without secrets.
    func explanation(seconds: Int) -> String {
        switch self {
        case .upstream(.tls(let fault)): fault.explanation
        case .upstream(let failure): "\(failure.code)"
        case .tooLarge: "the answer is too large"
        case .deadlinePassed: "no whole answer within \(seconds) seconds"
        case .cancelled: "cancelled"
        }
    }
}
