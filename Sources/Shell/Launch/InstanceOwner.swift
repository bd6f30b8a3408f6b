package import Identity
package import StrictCoding

/// Whose an instance is: a principal's, and with which rights.
///
/// What a process still does after an answer counts as part of the request that it works on then. Were an instance
/// shared between requests of different scopes, work that one of them left behind would have the rights of the other.
package struct InstanceOwner: Sendable, Hashable {
    package let principal: Principal
    /// In order, and each once.
    package let scopes: [ByteString]

    package init(principal: Principal, scopes: [ByteString]) {
        self.principal = principal
        self.scopes = Set(scopes).sorted()
    }
}
