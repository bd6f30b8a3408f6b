import Crypto
import Launch
import Policy
import StrictCoding
import Synchronization

/// A launched server's house, and the requests that are in it.
final class Household: Sendable {
    /// What an instance is started with: as long as it is the same, the instances that run are the right ones.
    struct Furnishing: Hashable {
        private let settings: LaunchSettings
        private let secrets: [ByteString: [UInt8]]
        private let egressBase: String

        init(_ settings: LaunchSettings, _ secrets: PolicySecrets, egressBase: String) {
            self.settings = settings
            self.egressBase = egressBase
            var digests: [ByteString: [UInt8]] = [:]
            for reference in settings.secretReferences {
                digests[reference.text] = secrets.secret(reference).withBytes { SHA256.digest($0) }
            }
            self.secrets = digests
        }
    }

    /// Held by whoever waits for an instance, or has one.
    final class Guest: Sendable {
        private let household: Household

        fileprivate init(_ household: Household) {
            self.household = household
            household.guests.add(1, ordering: .relaxed)
        }

        deinit { household.guests.subtract(1, ordering: .relaxed) }
    }

    let house: InstanceHouse
    let furnishing: Furnishing
    private let guests = Atomic<Int>(0)

    init(_ house: InstanceHouse, _ furnishing: Furnishing) {
        self.house = house
        self.furnishing = furnishing
    }

    func guest() -> Guest { Guest(self) }

    /// Shuts the house when its last guest has left, or when the patience with them ends. Nobody new may come by then.
    func retire(patience: Duration) async {
        let end = ContinuousClock.now + patience
        while guests.load(ordering: .relaxed) > 0, ContinuousClock.now < end {
            guard (try? await Task.sleep(for: .milliseconds(200))) != nil else { break }
        }
        await house.shutdown()
    }
}

extension LaunchSettings {
    fileprivate var secretReferences: [SecretReference] {
        environment.compactMap { if case .secret(let reference) = $0.value { reference } else { nil } }
    }
}
