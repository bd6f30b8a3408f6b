package enum KeyDirectoryFailure: Error, Equatable, CustomStringConvertible {
    case file(path: String, why: String)
    case exposed(path: String)
    case missing(String)
    case malformed(path: String, why: String)
    case ring(String)

    package var description: String {
        switch self {
        case .file(let path, let why): "key directory: `\(path)`: \(why)"
        case .exposed(let path): "key directory: `\(path)` is open to others than its owner; run chmod go-rwx \(path)"
        case .missing(let path): "key directory: `\(path)` holds no keys; `bulla run` makes them on first start"
        case .malformed(let path, let why): "key directory: `\(path)` is damaged: \(why)"
        case .ring(let why): "key directory: the key ring cannot be changed: \(why)"
        }
    }
}
