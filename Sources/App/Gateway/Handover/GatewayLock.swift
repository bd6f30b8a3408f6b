import Foundation
import Policy

/// Says that a gateway runs on an address of this machine, and as which process. The kernel takes it back when the
/// process ends, however that comes about.
///
/// It is a file in the key directory, held by flock(2), whose name has the machine's name in it: gateways on other
/// machines may share the directory.
struct GatewayLock: Sendable {
    /// Somebody else has it.
    struct Held: Error {
        /// `nil` where the file does not say.
        let pid: pid_t?
    }

    struct Unusable: Error, CustomStringConvertible {
        let path: String
        let why: String

        var description: String { "cannot lock `\(path)`: \(why)" }
    }

    private let path: String
    private let descriptor: Int32

    /// The lock for an address; `nil` for port 0, which never is another gateway's.
    static func path(for address: ListenAddress, in directory: String) -> String? {
        guard address.port != 0 else { return nil }
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return nil }
        let machine = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return "\(directory)/gateway-\(machine)-\(address.text).lock"
    }

    static func take(_ path: String) throws -> GatewayLock {
        while true {
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard descriptor >= 0 else { throw Unusable(path: path, why: String(cString: strerror(errno))) }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                defer { close(descriptor) }
                guard errno == EWOULDBLOCK else {
                    throw Unusable(path: path, why: String(cString: strerror(errno)))
                }
                throw Held(pid: pid(in: descriptor))
            }
            // Whoever had it removed the file when it went; a lock on what is no longer there is none.
            guard isAt(path, descriptor) else {
                close(descriptor)
                continue
            }
            let text = "\(getpid())\n"
            guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, text, text.utf8.count, 0) == text.utf8.count else {
                let why = String(cString: strerror(errno))
                close(descriptor)
                throw Unusable(path: path, why: why)
            }
            return GatewayLock(path: path, descriptor: descriptor)
        }
    }

    func release() {
        unlink(path)
        close(descriptor)
    }

    private static func pid(in descriptor: Int32) -> pid_t? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0, let pid = pid_t(String(decoding: bytes[..<count], as: UTF8.self).dropLast()), pid > 1 else {
            return nil
        }
        return pid
    }

    private static func isAt(_ path: String, _ descriptor: Int32) -> Bool {
        var (held, named) = (stat(), stat())
        return fstat(descriptor, &held) == 0 && lstat(path, &named) == 0 && held.st_ino == named.st_ino
            && held.st_dev == named.st_dev
    }
}
