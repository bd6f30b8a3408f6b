import ArgumentParser
import AuditReading
import Gateway
import Policy
import Stores

/// The log that a command line names: by a policy, or by files and folders.
struct AuditPlaces: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "The policy whose log is meant, or files of a log, or folders of such files.",
            valueName: "policy-or-file"))
    var places: [String]

    /// Exits 2 where it cannot be opened.
    func open() throws -> LogFiles {
        let place = try Self.place(places)
        do {
            return try LogFiles(place)
        } catch {
            throw AuditFailed.couldNotLook(error)
        }
    }

    /// With the checkpoints beside it, and those given. Exits 2 where one of them cannot be opened.
    static func snapshot(_ places: [String], checkpoints: [String] = []) throws -> LogSnapshot {
        let place = try place(places)
        do {
            return try LogSnapshot(place, checkpoints: checkpoints)
        } catch {
            throw AuditFailed.couldNotLook(error)
        }
    }

    private static func place(_ places: [String]) throws -> LogPlace {
        // Every file of a log is open at once, and one is made each day.
        Gateway.raiseOpenFiles()
        guard places.count == 1 || !places.contains(where: isPolicy) else {
            throw ValidationError("give one policy, or files of one log")
        }
        return isPolicy(places[0]) ? .live(try liveFile(places[0])) : .named(places)
    }

    static func isPolicy(_ path: String) -> Bool { path.hasSuffix(".yaml") || path.hasSuffix(".yml") }

    /// The file that the gateway of a policy writes, or the file itself. Exits as ``CheckedPolicy`` does.
    static func liveFile(_ place: String) throws -> String {
        guard isPolicy(place) else { return place }
        return PolicyFile.resolve(try CheckedPolicy.load(place).audit.file, besides: place)
    }
}

/// How audit commands end when they cannot do what they were asked.
enum AuditFailed {
    static let exitCode = ExitCode(2)

    static func couldNotLook(_ failure: AuditReadingFailure) -> ExitCode {
        printError("error: \(failure)")
        return exitCode
    }
}
