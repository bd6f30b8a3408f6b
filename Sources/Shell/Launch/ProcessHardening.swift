import CSpawn

/// What the gateway's own process does so that servers that run as its user see less of it.
package enum ProcessHardening {
    /// Keeps this process's memory, environment and descriptors from other processes of its user, launched servers
    /// among them. Root sees them still, and files are not its business.
    package static func hide() throws {
        guard bulla_hide_process() == 0 else { throw SystemFault("prctl(PR_SET_DUMPABLE)") }
    }
}
