import CSpawn
import Glibc
import StrictCoding

/// A process of ours, from its start until it has been waited for. It leads a group of its own, and every signal goes
/// to the group: what a server starts, ends with it.
///
/// Its id stays its own until `reap`, because the system gives out no id of a process that nobody waited for; no
/// signal may be sent after that.
final class ChildProcess {
    let pid: pid_t
    /// Readable when the process has ended.
    let ended: Descriptor
    let stdout: Descriptor
    let stderr: Descriptor
    private var isReaped = false

    /// Runs the program of `command`, of which a name without a slash is looked up in the PATH that it will have.
    ///
    /// Only for the thread that keeps processes: see `bulla_spawn`.
    ///
    /// - Parameter user: `nil` for the gateway's own.
    init(
        command: [ByteString], environment: [InstanceEnvironment.Variable], user: InstanceUser?
    ) throws(SystemFault) {
        let program = command.first ?? ""
        let path = try ProgramPath.find(program, in: environment.searchPath)
        let variables = environment.map { [.text(ByteString($0.name.bytes + [UInt8(ascii: "=")]))] + $0.value }
        guard let cPath = CStrings([[.text(path)]]), let arguments = CStrings(command.map { [.text($0)] }),
            let environment = CStrings(variables), let file = cPath.pointers[0],
            let argv = arguments.pointers.baseAddress, let envp = environment.pointers.baseAddress
        else { throw SystemFault("a zero byte in the command or environment of `\(program)`", code: EINVAL) }
        let (out, err) = (try Descriptor.pipe(), try Descriptor.pipe())
        var pid: pid_t = -1
        let (stdout, stderr) = (out.writing.raw, err.writing.raw)
        let code =
            if var ids = user.map({ bulla_user(uid: $0.uid, gid: $0.gid) }) {
                bulla_spawn(file, argv, envp, stdout, stderr, &ids, &pid)
            } else {
                bulla_spawn(file, argv, envp, stdout, stderr, nil, &pid)
            }
        guard code == 0 else { throw SystemFault("`\(program)`", code: code) }
        let ended = bulla_pidfd_open(pid)
        guard ended >= 0 else {
            let fault = SystemFault("pidfd_open")
            kill(-pid, SIGKILL)
            _ = Self.wait(pid)
            throw fault
        }
        self.pid = pid
        self.ended = Descriptor(owning: ended)
        (self.stdout, self.stderr) = (out.reading, err.reading)
    }

    deinit {
        precondition(isReaped, "a process is waited for before it is forgotten")
    }

    /// To all of the group; and to the process itself, in case it left the group.
    func signal(_ number: Int32) {
        precondition(!isReaped, "a process that was waited for gets no signal")
        kill(-pid, number)
        // Not twice to one process: for some, a second request to end means at once.
        if getpgid(pid) != pid { kill(pid, number) }
    }

    /// Kills what is left of the group, and waits for the process. After it has ended, this does not block.
    func reap() -> ProcessEnd {
        // First: an id without a process may be somebody else's group a moment later.
        signal(SIGKILL)
        isReaped = true
        return Self.wait(pid)
    }

    private static func wait(_ pid: pid_t) -> ProcessEnd {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 {
            guard errno == EINTR else { return .unknown }
        }
        return ProcessEnd(waitStatus: status)
    }
}
