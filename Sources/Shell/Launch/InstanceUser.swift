import CSpawn
import Glibc
import Policy
import StrictCoding

/// The user of this machine as whom a server's instances run, instead of the gateway's own.
struct InstanceUser: Sendable, Hashable {
    let uid: uid_t
    /// The user's own group. Instances are in no other.
    let gid: gid_t
    let home: ByteString

    /// What decides whether another user's processes can be run and keep away from the gateway's files.
    struct Rights: Sendable {
        /// The users that the gateway itself is.
        var own: Set<uid_t>
        var mayChangeUser: Bool

        static var current: Rights { Rights(own: [getuid(), geteuid()], mayChangeUser: bulla_may_change_user()) }
    }

    init(uid: uid_t, gid: gid_t, home: ByteString) {
        self.uid = uid
        self.gid = gid
        self.home = home
    }

    /// Looks the user up; for the start of the gateway only, because that may ask other machines.
    ///
    /// - Parameter name: a name, or digits, which are always an id.
    init(named name: ByteString, rights: Rights = .current) throws(InstanceUserFault) {
        guard let user = try Self.find(name) else { throw .unknown }
        guard user.uid != 0 else { throw .root }
        guard !rights.own.contains(user.uid) else { throw .gatewaysOwn }
        guard rights.mayChangeUser else { throw .notPermitted }
        self = user
    }

    /// The one that the policy names, if it names one.
    static func chosen(by settings: LaunchSettings, of server: ByteString) throws(LaunchRefusal) -> InstanceUser? {
        guard let name = settings.user else { return nil }
        do {
            return try InstanceUser(named: name)
        } catch {
            throw LaunchRefusal(server: server, user: name, fault: error)
        }
    }

    private static func find(_ name: ByteString) throws(InstanceUserFault) -> InstanceUser? {
        let isNumber = !name.isEmpty && name.bytes.allSatisfy { (0x30...0x39).contains($0) }
        // The system's functions end a name where it has a zero byte.
        guard isNumber || !name.bytes.contains(0) else { return nil }
        let id = isNumber ? uid_t(name.string) : nil
        if isNumber, id == nil { return nil }
        var capacity = 4 << 10
        while true {
            let buffer = UnsafeMutablePointer<CChar>.allocate(capacity: capacity)
            defer { buffer.deallocate() }
            var entry = passwd()
            var found: UnsafeMutablePointer<passwd>?
            let code =
                if let id { getpwuid_r(id, &entry, buffer, capacity, &found) } else {
                    getpwnam_r(name.string, &entry, buffer, capacity, &found)
                }
            switch code {
            case 0 where found != nil:
                let home = entry.pw_dir.map { ByteString(String(cString: $0)) } ?? "/"
                return InstanceUser(uid: entry.pw_uid, gid: entry.pw_gid, home: home)
            // These, too, say that there is none (getpwnam(3)).
            case 0, ENOENT, ESRCH:
                return nil
            case ERANGE where capacity < 1 << 20:
                capacity *= 2
            case EINTR:
                continue
            default:
                throw .notFound(code: code)
            }
        }
    }
}

/// Why instances cannot run as a user, or why it would be no use.
enum InstanceUserFault: Error, Sendable, Equatable {
    case unknown
    case notFound(code: Int32)
    case root
    case gatewaysOwn
    case notPermitted
}

extension InstanceUserFault: CustomStringConvertible {
    var description: String {
        switch self {
        case .unknown: "there is no such user"
        case .notFound(let code): "the user cannot be looked up: \(SystemFault.name(of: code))"
        case .root: "that is root, from whom nothing can be kept"
        case .gatewaysOwn: "that is the gateway's own user, whose files the server is to be kept from"
        case .notPermitted:
            "the gateway may not run programs as another user; start it as root, or with CAP_SETUID, CAP_SETGID and "
                + "CAP_KILL"
        }
    }
}

/// A house that cannot be opened: the gateway cannot start.
package struct LaunchRefusal: Error, CustomStringConvertible {
    let server: ByteString
    let user: ByteString
    let fault: InstanceUserFault

    package var description: String {
        "server `\(server)` cannot run as `\(user)` (`launch.user`): \(fault)"
    }
}
