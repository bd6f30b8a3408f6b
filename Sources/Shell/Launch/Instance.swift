import Glibc
import StrictCoding

/// One process of a launched server, from its start until nothing of it is left. Its secret is registered before it
/// runs, and not any longer as soon as it ends or is to end.
///
/// Belongs to the keeper's thread, which polls its descriptors and tells it what happened.
///
///     starting ──▶ running ──▶ ending ──▶ gone
///         └────────── unfit ─────▲          ▲
///              (every state: the process ends by itself)
final class Instance {
    /// Between the request to end and the end.
    static let graceMilliseconds: Int64 = 3_000
    /// Of what an ended process left in its pipes, so much is still read: all that a pipe usually holds.
    private static let farewellBytes = 1 << 20

    private enum Phase {
        case starting(ReadinessProbe, until: Int64)
        case running
        /// Killed at that time, if it is not over.
        case ending(EndReason, killAt: Int64?)
        case gone
    }

    private let order: LaunchOrder
    private let process: ChildProcess
    private let claim: PortClaim
    private let secretDigest: [UInt8]
    private let started: Int64
    private var phase: Phase
    private var isRegistered = true
    private var output: InstanceOutput

    /// Starts the process; what the order's owner learns when that fails is `gone`.
    init?(_ order: LaunchOrder, now: Int64) {
        let secret = InstanceSecret()
        do throws(SystemFault) {
            claim = try PortBook.shared.claim()
            let variables = order.environment.variables(secret: secret, port: claim.port)
            order.register(secret.digest, order.instance)
            do throws(SystemFault) {
                process = try ChildProcess(command: order.command, environment: variables, user: order.user)
            } catch {
                order.unregister(secret.digest, order.instance)
                throw error
            }
        } catch {
            order.note(.startFailed(reason: "\(error)"))
            order.report(.gone(reason: "\(error)"))
            return nil
        }
        self.order = order
        secretDigest = secret.digest
        started = now
        output = InstanceOutput(
            stdout: process.stdout, stderr: process.stderr, redaction: Redaction(secret: secret.text), now: now)
        phase = .starting(ReadinessProbe(port: claim.port, now: now), until: now + order.startMilliseconds)
        order.note(.started(pid: process.pid, port: claim.port))
    }

    var isGone: Bool {
        if case .gone = phase { true } else { false }
    }

    // MARK: - Polling

    /// What is to be polled.
    var interests: [pollfd] {
        var interests = output.interests
        interests.append(pollfd(fd: process.ended.raw, events: Int16(POLLIN), revents: 0))
        if case .starting(let probe, _) = phase, let socket = probe.socket {
            interests.append(pollfd(fd: socket.raw, events: Int16(POLLOUT), revents: 0))
        }
        return interests
    }

    /// When to call `step` although nothing happened; milliseconds.
    var deadline: Int64? {
        let own: Int64? =
            switch phase {
            case .starting(let probe, let until): min(probe.deadline, until)
            case .ending(_, let killAt): killAt
            case .running, .gone: nil
            }
        return [own, output.deadline].compactMap { $0 }.min()
    }

    /// - Parameter happened: descriptors about which there is something.
    func step(happened: Set<Int32>, now: Int64, buffer: UnsafeMutableRawBufferPointer) {
        for what in output.step(readable: happened, now: now, buffer: buffer) { order.note(what) }
        if happened.contains(process.ended.raw) {
            finish(now: now, buffer: buffer)
            return
        }
        switch phase {
        case .starting(var probe, let until):
            let isWritable = probe.socket.map { happened.contains($0.raw) } ?? false
            let isAccepted = probe.step(isWritable: isWritable, now: now)
            phase = .starting(probe, until: until)
            if isAccepted {
                accepted(now: now)
            } else if now >= until {
                unfit(nil, now: now)
            }
        case .ending(let reason, let killAt):
            guard let killAt, now >= killAt else { return }
            phase = .ending(reason, killAt: nil)
            process.signal(SIGKILL)
        case .running, .gone:
            return
        }
    }

    /// Asks the group to end; after three seconds it is made to.
    func end(_ reason: EndReason, now: Int64) {
        switch phase {
        case .starting, .running:
            unregister()
            phase = .ending(reason, killAt: now + Self.graceMilliseconds)
            process.signal(SIGTERM)
        case .ending, .gone:
            return
        }
    }

    // MARK: - What happens to it

    private func accepted(now: Int64) {
        switch ListeningUser(port: claim.port, pid: process.pid, user: order.user) {
        case .expected:
            phase = .running
            order.note(.ready(milliseconds: now - started))
            order.report(.ready(claim))
        case .other(let user):
            unfit("port \(claim.port) was taken by another user (\(user))", now: now)
        case .nobody:
            // It listened and stopped again: servers that reload do.
            guard case .starting(_, let until) = phase else { return }
            phase = .starting(ReadinessProbe(port: claim.port, now: now), until: until)
        }
    }

    private func unfit(_ reason: String?, now: Int64) {
        let seconds = order.startMilliseconds / 1_000
        order.note(.startFailed(reason: reason ?? "it accepted no connection within \(seconds) s"))
        end(.unfit, now: now)
        order.report(.unfit(reason: reason))
    }

    private func finish(now: Int64, buffer: UnsafeMutableRawBufferPointer) {
        unregister()
        let end = process.reap()
        for what in output.finish(buffer: buffer, mostBytes: Self.farewellBytes) { order.note(what) }
        var reason: EndReason?
        if case .ending(let known, _) = phase { reason = known }
        if case .starting = phase { order.note(.startFailed(reason: "\(end)")) }
        phase = .gone
        order.note(.ended(end, reason))
        order.report(.gone(reason: "\(end)"))
    }

    private func unregister() {
        guard isRegistered else { return }
        isRegistered = false
        order.unregister(secretDigest, order.instance)
    }
}
