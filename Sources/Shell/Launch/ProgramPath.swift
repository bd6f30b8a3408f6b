import Glibc
import StrictCoding

/// Where the program of a command is.
enum ProgramPath {
    /// What is searched where the environment has no PATH.
    static let standard: ByteString = "/usr/local/bin:/usr/bin:/bin"

    /// A program with a slash is where it says; any other is the first executable file of its name in PATH. Relative
    /// parts of PATH are passed over: what they mean depends on where the gateway was started.
    static func find(_ program: ByteString, in path: ByteString?) throws(SystemFault) -> ByteString {
        guard !program.bytes.contains(UInt8(ascii: "/")) else { return program }
        var code = ENOENT
        for folder in (path ?? standard).bytes.split(separator: UInt8(ascii: ":")) where folder.first == 0x2F {
            let candidate = ByteString(folder + [0x2F] + program.bytes)
            switch standing(of: candidate) {
            case 0: return candidate
            case EACCES: code = EACCES
            default: continue
            }
        }
        throw SystemFault("`\(program)` in PATH", code: program.isEmpty ? ENOENT : code)
    }

    /// 0 for a file that may be executed, else why it is none.
    private static func standing(of path: ByteString) -> Int32 {
        var status = stat()
        guard stat(path.string, &status) == 0 else { return errno }
        guard status.st_mode & S_IFMT == S_IFREG else { return ENOENT }
        return access(path.string, X_OK) == 0 ? 0 : EACCES
    }
}
