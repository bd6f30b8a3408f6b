import Delegation

/// How many outbound calls that prove nothing are answered, and recorded, one by one: whoever guesses secrets or
/// handles shall neither be told at full speed nor fill the audit log. Guessing 256 bits is hopeless at any speed.
struct FailureBudget {
    /// On one event loop, in one second. A server that calls without proofs is found long before.
    static let perSecond = 100

    private var second: Int64 = 0
    private var spent = 0

    /// The refusal, or `tooManyFailures` in its place.
    mutating func admit(_ refusal: EgressRefusal, second: Int64) -> EgressRefusal {
        switch refusal {
        case .presenterUnknown, .attribution(.unattributed): break
        default: return refusal
        }
        if second != self.second { (self.second, spent) = (second, 0) }
        spent += 1
        return spent <= Self.perSecond ? refusal : .tooManyFailures
    }
}
