import Foundation

/// A file that is open for as long as somebody refers to this.
final class OpenFile {
    let descriptor: Int32

    init(owning descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Whether this is the file that stands at `path`. What was moved away or removed can be written, and is found by
    /// nobody.
    func isAt(_ path: String) -> Bool {
        var (held, named) = (stat(), stat())
        return fstat(descriptor, &held) == 0 && lstat(path, &named) == 0 && held.st_ino == named.st_ino
            && held.st_dev == named.st_dev
    }
}
