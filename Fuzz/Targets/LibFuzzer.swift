import Glibc

/// The entry of libFuzzer: gives an input to the target that the environment variable `FUZZ_TARGET` names, and ends the
/// process where a promise is broken, so that the input is kept.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = [UInt8](UnsafeBufferPointer(start: start, count: count))
    do { try chosenTarget.run(input) } catch { fatalError("\(chosenTarget.name): \(error)") }
    return 0
}

private let chosenTarget: FuzzTarget = {
    let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
    guard let target = FuzzTarget.named(name) else {
        fatalError("FUZZ_TARGET is none of \(FuzzTarget.all.map(\.name).joined(separator: " "))")
    }
    return target
}()
