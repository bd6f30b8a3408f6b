import Crypto
import JOSE
import StrictCoding

/// Key sets of issuers: whatever stands in one, its usable keys are public, unambiguous and of use, and none of them
/// verifies what it did not sign.
enum KeySets {
    static func run(_ input: [UInt8]) throws(BrokenPromise) {
        guard let set = try? KeySet(parsing: input) else { return }
        try promise(set.keys.count <= KeySet.maximumKeys, "\(set.keys.count) keys")
        let document = try? JSONDocument(parsing: input, limits: .document)
        try promise(document?.root["keys"]?.kind == .array, "a key set without keys")
        for (index, key) in set.keys.enumerated() {
            try promise(key.thumbprint.count == 43, "a thumbprint of \(key.thumbprint.count) characters")
            try promise(!key.algorithms.isEmpty, "a key for nothing")
            if let kid = key.kid { try promise(kid.isPlainText(limit: 255), "an unclean kid") }
            let isAmbiguous = set.keys[..<index].contains {
                $0.kid != nil && $0.kid == key.kid && $0.thumbprint != key.thumbprint
                    && !$0.algorithms.isDisjoint(with: key.algorithms)
            }
            try promise(!isAmbiguous, "two keys of one name")
            try checkUse(of: key)
        }
        for algorithm in Algorithm.allCases {
            let tried = set.candidates(kid: nil, algorithm: algorithm)
            try promise(tried.count <= KeySet.triesWithoutIdentifier, "\(tried.count) keys are tried")
            try promise(tried.allSatisfy { $0.algorithms.contains(algorithm) }, "a key for other algorithms is tried")
        }
    }

    private static func checkUse(of key: JSONWebKey) throws(BrokenPromise) {
        let message = Array("message".utf8)
        for algorithm in key.algorithms {
            switch (algorithm.scheme, key.key.kind) {
            case (.rsaPKCS1, .rsa), (.rsaPSS, .rsa), (.ed25519, .ed25519): break
            case (.ecdsa(let curve), .ec(let own)): try promise(curve == own, "a key of another curve")
            case (.rsaPKCS1, _), (.rsaPSS, _), (.ecdsa, _), (.ed25519, _):
                throw BrokenPromise("\(algorithm) by a key of \(key.key.kind)")
            }
        }
        // Not of Ed25519: a point of small order may well take zeros for a signature, and is the issuer's own fault.
        for algorithm in Algorithm.allCases where algorithm != .ed25519 {
            for (count, octet) in [(64, 0), (96, 0), (132, 0), (256, 0), (256, 0xFF)] as [(Int, UInt8)] {
                let signature = [UInt8](repeating: octet, count: count)
                let holds = key.key.verify(signature: signature, message: message, scheme: algorithm.scheme)
                try promise(!holds, "\(count) octets \(octet) are a signature by \(algorithm)")
            }
        }
    }
}
