/// A log as it stood at one moment, with checkpoints of it that are not younger.
package struct LogSnapshot: Sendable {
    package let files: LogFiles
    /// Of the files beside the log, and of those that were given.
    package let notes: [NoteFile]

    /// - Parameter given: files that were named as ones of checkpoints.
    package init(_ place: LogPlace, checkpoints given: [String] = []) throws(AuditReadingFailure) {
        try self.init(place, checkpoints: given) {}
    }

    /// - Parameter afterNotes: called when the notes were read.
    init(
        _ place: LogPlace, checkpoints given: [String] = [], afterNotes: () -> Void
    ) throws(AuditReadingFailure) {
        // A gateway may be writing. It signs over records that are in the files already: what is opened after the notes
        // has every record that they cover, and a note that is made in between is none that is missing records.
        var notes: [NoteFile] = []
        for path in try place.checkpointFiles() { notes.append(try NoteFile(path: path)) }
        for path in given { notes.append(try NoteFile(path: path, isGiven: true)) }
        afterNotes()
        files = try LogFiles(place)
        self.notes = notes
    }
}
