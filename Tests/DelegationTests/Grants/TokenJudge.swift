import Delegation
import Identity
import JOSE
import Policy
import TestSupport

/// The way of an answer to a credential, without the network.
struct TokenJudge {
    let server: TokenServer
    let issuer: Issuer

    init(_ policyLines: String = "") throws {
        server = try TokenServer()
        issuer = try GrantSample.policy(policyLines)
    }

    /// - Parameter introspection: what the issuer says when it is asked; nil where it must not be.
    func outcome(
        _ answer: EndpointAnswer, for request: CredentialRequest, keys: KeySet?? = .none,
        introspection: EndpointAnswer? = nil
    ) -> Result<String, CredentialFault> {
        let keys = keys ?? server.keys
        do throws(CredentialFault) {
            var token = try TokenAnswer.issued(by: answer, for: request, now: GrantSample.now)
            let step = try token.judged(issuer: issuer, keys: keys, isLastWord: true, now: GrantSample.now)
            switch step {
            case .accepted(let credential): return .success(credential.summary)
            case .introspect:
                guard let introspection else { return .success("asks the issuer") }
                let credential = try IntrospectionAnswer.credential(
                    introspection, of: token, issuer: issuer, now: GrantSample.now)
                return .success(credential.summary)
            case .keysNeeded: return .success("asks for keys after the last word")
            }
        } catch {
            return .failure(error)
        }
    }
}
