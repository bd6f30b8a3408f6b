import CSpawn

/// How many files the process may have open. Shells and service managers start programs with a soft limit of 1,024, for
/// the sake of those that use `select`; a gateway needs two for each connection.
package enum OpenFiles {
    /// Raises the soft limit to the hard one; launched servers keep that from before.
    ///
    /// - Returns: the limit then, nil where the system does not say.
    @discardableResult
    package static func raiseLimit() -> Int? {
        let limit = bulla_raise_files_limit()
        return limit < 0 ? nil : limit
    }
}
