import Foundation

/// A file that is open for as long as somebody refers to this.
final class OpenFile {
    let descriptor: Int32

    init(owning descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }
}
