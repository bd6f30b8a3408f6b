import Policy
import StrictCoding

/// What the gateway says of itself where it signs statements for others (RFC 8414, section 2; OpenID Connect Discovery
/// has the same members): resource servers that know an issuer by its metadata find its keys here. It has no endpoints,
/// since nobody gets a token by asking for one.
package enum SignerMetadata {
    package static func document(_ purpose: SigningPurpose, epoch: Epoch) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { document in
            document.member("issuer", purpose.issuer(epoch.policy))
            document.member("jwks_uri", purpose.keySetURL(epoch.policy))
            // Required, and an empty list is not allowed (section 3.2).
            document.member("response_types_supported", array: ["none"])
            document.member("id_token_signing_alg_values_supported", array: ["ES256"])
            document.member("subject_types_supported", array: ["public"])
        }
        return writer.bytes
    }
}
