import Launch

extension Gateway {
    /// To be called before the process gets to know a secret: keeps its memory, environment and descriptors from other
    /// processes of its user.
    package static func hideProcess() throws {
        try ProcessHardening.hide()
    }
}
