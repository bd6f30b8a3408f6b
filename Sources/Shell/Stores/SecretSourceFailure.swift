package import Policy

/// Why a policy's secrets or certificates cannot be used.
package struct SecretSourceFailure: Error, Equatable, CustomStringConvertible {
    package struct Problem: Equatable, Sendable {
        package let reference: SecretReference
        /// What it is read as: `secret` or `certificates`.
        package let noun: String
        /// Where the policy mentions it first.
        package let place: Place?
        package let reason: String
        package let help: String?

        init(_ need: SecretNeed, place: Place?, fault: SecretFault) {
            reference = need.reference
            noun = need.use.noun
            self.place = place
            reason = fault.reason
            help = fault.help
        }
    }

    let policyPath: String
    /// In the order in which listeners, issuers, clients, services and servers need them.
    package let problems: [Problem]

    /// As a policy's other mistakes are shown.
    package var description: String {
        problems.map { problem in
            let position = problem.place.map { ":\($0.line):\($0.column)" } ?? ""
            let first =
                "\(policyPath)\(position): error: \(problem.noun) `\(problem.reference.text)`: \(problem.reason)"
            return problem.help.map { "\(first)\n  help: \($0)" } ?? first
        }.joined(separator: "\n")
    }
}

/// What is wrong with one secret.
struct SecretFault: Error {
    let reason: String
    let help: String?

    init(_ reason: String, help: String? = nil) {
        self.reason = reason
        self.help = help
    }
}
