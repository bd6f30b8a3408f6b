import Crypto
package import Policy
import StrictCoding

/// Reads the secrets to which a policy refers, and the certificates, all at once, when it takes effect.
package enum SecretSource {
    /// - Parameter policyPath: relative paths start at its folder.
    /// - Throws: everything that is wrong with any of them. It names references and reasons, never a secret.
    package static func load(
        _ policy: PolicySet, besides policyPath: String
    ) throws(SecretSourceFailure) -> PolicySecrets {
        let places = policy.secretPlaces
        var contents: [SecretReference: Result<SecretBytes, SecretFault>] = [:]
        var secrets: [SecretReference: SecretBytes] = [:]
        var keys: [SecretReference: SigningKey] = [:]
        var problems: [SecretSourceFailure.Problem] = []
        for need in SecretNeed.all(of: policy) {
            let reference = need.reference
            // Once each: two uses of one reference are uses of one secret, whatever happens to the file meanwhile.
            let isFirst = contents[reference] == nil
            let content = contents[reference] ?? read(need, besides: policyPath)
            contents[reference] = content
            do throws(SecretFault) {
                let secret = try content.get()
                if case .privateKey = need.use {
                    keys[reference] = try key(secret)
                } else {
                    try need.use.check(secret)
                    secrets[reference] = secret
                }
            } catch {
                if case .failure = content, !isFirst { continue }
                problems.append(.init(need, place: places[reference], fault: error))
            }
        }
        guard problems.isEmpty else { throw SecretSourceFailure(policyPath: policyPath, problems: problems) }
        return PolicySecrets(secrets: secrets, keys: keys)
    }

    private static func read(
        _ need: SecretNeed, besides policyPath: String
    ) -> Result<SecretBytes, SecretFault> {
        Result { () throws(SecretFault) in
            let name = need.reference.name.string
            switch need.reference.source {
            case .file: return try SecretFile.read(PolicyFile.resolve(name, besides: policyPath), as: need.use.content)
            case .environment: return try SecretFile.environment(name)
            }
        }
    }

    private static func key(_ pem: SecretBytes) throws(SecretFault) -> SigningKey {
        do {
            return try SigningKey(pem: pem)
        } catch {
            let help = "make one with openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256"
            switch error {
            case .notPEM: throw SecretFault("it is not one unencrypted private key in PEM", help: help)
            case .wrongKeyType(let type): throw SecretFault("it holds a key of type \(type), not on P-256", help: help)
            case .invalidKey, .wrongKeySize, .failed: throw SecretFault("it does not hold a valid key", help: help)
            }
        }
    }
}
