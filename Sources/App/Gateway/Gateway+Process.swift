import Launch

extension Gateway {
    /// To be called before the process gets to know a secret: keeps its memory, environment and descriptors from other
    /// processes of its user.
    package static func hideProcess() throws {
        try ProcessHardening.hide()
    }

    /// As many open files as the system lets this process have. Returns how many those are, nil where it does not say.
    @discardableResult
    package static func raiseOpenFiles() -> Int? { OpenFiles.raiseLimit() }
}
