/// Bounds on what a message may make the gateway carry into audit, metrics and answers.
package enum MessageLimits {
    /// Bytes of a raw JSON `id`, quotes included: room for a UUID with a prefix many times over.
    package static let idBytes = 256
    /// Bytes of a method; the longest in any revision has 37.
    package static let methodBytes = 128
    /// Bytes of a tool's or prompt's name or a resource's URI: what any URL parser accepts.
    package static let nameBytes = 2048
}
