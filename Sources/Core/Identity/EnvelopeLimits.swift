/// Bounds of an envelope. It travels in one header field, and many servers take 8 KiB of header fields in all.
package enum EnvelopeLimits {
    /// Bytes of the compact form. nginx, gunicorn and aiohttp refuse lines of 8 185 bytes and more; Tomcat counts all
    /// fields together.
    package static let compactBytes = 4096
    /// Seconds from `iat` to `exp`.
    package static let lifetimeSeconds: Int64 = 300
    /// Seconds that `iat` may lie ahead of the verifier's clock.
    package static let issuedAheadSeconds: Int64 = 30
    /// Containers inside one another, in header and payload.
    package static let depth = 8
    /// Bytes of `sub`, agent id, client id and session id; what audit headers carry whole.
    package static let identifierBytes = 255
    /// Bytes of an issuer, an audience or a workload's URL.
    package static let urlBytes = 1024
    /// Bytes of `jti`, `txn` and `kid`.
    package static let tokenIDBytes = 64
    /// Bytes of a tenant's label, as of a DNS label.
    package static let tenantBytes = 63
    package static let scopes = 64
    /// Bytes of all scopes, joined by spaces.
    package static let scopeBytes = 1024
    package static let allowedServices = 32
    /// Bytes of all service ids, joined by one byte each.
    package static let allowedBytes = 512
    /// Actors in `act`, the outermost included.
    package static let actors = 4
}
