import Delegation

/// So many per second on one event loop; more are not told apart.
struct SecondBudget {
    static let perSecond = 100

    private var second: Int64 = 0
    private var spent = 0

    /// Whether there is one left in this second.
    mutating func spend(second: Int64) -> Bool {
        if second != self.second { (self.second, spent) = (second, 0) }
        spent += 1
        return spent <= Self.perSecond
    }
}

/// How many outbound calls that prove nothing are answered, and recorded, one by one: whoever guesses secrets or
/// handles shall neither be told at full speed nor fill the audit log. Guessing 256 bits is hopeless at any speed, and
/// a server that calls without proofs is found long before.
struct FailureBudget {
    private var budget = SecondBudget()

    /// The refusal, or `tooManyFailures` in its place.
    mutating func admit(_ refusal: EgressRefusal, second: Int64) -> EgressRefusal {
        switch refusal {
        case .presenterUnknown, .attribution(.unattributed): break
        default: return refusal
        }
        return budget.spend(second: second) ? refusal : .tooManyFailures
    }
}
